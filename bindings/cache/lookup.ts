// Lookups for connections, at once or with a promise.

import { askedBy, askedFor } from './asked.ts';
import { checkBytes, copyOf } from '../checks.ts';
import { DATA_LENGTH_MASK, HIT, LOOK_UP_WHEN_OFF, MISSES } from '../core/abi.ts';
import { type Engine, questionKey } from './engine.ts';
import { SessionCacheError } from '../errors.ts';
import { SessionCacheMode } from './mode.ts';
import { type Found, Lookup, refuseFatal } from './question.ts';
import { search } from './search.ts';
import type { Session } from '../session/session.ts';
import { idOf } from '../session/state.ts';
import type { Connection } from './types.ts';

/** SSL_CTX's lookup for a server, without copying; the get callback may not answer with a promise. */
export function viewSession(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Session | undefined {
  if (!connection) return search(engine, id, undefined, engine.asked, askAtOnce);
  checkBytes(id, 'id');
  return search(engine, id, connection, askedBy(engine, connection), askAtOnce);
}

/** The same with a copy of what is in the cache. */
export function resumeSession(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Session | undefined {
  const found = viewSession(engine, id, connection);
  if (found !== undefined && found.ownId === id) keep(engine, found);
  return found;
}

/**
 * Gives a handle that `search` has made bytes of its own: one of the get callback has them, and never
 * the caller's id. Out of the way of the search, so that V8 compiles that alike for both.
 */
function keep(engine: Engine, found: Session): void {
  found.ownData = engine.store.copyShown(found.bits & DATA_LENGTH_MASK);
  found.ownId = undefined; // it lies before the data
}

function askAtOnce(lookup: Lookup): Session | undefined {
  return lookup.settle(answerAtOnce(lookup));
}

function answerAtOnce(lookup: Lookup): Found {
  const answer = lookup.ask();
  if (!isPromise(answer)) return answer;
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
  const own = copyOf(checkBytes(id, 'id'));
  const asked = connection ? askedBy(engine, connection) : engine.asked;
  const lookup = search(engine, own, connection, asked, itself);
  if (lookup instanceof Lookup) return lookup.settle(await answerTo(lookup));
  if (lookup !== undefined) keep(engine, lookup);
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
  return lookup instanceof Lookup ? lookup.take(answerAtOnce(lookup)) : lookup;
}

/** The same with a promise. */
export async function findSessionAsync(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Promise<Session | undefined> {
  const lookup = find(engine, id, connection);
  return lookup instanceof Lookup ? lookup.take(await answerTo(lookup)) : lookup;
}

/** The session in the cache itself, or what to ask the get callback; undefined if nobody serves. */
function find(
  engine: Engine,
  id: Uint8Array,
  connection: Connection | undefined,
): Session | Lookup | undefined {
  const own = copyOf(checkBytes(id, 'id'));
  const asked = connection ? askedBy(engine, connection) : engine.asked;
  const serves = engine.has(SessionCacheMode.SERVER) || engine.departs(LOOK_UP_WHEN_OFF);
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
  const asked = connection ? askedBy(engine, connection) : engine.asked;
  const result = new Lookup(engine, idOf(session), connection, asked).judge(session);
  refuseFatal(result);
  return result === HIT;
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
  const asked = askedFor(engine, connection ?? {}, protocolVersion);
  return new Lookup(engine, id, connection, asked).settle(taken, false);
}

function isPromise(value: Found | Promise<Found>): value is Promise<Found> {
  return typeof (value as Promise<Found> | undefined)?.then === 'function';
}
