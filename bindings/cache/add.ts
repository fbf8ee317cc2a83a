// Adding a session: SSL_CTX_add_session.

import { checkBytes, copyOf, isBytes, lengthOf } from '../checks.ts';
import { systemClock } from '../clock.ts';
import {
  ADDED,
  DATA_MAX,
  LEFT_EVICTED,
  NAME_MAX,
  NO_MEMORY,
  REPLACED_RESUMABLE,
  RESUME_AHEAD,
  SAME,
  TOO_LARGE,
  VERSION_LIMIT,
  VICTIM,
} from '../core/abi.generated.ts';
import * as ARGS from '../core/fields/args.generated.ts';
import { close } from './remove.ts';
import { type Departure, type Engine } from './engine.ts';
import { FirstError } from '../first-error.ts';
import { SessionCacheError } from '../errors.ts';
import { SessionCacheMode } from './mode.ts';
import { isWord } from '../core/staging.ts';
import {
  authTimeOf,
  bytesInPlaceOf,
  cacheOf,
  entryOf,
  flagsOf,
  markCached,
  noMemory,
  handleAppDataOf,
  handleTimeOf,
  handleTimeoutOf,
  scopeOf,
  serialOf,
  Session,
  setHandleTimes,
  stageIdOf,
  syncWithEntry,
  tagsOf,
} from '../session/session.ts';
import type { SessionOptions } from '../session/options.ts';
import { flagsFor, idLengthIn, nextSerial, NO_BYTES } from '../session/state.ts';
import { TLS1_2 } from '../protocol.ts';

/**
 * Adds the session that `new Session` would make of these options, without a handle. For the usual
 * options nothing is allocated: the bytes go straight to the core. Each option is read once, and
 * all code of the user (getters, the clock) runs before any length is read.
 */
export function addNew(engine: Engine, options: SessionOptions): boolean {
  const { time, id, data, protocolVersion = TLS1_2, sessionIdContext: context } = options;
  const {
    timeout = 304,
    authTime,
    notResumable,
    appData,
    tags,
    extendedMasterSecret = false,
  } = options;
  const now = engine.now();
  const { memory } = engine.open();
  const made = time === undefined ? systemClock() : time;
  const length = isBytes(data) ? lengthOf(data) : 0;
  const isPlain =
    !(engine.quirks || engine.notifies) &&
    authTime === undefined &&
    notResumable === undefined &&
    appData === undefined &&
    tags === undefined &&
    typeof extendedMasterSecret === 'boolean' &&
    isWord(made) &&
    isWord(timeout) &&
    isWord(protocolVersion) &&
    protocolVersion < VERSION_LIMIT &&
    isWhole(id) &&
    (context === undefined || isWhole(context)) &&
    length > 0 &&
    length <= DATA_MAX;
  if (!isPlain) {
    // If an option is wrong, the constructor throws.
    return addSession(
      engine,
      new Session({
        time: made,
        id,
        data,
        protocolVersion,
        sessionIdContext: context,
        timeout,
        authTime,
        notResumable,
        appData,
        tags,
        extendedMasterSecret,
      }),
    );
  }
  memory.stageData(data!, length); // before recall(): it may throw, and `data` may be the lent array
  memory.recall();
  memory.stageNow(now);
  memory.stageId(id, NAME_MAX);
  if (context === undefined) memory.stageOwnContextOfSession(NO_BYTES);
  else memory.stageContextOfSession(context, NAME_MAX);
  // The absolute lifetime of a session from the future begins now.
  memory.stageTimes(made, timeout, made > now ? now : made);
  const flags = flagsFor(NAME_MAX, extendedMasterSecret, false);
  memory.stageNumbers(nextSerial(), protocolVersion, NAME_MAX, length, flags, 0, 0);
  const status = memory.core.addStaged();
  refuse(status, length);
  return true;
}

/** Whether it is a Uint8Array of 32 bytes, the full length of an id or a context. */
function isWhole(value: unknown): boolean {
  return isBytes(value) && lengthOf(value) === NAME_MAX;
}

/** Throws if the core had no memory, or if the session alone exceeds `maxBytes`. */
function refuse(status: number, length: number): void {
  if (status === NO_MEMORY) throw noMemory('session');
  if (status === TOO_LARGE) {
    throw new SessionCacheError(
      'ERR_SESSCACHE_MAX_BYTES',
      `a session of ${length} bytes alone exceeds maxBytes`,
    );
  }
}

