// Removing sessions: SSL_CTX_remove_session, SSL_CTX_flush_sessions, revocation of a group, and
// SSL_CTX_free.

import {
  LEFT_ABORTED,
  LEFT_CLOSED,
  LEFT_EXPIRED,
  LEFT_FLUSHED,
  LEFT_REMOVED,
  LOCKED_CALLBACKS,
  REMOVE_ABSENT,
  REMOVE_BY_TWIN,
} from '../core/abi.generated.ts';
import * as ARGS from '../core/fields/args.generated.ts';
import { copyOf, lengthOf, type Seconds } from '../checks.ts';
import { type Departure, type Engine } from './engine.ts';
import { FirstError } from '../first-error.ts';
import {
  cacheOf,
  idOf,
  isView,
  materialize,
  mark,
  markGone,
  scopeOf,
  serialOf,
  type Session,
  setHandleAppData,
  syncWith,
} from '../session/session.ts';

/** Most sessions that one call of the core removes. */
export const UNLIMITED = 0xffffffff;

/** A time at or after that of every session. */
export const LATEST: bigint = 2n ** 63n - 1n;

/** Removes a session, or the cached session of the same id and version (its twin). */
export function removeSession(engine: Engine, session: Session, cause: number): boolean {
  const id = idOf(session);
  if (engine.isLocked || id.length === 0) return false;
  const { version } = scopeOf(session);
  const { memory } = engine;
  memory.recall();
  const at = removeStaged(engine, id, id.length, version, cause, 1);
  let departure: Departure | undefined = { session, cause };
  if (at === 0) {
    if (!engine.hasQuirk(REMOVE_ABSENT)) departure = undefined;
  } else if (memory.serialOf(at) === serialOf(session)) {
    releaseEntryOf(engine, session, at);
  } else if (engine.hasQuirk(REMOVE_BY_TWIN)) {
    engine.noteUnmarked(memory.serialOf(at));
    engine.appData.delete(memory.serialOf(at));
    memory.core.release(at);
  } else {
    departure = engine.collectDetached(at, cause);
  }
  // Another cache may hold it. This one holds nothing of the id any more.
  if (cacheOf(session) === engine) markGone(session, true);
  else mark(session);
  if (cause === LEFT_REMOVED || cause === LEFT_ABORTED) {
    engine.noteRemoved(id, version);
    engine.external?.removed(id, version);
  }
  if (departure) engine.tell(departure);
  return at !== 0;
}

/** Removes the session of an id, which may be the caller's array, and a version. */
export function removeById(
  engine: Engine,
  id: Uint8Array,
  version: number,
  cause: number,
): boolean {
  const length = lengthOf(id);
  if (engine.isLocked || length === 0) return false;
  const { external, memory, notifies } = engine;
  const kept = external === undefined && engine.pending.size === 0 ? id : copyOf(id);
  memory.recall();
  const at = removeStaged(engine, id, length, version, cause, notifies ? 1 : 0);
  const departure = at !== 0 && notifies ? engine.collectDetached(at, cause) : undefined;
  engine.noteRemoved(kept, version);
  external?.removed(kept, version);
  if (departure !== undefined) engine.tell(departure);
  return at > 0;
}

/**
 * Removes the entry of an id of `length` bytes and a version; with `notify` (1, or 0) it is only
 * detached. Returns where it is or was, or 0.
 */
function removeStaged(
  { isClosed, memory }: Engine,
  id: Uint8Array,
  length: number,
  version: number,
  cause: number,
  notify: number,
): number {
  if (isClosed) return 0;
  memory.stageId(id, length);
  memory.stageWord(ARGS.version, version);
  memory.stageWord(ARGS.idLength, length);
  memory.stageWord(ARGS.cause, cause);
  memory.stageWord(ARGS.notify, notify);
  return memory.core.removeStaged() >>> 0;
}

/** Removes a found entry and notifies the remove callback and the external cache, if any. */
export function removeFound(engine: Engine, at: number, cause: number): void {
  engine.memory.recall();
  engine.memory.core.detach(at, cause);
  if (engine.notifies) engine.tell(engine.collectDetached(at, cause));
  else engine.memory.core.release(at);
}

/** Releases the detached entry of a session, which takes over what the entry has. */
function releaseEntryOf(engine: Engine, session: Session, at: number): void {
  const { memory } = engine;
  if (cacheOf(session) === engine) syncWith(session, at);
  // The bytes of a view are wiped with the entry, before the remove callback could read them.
  if (isView(session)) memory.core.decode(at);
  materialize(session);
  if (engine.appData.size > 0) {
    setHandleAppData(session, engine.appData.get(serialOf(session)));
    engine.appData.delete(serialOf(session));
  }
  memory.core.release(at);
}

/** Removes expired sessions, or all if time is 0; at most `budget`. Returns how many. */
export function flushSessions(
  engine: Engine,
  time: Seconds,
  budget: number,
  cause: number = time === 0 ? LEFT_FLUSHED : LEFT_EXPIRED,
): number {
  if (engine.isLocked) return 0;
  const { memory } = engine;
  memory.recall();
  return removeEach(engine, budget, cause, (most) => {
    memory.stageSeconds(ARGS.time, time);
    return memory.core.flush(cause, most) >>> 0;
  });
}

/**
 * Removes the sessions that carry a tag and whose absolute lifetime began at `last` or before; at
 * most `budget`. Returns how many.
 */
export function revoke(
  engine: Engine,
  tag: Uint8Array,
  budget: number,
  cause: number,
  last: Seconds = LATEST,
): number {
  if (engine.isLocked) return 0;
  // A revocation of an earlier time does not affect handshakes that are under way.
  if (last === LATEST) engine.revocations.note(tag);
  engine.external?.revoked(tag);
  const { memory } = engine;
  memory.recall();
  return removeEach(engine, budget, cause, (most) => {
    memory.stageId(tag);
    memory.stageSeconds(ARGS.authTime, last);
    return memory.core.revoke(tag.length, most) >>> 0;
  });
}

/**
 * Calls `leave`, an export of the core that removes up to a given number of sessions, or detaches
 * one if that is 0. If a callback is to be notified, sessions are detached one by one; it is called
 * afterwards, or under the lock of profile openssl-3.0.
 */
function removeEach(
  engine: Engine,
  budget: number,
  cause: number,
  leave: (most: number) => number,
): number {
  if (!engine.notifies) return leave(budget);
  const departures: Departure[] = [];
  const errors = new FirstError();
  let removed = 0;
  while (removed < budget) {
    const at = leave(0);
    if (at === 0) break;
    removed++;
    const departure = engine.collectDetached(at, cause);
    if (engine.hasQuirk(LOCKED_CALLBACKS)) errors.of(() => engine.tellLocked(departure));
    else departures.push(departure);
  }
  if (engine.closeRequested) errors.of(() => close(engine));
  errors.of(() => engine.dispatch(departures));
  errors.throw();
  return removed;
}

/** Closes the cache. Remove callbacks run first and may still use the cache, then empty. */
export function close(engine: Engine): void {
  if (engine.isClosed || engine.isClosing) return;
  if (engine.isLocked) {
    engine.closeRequested = true;
    return;
  }
  engine.closeRequested = false;
  engine.isClosing = true;
  engine.external?.detach();
  const errors = new FirstError();
  errors.of(() => flushSessions(engine, 0, UNLIMITED, LEFT_CLOSED));
  // Sessions that a callback has added since are dropped without a callback.
  engine.memory.wipe();
  engine.isClosed = true;
  engine.appData.clear();
  engine.unmarkedSerials.clear();
  engine.pending.clear();
  errors.throw();
}
