// Adding a session: SSL_CTX_add_session.

import { checkBytes, copyOf } from '../checks.ts';
import {
  ADDED,
  ARGS,
  DATA_MAX,
  EXTENDED_MASTER_SECRET,
  LEFT_EVICTED,
  NO_MEMORY,
  NOT_RESUMABLE,
  REPLACED_RESUMABLE,
  SAME,
  TOO_LARGE,
  VICTIM,
} from '../core/abi.ts';
import { close } from './closing.ts';
import { type Departure, type Engine, FirstError } from './engine.ts';
import { SessionCacheError } from '../errors.ts';
import { SessionCacheMode } from './mode.ts';
import { type Session, stateOf } from '../session/session.ts';
import { entryOf, type SessionState, settleIn, syncState } from '../session/state.ts';

/** Adds a session. Returns whether it was not cached before. */
export function addSession(engine: Engine, session: Session): boolean {
  const state = stateOf(session);
  if (engine.locked) return false;
  if (entryOf(state) !== 0 && state.home !== engine) {
    throw new SessionCacheError(
      'ERR_SESSCACHE_OTHER_CACHE',
      'the session is in another cache: remove it there, or add its dup()',
    );
  }
  const data = dataToAdd(engine, state);
  const now = engine.has(SessionCacheMode.UPDATE_TIME) ? engine.now() : 0;
  const departures: Departure[] = [];
  const status = stageAndAdd(engine, state, data, now, departures);
  if (status === ADDED) {
    admitted(engine, state);
    if (engine.evictsStepwise) evictUnderLock(engine);
  } else if (status === SAME) {
    settleIn(state, engine); // another handle may have brought it here
    syncState(state);
  }
  if (departures.length > 0) engine.dispatch(departures);
  if (status === NO_MEMORY) {
    throw new SessionCacheError('ERR_SESSCACHE_NO_MEMORY', 'no memory left for this session');
  }
  if (status === TOO_LARGE) {
    throw new SessionCacheError(
      'ERR_SESSCACHE_MAX_BYTES',
      `a session of ${data.length} bytes alone exceeds maxBytes`,
    );
  }
  return status === ADDED;
}

/** The session's bytes as they are now: a caller's buffer may have grown, or be our own memory. */
function dataToAdd(engine: Engine, state: SessionState): Uint8Array {
  const data = checkBytes(state.data, 'data', DATA_MAX);
  // A view of this cache would be wiped, or detached, by what makes room for the session.
  return data.buffer === engine.store.bytes.buffer ? copyOf(data) : data;
}

/** Adds a session as far as there is room for it: a handshake goes on without. */
export function addIfRoom(engine: Engine, session: Session): void {
  try {
    addSession(engine, session);
  } catch (error) {
    if (!(error instanceof SessionCacheError)) throw error;
  }
}

function stageAndAdd(
  engine: Engine,
  state: SessionState,
  data: Uint8Array,
  now: number,
  departures: Departure[],
): number {
  const { store } = engine;
  store.stageId(state.id);
  store.stageOwnContext(state.context);
  store.stageData(data);
  store.stageTags(state.tags);
  store.stageSeconds(ARGS.time, state.time);
  store.stageSeconds(ARGS.timeout, state.timeout);
  store.stageSeconds(ARGS.born, state.born);
  store.stageWord(ARGS.serial, state.serial);
  store.stageWord(ARGS.version, state.version);
  store.stageWord(ARGS.idLength, state.id.length);
  store.stageLength(state.context.length);
  store.stageWord(ARGS.dataLength, data.length);
  store.stageWord(
    ARGS.flags,
    (state.notResumable ? NOT_RESUMABLE : 0) | (state.extms ? EXTENDED_MASTER_SECRET : 0),
  );
  store.stageWord(ARGS.replaced, 0);
  const notify = engine.notifies ? 1 : 0;
  let status = store.core.add(now, notify);
  while (status === VICTIM) {
    departures.push(engine.takeDetached(store.word(ARGS.entry), LEFT_EVICTED));
    store.stageData(data); // the victim's bytes were shown in its place
    status = store.core.add(now, notify);
  }
  return status;
}

/** Takes the new entry's times over and settles what depends on the session it replaced. */
function admitted(engine: Engine, state: SessionState): void {
  const { store } = engine;
  const at = store.word(ARGS.entry);
  settleIn(state, engine);
  state.time = store.timeOf(at);
  state.born = store.bornOf(at);
  if (state.appData !== undefined) engine.setAppData(state.serial, state.appData);
  const replaced = store.word(ARGS.replaced);
  if (engine.departs(REPLACED_RESUMABLE)) {
    engine.survivors.delete(state.serial);
    if (replaced) engine.survive(replaced);
  }
  if (replaced) engine.appData.delete(replaced);
}

/** openssl-3.0: evicts while the newcomer is counted but not yet placed. */
function evictUnderLock(engine: Engine): void {
  const { core } = engine.store;
  const errors = new FirstError();
  let anew = 1;
  for (;;) {
    const at = core.evictExcess(anew) >>> 0;
    if (at === 0) break;
    anew = 0;
    const departure = engine.takeDetached(at, LEFT_EVICTED);
    errors.of(() => engine.tellLocked(departure));
  }
  core.settle();
  if (engine.closeRequested) errors.of(() => close(engine));
  errors.throw();
}
