// Lookups for connections, at once or with a promise.

import { checkBytes, copyOf } from '../checks.ts';
import type { Engine } from './engine.ts';
import { SessionCacheError } from '../errors.ts';
import { type Found, Lookup } from './question.ts';
import { contextOf, flagsOf, search } from './search.ts';
import type { Session } from '../session/session.ts';
import type { Connection } from './types.ts';

/** SSL_CTX's lookup for a server; the get callback may not answer with a promise. */
export function resumeSession(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
  asView: boolean,
): Session | undefined {
  const found = search(engine, id, connection, asView);
  return found instanceof Lookup ? askAtOnce(found) : found;
}

function askAtOnce(lookup: Lookup): Session | undefined {
  const answer = lookup.ask();
  if (!isPromise(answer)) return lookup.settle(answer);
  answer.then(undefined, () => {}); // its failure is nobody's any more
  throw new SessionCacheError(
    'ERR_SESSCACHE_ASYNC_CALLBACK',
    'the get callback returned a promise: use resumeSessionAsync',
  );
}

/** The same with a promise; simultaneous lookups of one id ask once. */
export async function resumeSessionAsync(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Promise<Session | undefined> {
  // The caller may use its buffer again while we wait.
  const lookup = search(engine, copyOf(checkBytes(id, 'id')), connection, false);
  if (!(lookup instanceof Lookup)) return lookup;
  const key = `${lookup.version}:${String.fromCharCode(...lookup.id)}`;
  let answer = engine.pending.get(key);
  if (answer === undefined) {
    answer = Promise.resolve(lookup.ask()).then((session) => session ?? undefined);
    engine.pending.set(key, answer);
    const forget = (): unknown => engine.pending.delete(key);
    answer.then(forget, forget);
  }
  return lookup.settle(await answer);
}

/** Goes on with a session taken out of a store as with one of the get callback; it is not added. */
export function settleTaken(
  engine: Engine,
  connection: Connection | undefined,
  taken: Session,
): Session | undefined {
  const { sessionIdContext, verifyPeer, extendedMasterSecret } = connection ?? {};
  const context = contextOf(engine, sessionIdContext);
  const flags = flagsOf(engine, verifyPeer, extendedMasterSecret);
  const { id, protocolVersion } = taken;
  return new Lookup(engine, id, connection, protocolVersion, context, flags).settle(taken, false);
}

function isPromise(value: Found | Promise<Found>): value is Promise<Found> {
  return typeof (value as Promise<Found> | undefined)?.then === 'function';
}