/** Adds a session. Returns whether it was not cached before. */
export function addSession(engine: Engine, session: Session): boolean {
  if (engine.isLocked) return false;
  const isCached = entryOf(session) !== 0;
  if (isCached && cacheOf(session) !== engine) {
    throw new SessionCacheError(
      'ERR_SESSCACHE_OTHER_CACHE',
      'the session is in another cache: remove it there, or add its dup()',
    );
  }
  const isAheadCapped = !engine.hasQuirk(RESUME_AHEAD);
  if (isAheadCapped || engine.has(SessionCacheMode.UPDATE_TIME)) {
    const now = engine.now(); // the user's code
    engine.open();
    engine.memory.stageNow(now);
    // The absolute lifetime of a session from a clock that is ahead begins now.
    if (isAheadCapped && authTimeOf(session) > now && !isCached) {
      setHandleTimes(session, handleTimeOf(session), now);
    }
  }
  const data = bytesInPlaceOf(session);
  const length = lengthOf(data);
  // The caller's array may have grown or been detached since.
  if (length > DATA_MAX || length === 0) checkBytes(data, 'data', DATA_MAX);
  const status = add(engine, session, data, length);
  if (status !== ADDED || engine.evictsStepwise) return finishAdd(engine, session, length, status);
  noteAdded(engine, session);
  return true;
}

/** Completes an add that the core has not finished or has refused. */
function finishAdd(engine: Engine, session: Session, length: number, first: number): boolean {
  let status = first;
  let departures: Departure[] | undefined;
  if (status === VICTIM) {
    departures = [];
    status = addWithVictims(engine, length, departures);
  }
  if (status === ADDED) {
    noteAdded(engine, session);
    if (engine.evictsStepwise) evictUnderLock(engine);
  } else if (status === SAME) {
    markCached(session, engine); // another handle may have brought it here
    syncWithEntry(session);
  }
  if (departures) engine.dispatch(departures);
  refuse(status, length);
  return status === ADDED;
}

/** Passes a session, with its context, tags and times, to the core's add. */
function add(engine: Engine, session: Session, data: Uint8Array, length: number): number {
  const { memory } = engine;
  const scope = scopeOf(session);
  const flags = flagsOf(session);
  const time = handleTimeOf(session);
  const timeout = handleTimeoutOf(session);
  const authTime = authTimeOf(session);
  const tags = tagsOf(session);
  memory.stageData(data, length); // before recall(): it may throw, and `data` may be the lent array
  memory.recall();
  stageIdOf(session, memory);
  memory.stageOwnContextOfSession(scope.context);
  if (tags.length > 0) memory.stageTags(tags);
  memory.stageSeconds(ARGS.time, time);
  memory.stageSeconds(ARGS.timeout, timeout);
  memory.stageSeconds(ARGS.authTime, authTime);
  const { version } = scope;
  const idLength = idLengthIn(flags);
  const notify = engine.notifies ? 1 : 0;
  memory.stageNumbers(serialOf(session), version, idLength, length, flags, tags.length, notify);
  return memory.core.addStaged();
}

/** Adds a session if there is room for it; otherwise the handshake continues without. */
export function addIfRoom(engine: Engine, session: Session): void {
  try {
    addSession(engine, session);
  } catch (error) {
    if (!(error instanceof SessionCacheError)) throw error;
  }
}

/** Continues an add whose first victim has been detached, to pass it to the remove callback. */
export function addWithVictims(engine: Engine, length: number, departures: Departure[]): number {
  const { memory } = engine;
  // The victims' bytes are decoded where those of the new session are staged, and the caller's
  // bytes may be a view of that place.
  const data = copyOf(memory.decodedBytes(length));
  let status: number = VICTIM;
  while (status === VICTIM) {
    departures.push(engine.collectDetached(memory.entry(), LEFT_EVICTED));
    memory.stageData(data, length);
    status = memory.core.addStaged();
  }
  data.fill(0);
  return status;
}

/** After an add: marks the handle as cached, and notes which session it has replaced. */
function noteAdded(engine: Engine, session: Session): void {
  markCached(session, engine);
  if (engine.has(SessionCacheMode.UPDATE_TIME)) {
    const { memory } = engine;
    const at = memory.entry();
    setHandleTimes(session, memory.timeOf(at), memory.authTimeOf(at));
  }
  const appData = handleAppDataOf(session);
  if (engine.hasQuirk(REPLACED_RESUMABLE) || engine.appData.size > 0 || appData !== undefined) {
    noteReplaced(engine, serialOf(session), appData);
  }
}

function noteReplaced(engine: Engine, serial: number, appData: unknown): void {
  if (appData !== undefined) engine.setAppData(serial, appData);
  const replaced = engine.memory.word(ARGS.replaced);
  if (engine.hasQuirk(REPLACED_RESUMABLE)) {
    engine.unmarkedSerials.delete(serial);
    if (replaced) engine.noteUnmarked(replaced);
  }
  if (replaced) engine.appData.delete(replaced);
}

/** openssl-3.0: evicts while the newcomer is counted but not yet placed. */
export function evictUnderLock(engine: Engine): void {
  const { core } = engine.memory;
  const errors = new FirstError();
  let anew = 1;
  for (;;) {
    const at = core.evictExcess(anew) >>> 0;
    if (at === 0) break;
    anew = 0;
    const departure = engine.collectDetached(at, LEFT_EVICTED);
    errors.of(() => engine.tellLocked(departure));
  }
  core.finishAdd();
  if (engine.closeRequested) errors.of(() => close(engine));
  errors.throw();
}
