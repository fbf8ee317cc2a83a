// SSL_CTX_free: everything leaves, then the memory is wiped.

import { LEFT_CLOSED } from '../core/abi.ts';
import { type Engine, FirstError } from './engine.ts';
import { flushSessions, UNLIMITED } from './removal.ts';

/** Closes the cache. Remove callbacks run first, and may still use the cache, which is empty. */
export function close(engine: Engine): void {
  if (engine.isClosed || engine.isClosing) return;
  if (engine.locked) {
    engine.closeRequested = true;
    return;
  }
  engine.closeRequested = false;
  engine.isClosing = true;
  engine.second?.detach();
  const errors = new FirstError();
  errors.of(() => flushSessions(engine, 0, UNLIMITED, LEFT_CLOSED));
  // What a callback has added meanwhile goes with the memory, unannounced.
  engine.store.wipe();
  engine.isClosed = true;
  engine.appData.clear();
  engine.survivors.clear();
  engine.pending.clear();
  errors.throw();
}
