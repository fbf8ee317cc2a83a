import { describeOther } from '../checks.ts';
import { ClientSessionCache } from './sessions.ts';

let shared: ClientSessionCache | undefined;

/** The cache of all adapters that are given none: one in the process, made when it is first needed. */
export function defaultSessions(): ClientSessionCache {
  shared ??= new ClientSessionCache();
  return shared;
}

/** A cache that was given, checked, or the default. */
export function sessionsOr(given: ClientSessionCache | undefined): ClientSessionCache {
  if (given === undefined) return defaultSessions();
  if (given instanceof ClientSessionCache) return given;
  throw new TypeError(
    `"sessions" expected ClientSessionCache, got ${describeOther(given, ClientSessionCache)}`,
  );
}
