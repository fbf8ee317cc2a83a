// Adding a session: SSL_CTX_add_session.

import { checkBytes, copyOf } from '../checks.ts';
import {
  ADDED,
  DATA_MAX,
  LEFT_EVICTED,
  NO_MEMORY,
  REPLACED_RESUMABLE,
  SAME,
  TOO_LARGE,
  VICTIM,
} from '../core/abi.ts';
import * as ARGS from '../core/fields/args.ts';
import { close } from './closing.ts';
import { type Departure, type Engine, FirstError } from './engine.ts';
import { SessionCacheError } from '../errors.ts';
import { SessionCacheMode } from './mode.ts';
import { appDataOf, setBegin } from '../session/extras.ts';
import type { Session } from '../session/session.ts';
import { entryOf, idWordsOf, settleIn, syncState } from '../session/state.ts';

/** Adds a session. Returns whether it was not cached before. */
export function addSession(engine: Engine, session: Session): boolean {
  if (engine.locked) return false;
  if (entryOf(session) !== 0 && session.home !== engine) {
    throw new SessionCacheError(
      'ERR_SESSCACHE_OTHER_CACHE',
      'the session is in another cache: remove it there, or add its dup()',
    );
  }
  const data = session.ownData;
  const { length } = data;
  if (length > DATA_MAX) checkBytes(data, 'data', DATA_MAX); // a caller's buffer has grown
  const { store } = engine;
  if (engine.has(SessionCacheMode.UPDATE_TIME)) store.stageNow(engine.now());
  let status = store.add(session, idWordsOf(session), data, engine.notifies ? 1 : 0);
  let departures: Departure[] | undefined;
  if (status === VICTIM) {
    departures = [];
    status = addWithVictims(engine, length, departures);
  }
  if (status === ADDED) {
    admitted(engine, session);
    if (engine.evictsStepwise) evictUnderLock(engine);
  } else if (status === SAME) {
    settleIn(session, engine); // another handle may have brought it here
    syncState(session);
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

/** Adds a session as far as there is room for it: a handshake goes on without. */
export function addIfRoom(engine: Engine, session: Session): void {
  try {
    addSession(engine, session);
  } catch (error) {
    if (!(error instanceof SessionCacheError)) throw error;
  }
}

/** Goes on with an add whose first victim has been detached, for which a callback is waiting. */
function addWithVictims(engine: Engine, length: number, departures: Departure[]): number {
  const { store } = engine;
  // The victims' bytes are shown where those of the newcomer are staged. The caller's may be a view
  // of that very place.
  const data = copyOf(store.shown(length));
  let status: number = VICTIM;
  while (status === VICTIM) {
    departures.push(engine.takeDetached(store.entry(), LEFT_EVICTED));
    store.stageData(data);
    status = store.core.addStaged(1);
  }
  data.fill(0);
  return status;
}

/** Settles what depends on the new entry and on the session it replaced. */
function admitted(engine: Engine, session: Session): void {
  const { store } = engine;
  settleIn(session, engine);
  if (engine.has(SessionCacheMode.UPDATE_TIME)) {
    const at = store.entry();
    setBegin(session, store.timeOf(at), store.bornOf(at));
  }
  const { ownSerial: serial } = session;
  const appData = appDataOf(session);
  if (engine.bits === 0 && engine.appData.size === 0 && appData === undefined) return;
  if (appData !== undefined) engine.setAppData(serial, appData);
  const replaced = store.word(ARGS.replaced);
  if (engine.departs(REPLACED_RESUMABLE)) {
    engine.survivors.delete(serial);
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
