// Lookups for connections, at once or with a promise.

import { type Asked, askedBy, askedFor, owned } from './asked.ts';
import { checkBytes, copyBytes } from '../checks.ts';
import { HIT, LOOK_UP_WHEN_OFF, MISS, MISS_CAUSES, MISSES } from '../core/abi.generated.ts';
import { type Engine, questionKey } from './engine.ts';
import { SessionCacheError } from '../errors.ts';
import { SessionCacheMode } from './mode.ts';
import { type Found, Lookup, refuseFatal } from './question.ts';
import { search } from './search.ts';
import { idOf, isView, keepBytes, keepFound, type Session } from '../session/session.ts';
import type { Connection, MissCause } from './types.ts';

/**
 * SSL_CTX's lookup for a server, without copying; the get callback may not answer with a promise.
 */
export function viewSession(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Session | undefined {
  return lookUp(engine, id, connection, askAtOnce);
}

/**
 * The same, but a lookup that ends in the cache itself says why it found nothing; undefined: the
 * get callback gave nothing that may be resumed.
 */
export function lookUpOrMiss(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Session | MissCause | undefined {
  return viewSession(engine, id, connection) ?? MISS_CAUSES[engine.lastMiss - MISS];
}

/** The same with a copy of what is in the cache. */
export function resumeSession(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Session | undefined {
  const found = lookUp(engine, id, connection, askAndKeep);
  // Out of the way of the search, so that V8 compiles that alike for both.
  if (found !== undefined && isView(found)) keepFound(found);
  return found;
}

/** The code of the user runs first: the connection's getters, then the clock. */
function lookUp<T>(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
  ask: (lookup: Lookup) => T,
): Session | T | undefined {
  let { asked } = engine;
  if (connection) {
    checkBytes(id, 'id');
    asked = askedBy(engine, connection);
  }
  const now = engine.now();
  return search(engine.open(), id, connection, asked, now, ask);
}

function askAtOnce(lookup: Lookup): Session | undefined {
  return lookup.settle(answerAtOnce(lookup));
}

function askAndKeep(lookup: Lookup): Session | undefined {
  return kept(askAtOnce(lookup));
}

/** A session of the get callback may be a view, of any cache. */
function kept(found: Session | undefined): Session | undefined {
  if (found !== undefined) keepBytes(found);
  return found;
}

function answerAtOnce(lookup: Lookup): Found {
  const answer = lookup.ask();
  if (!isPromise(answer)) return answer;
  answer.then(undefined, () => {}); // ignore a late rejection: the lookup has ended
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
  const lookup = lookUp(engine, id, connection, itself);
  if (lookup instanceof Lookup) return kept(lookup.settle(await answerTo(lookup)));
  if (lookup !== undefined) keepFound(lookup);
  return lookup;
}

/** What the get callback answers; simultaneous lookups of one id share one question. */
async function answerTo(lookup: Lookup): Promise<Found> {
  const { pending } = lookup.engine;
  const key = questionKey(lookup.id, lookup.asked.version);
  let question = pending.get(key);
  if (question === undefined) {
    const answer = Promise.resolve(lookup.ask()).then((session) => session ?? undefined);
    question = { answer, revocations: lookup.revocations, isRemoved: false };
    pending.set(key, question);
    const forget = (): unknown => pending.delete(key);
    answer.then(forget, forget);
  }
  lookup.question = question;
  return question.answer;
}

// ---- In two halves ----

/** lookup_sess_in_cache: finds a session, here or outside, and does not test it. */
export function findSession(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Session | undefined {
  const lookup = find(engine, id, connection);
  return lookup instanceof Lookup ? kept(lookup.take(answerAtOnce(lookup))) : lookup;
}

/** The same with a promise. */
export async function findSessionAsync(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Promise<Session | undefined> {
  const lookup = find(engine, id, connection);
  return lookup instanceof Lookup ? kept(lookup.take(await answerTo(lookup))) : lookup;
}

/**
 * The session in the cache itself, or what to ask the get callback; undefined if neither serves.
 */
function find(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Session | Lookup | undefined {
  const asked = criteria(engine, connection);
  const own = copyBytes(id, 'id');
  const serves = engine.has(SessionCacheMode.SERVER) || engine.hasQuirk(LOOK_UP_WHEN_OFF);
  if (own.length === 0 || !serves) return undefined;
  if (!engine.has(SessionCacheMode.NO_INTERNAL_LOOKUP)) {
    const at = engine.find(own, asked.version);
    if (at !== 0) return engine.copyAt(at);
    engine.store.core.count(MISSES);
  }
  return new Lookup(engine, own, connection, asked);
}

/** The tests of ssl_get_prev_session. */
export function acceptSession(
  engine: Engine,
  session: Session,
  connection: Connection | undefined,
): boolean {
  const asked = criteria(engine, connection);
  const result = new Lookup(engine, idOf(session), connection, asked).checkResumable(session);
  refuseFatal(result);
  return result === HIT;
}

/**
 * What a connection asks for; the code of the user has run, and the context is not the caller's.
 */
function criteria(engine: Engine, connection: Connection | undefined): Asked {
  if (!connection) return engine.asked;
  const asked = askedBy(engine, connection);
  engine.open();
  return owned(engine, asked);
}

function itself(lookup: Lookup): Lookup {
  return lookup;
}

/** Goes on with a session taken out of a store as with one of the get callback; it is not added. */
export function settleTaken(
  engine: Engine,
  connection: Connection | undefined,
  taken: Session,
): Session | undefined {
  const { id, protocolVersion } = taken;
  const asked = owned(engine, askedFor(engine, connection ?? {}, protocolVersion));
  return new Lookup(engine, id, connection, asked).settle(taken, false);
}

function isPromise(value: Found | Promise<Found>): value is Promise<Found> {
  return typeof (value as Promise<Found> | undefined)?.then === 'function';
}
