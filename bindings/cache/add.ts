// Adding a session: SSL_CTX_add_session.

import { checkBytes, copyOf, lengthOf } from '../checks.ts';
import {
  ADDED,
  DATA_MAX,
  LEFT_EVICTED,
  NO_MEMORY,
  REPLACED_RESUMABLE,
  RESUME_AHEAD,
  SAME,
  TOO_LARGE,
  VICTIM,
} from '../core/abi.generated.ts';
import * as ARGS from '../core/fields/args.generated.ts';
import { close } from './remove.ts';
import { type Departure, type Engine } from './engine.ts';
import { FirstError } from '../first-error.ts';
import { SessionCacheError } from '../errors.ts';
import { SessionCacheMode } from './mode.ts';
import { isNarrow } from '../core/staging.ts';
import type { CoreMemory } from '../core/core-memory.ts';
import {
  authTimeOf,
  bytesInPlaceOf,
  cacheOf,
  entryOf,
  flagsOf,
  idWordsOf,
  markCached,
  handleAppDataOf,
  handleTimeOf,
  handleTimeoutOf,
  scopeOf,
  serialOf,
  type Session,
  setHandleTimes,
  syncWithEntry,
  tagsOf,
} from '../session/session.ts';
import { idLengthIn } from '../session/state.ts';

/** Adds a session. Returns whether it was not cached before. */
export function addSession(engine: Engine, session: Session): boolean {
  if (engine.locked) return false;
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
  const status = add(engine.memory, session, data, length, engine.notifies ? 1 : 0);
  if (status !== ADDED || engine.evictsStepwise) return finishAdd(engine, session, length, status);
  noteAdded(engine, session);
  return true;
}

/** Goes on with an add that has not ended yet, or has not added. */
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
  if (status === NO_MEMORY) {
    throw new SessionCacheError('ERR_SESSCACHE_NO_MEMORY', 'no memory left for this session');
  }
  if (status === TOO_LARGE) {
    throw new SessionCacheError(
      'ERR_SESSCACHE_MAX_BYTES',
      `a session of ${length} bytes alone exceeds maxBytes`,
    );
  }
  return status === ADDED;
}

/** The core's add, of a session with all that belongs to it. */
function add(
  memory: CoreMemory,
  session: Session,
  data: Uint8Array,
  length: number,
  notify: number,
): number {
  const id = idWordsOf(session);
  const scope = scopeOf(session);
  const flags = flagsOf(session);
  const time = handleTimeOf(session);
  const timeout = handleTimeoutOf(session);
  const authTime = authTimeOf(session);
  const tags = tagsOf(session);
  memory.stageData(data, length); // first: it may throw
  memory.recall(); // only now, for the data may be what was lent
  memory.stageDefaultContext(scope.context);
  if (tags.length > 0) memory.stageTags(tags);
  if (!isNarrow(time) || !isNarrow(timeout) || !isNarrow(authTime)) {
    return addWide(memory, session, length, notify);
  }
  return memory.core.add(
    id[0]!,
    id[1]!,
    id[2]!,
    id[3]!,
    id[4]!,
    id[5]!,
    id[6]!,
    id[7]!,
    serialOf(session),
    scope.version,
    idLengthIn(flags),
    length,
    flags, // the core takes the two that it knows
    tags.length,
    time,
    timeout,
    authTime,
    notify,
  );
}

/** The same for times that do not fit 32 bits; context, tags and data are staged. */
function addWide(memory: CoreMemory, session: Session, length: number, notify: number): number {
  const flags = flagsOf(session);
  memory.stageWords(idWordsOf(session));
  memory.stageSeconds(ARGS.time, handleTimeOf(session));
  memory.stageSeconds(ARGS.timeout, handleTimeoutOf(session));
  memory.stageSeconds(ARGS.authTime, authTimeOf(session));
  memory.stageWord(ARGS.serial, serialOf(session));
  memory.stageWord(ARGS.version, scopeOf(session).version);
  memory.stageWord(ARGS.idLength, idLengthIn(flags));
  memory.stageWord(ARGS.dataLength, length);
  memory.stageWord(ARGS.flags, flags);
  memory.stageWord(ARGS.tagCount, tagsOf(session).length);
  memory.stageWord(ARGS.replaced, 0);
  return memory.core.addStaged(notify);
}

/** Adds a session as far as there is room for it: a handshake goes on without. */
export function addIfRoom(engine: Engine, session: Session): void {
  try {
    addSession(engine, session);
  } catch (error) {
    if (!(error instanceof SessionCacheError)) throw error;
  }
}

/** Goes on with an add whose first victim has been detached, for which a callback is waiting. */
export function addWithVictims(engine: Engine, length: number, departures: Departure[]): number {
  const { memory } = engine;
  // The victims' bytes are shown where those of the newcomer are staged. The caller's may be a view
  // of that very place.
  const data = copyOf(memory.decodedBytes(length));
  let status: number = VICTIM;
  while (status === VICTIM) {
    departures.push(engine.collectDetached(memory.entry(), LEFT_EVICTED));
    memory.stageData(data, length);
    status = memory.core.addStaged(1);
  }
  data.fill(0);
  return status;
}

/** Settles what depends on the new entry and on the session it replaced. */
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
