// Lookups for connections, at once or with a promise.

import { type LookupCriteria, criteriaOf, criteriaFor, internCriteria } from './criteria.ts';
import { checkBytes, copyBytes } from '../checks.ts';
import { HIT, LOOK_UP_WHEN_OFF, MISS, MISS_CAUSES, MISSES } from '../core/abi.generated.ts';
import { type Engine, pendingKey } from './engine.ts';
import { SessionCacheError } from '../errors.ts';
import { SessionCacheMode } from './mode.ts';
import { type GetResult, CallbackLookup, refuseFatal } from './callback-lookup.ts';
import { search } from './search.ts';
import { idOf, isView, materialize, materializeFound, type Session } from '../session/session.ts';
import type { Connection, MissCause } from './types.ts';

/** The lookup of a server, without a copy; the get callback must not return a promise. */
export function viewSession(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Session | undefined {
  return lookUp(engine, id, connection, askAtOnce);
}

/**
 * As `viewSession`, but returns the reason if the cache itself has no session to resume. undefined:
 * the get callback returned no session that may be resumed.
 */
export function lookUpOrMiss(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Session | MissCause | undefined {
  return viewSession(engine, id, connection) ?? MISS_CAUSES[engine.lastMiss - MISS];
}

/** As `viewSession`, with a copy of the session in the cache. */
export function resumeSession(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Session | undefined {
  const found = lookUp(engine, id, connection, askAndKeep);
  // A function of its own, so that V8 compiles the search alike for both callers.
  if (found !== undefined && isView(found)) materializeFound(found);
  return found;
}

/** The code of the user runs first: the connection's getters, then the clock. */
export function lookUp<T>(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
  ask: (lookup: CallbackLookup) => T,
): Session | T | undefined {
  let criteria = engine.defaultCriteria;
  if (connection) {
    checkBytes(id, 'id');
    criteria = criteriaOf(engine, connection);
  }
  const now = engine.now();
  return search(engine.open(), id, connection, criteria, now, ask);
}

function askAtOnce(lookup: CallbackLookup): Session | undefined {
  return lookup.conclude(answerAtOnce(lookup));
}

function askAndKeep(lookup: CallbackLookup): Session | undefined {
  return materialized(askAtOnce(lookup));
}

/** Copies the bytes of a session from the get callback, which may be a view of any cache. */
export function materialized(found: Session | undefined): Session | undefined {
  if (found !== undefined) materialize(found);
  return found;
}

export function answerAtOnce(lookup: CallbackLookup): GetResult {
  const answer = lookup.ask();
  if (!isPromise(answer)) return answer;
  answer.then(undefined, () => {}); // ignore a late rejection: the lookup has ended
  throw new SessionCacheError(
    'ERR_SESSCACHE_ASYNC_CALLBACK',
    'the get callback returned a promise: use resumeSessionAsync',
  );
}

/** As `resumeSession`, with a promise; simultaneous lookups of one id share one call. */
export async function resumeSessionAsync(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Promise<Session | undefined> {
  const lookup = lookUp(engine, id, connection, itself);
  if (lookup instanceof CallbackLookup)
    return materialized(lookup.conclude(await answerTo(lookup)));
  if (lookup !== undefined) materializeFound(lookup);
  return lookup;
}

/** The answer of the get callback; simultaneous lookups of one id share one call. */
export async function answerTo(lookup: CallbackLookup): Promise<GetResult> {
  const { pending } = lookup.engine;
  const key = pendingKey(lookup.id, lookup.criteria.version);
  let pendingGet = pending.get(key);
  if (pendingGet === undefined) {
    const answer = Promise.resolve(lookup.ask()).then((session) => session ?? undefined);
    pendingGet = { answer, revocations: lookup.revocations, isRemoved: false };
    pending.set(key, pendingGet);
    const forget = (): unknown => pending.delete(key);
    answer.then(forget, forget);
  }
  lookup.pendingGet = pendingGet;
  return pendingGet.answer;
}

// ---- In two halves ----

/** lookup_sess_in_cache: finds a session, in the cache or through the get callback, untested. */
export function findSession(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Session | undefined {
  const lookup = find(engine, id, connection);
  return lookup instanceof CallbackLookup
    ? materialized(lookup.accept(answerAtOnce(lookup)))
    : lookup;
}

/** As `findSession`, with a promise. */
export async function findSessionAsync(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Promise<Session | undefined> {
  const lookup = find(engine, id, connection);
  return lookup instanceof CallbackLookup
    ? materialized(lookup.accept(await answerTo(lookup)))
    : lookup;
}

/**
 * The session in the cache itself, or a lookup that can call the get callback; undefined if the
 * mode allows neither.
 */
export function find(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Session | CallbackLookup | undefined {
  const criteria = criteriaFrom(engine, connection);
  const copy = copyBytes(id, 'id');
  const serves = engine.has(SessionCacheMode.SERVER) || engine.hasQuirk(LOOK_UP_WHEN_OFF);
  if (copy.length === 0 || !serves) return undefined;
  if (!engine.has(SessionCacheMode.NO_INTERNAL_LOOKUP)) {
    const at = engine.find(copy, criteria.version);
    if (at !== 0) return engine.copyAt(at);
    engine.memory.core.count(MISSES);
  }
  return new CallbackLookup(engine, copy, connection, criteria);
}

/** The tests of ssl_get_prev_session. */
export function acceptSession(
  engine: Engine,
  session: Session,
  connection: Connection | undefined,
): boolean {
  const criteria = criteriaFrom(engine, connection);
  const result = new CallbackLookup(engine, idOf(session), connection, criteria).checkResumable(
    session,
  );
  refuseFatal(result);
  return result === HIT;
}

/** The criteria of a connection, after all code of the user has run; the context is a copy. */
function criteriaFrom(engine: Engine, connection: Connection | undefined): LookupCriteria {
  if (!connection) return engine.defaultCriteria;
  const criteria = criteriaOf(engine, connection);
  engine.open();
  return internCriteria(engine, criteria);
}

export function itself(lookup: CallbackLookup): CallbackLookup {
  return lookup;
}

/** Tests and counts a session taken from a store as one of the get callback; it is not added. */
export function concludeTaken(
  engine: Engine,
  connection: Connection | undefined,
  taken: Session,
): Session | undefined {
  const { id, protocolVersion } = taken;
  const criteria = internCriteria(engine, criteriaFor(engine, connection ?? {}, protocolVersion));
  return new CallbackLookup(engine, id, connection, criteria).conclude(taken, false);
}

function isPromise(value: GetResult | Promise<GetResult>): value is Promise<GetResult> {
  return typeof (value as Promise<GetResult> | undefined)?.then === 'function';
}
