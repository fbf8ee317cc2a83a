import { describeOther, wrongType } from '../checks.ts';
import { SessionCacheError } from '../index.ts';
import { ClientSessionCache } from './sessions/sessions.ts';
import { warnOfHost } from './warnings.ts';

let shared: ClientSessionCache | undefined;

/** The default cache of all adapters: one for the process, made when it is first needed. */
export function defaultSessions(): ClientSessionCache {
  shared ??= new ClientSessionCache();
  return shared;
}

/** Whether making the default cache has failed: it is not tried again. */
let hostCannot = false;

/**
 * The given cache, or the default one. Returns undefined if no cache can be made on this host: then
 * each handshake is full, and there is one warning.
 *
 * @throws TypeError
 */
export function sessionsOr(given: ClientSessionCache | undefined): ClientSessionCache | undefined {
  if (given instanceof ClientSessionCache) return given;
  if (given !== undefined) {
    wrongType('sessions', 'ClientSessionCache', given, describeOther(given, ClientSessionCache));
  }
  if (hostCannot) return undefined;
  try {
    return defaultSessions();
  } catch (error) {
    if (!(error instanceof SessionCacheError)) throw error;
    hostCannot = true;
    warnOfHost(error);
    return undefined;
  }
}
