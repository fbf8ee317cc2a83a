// Iteration in the order of expiry, during which the cache may change.

import * as ARGS from '../core/fields/args.generated.ts';
import type { Engine } from './engine.ts';
import { serialOf, type Session } from '../session/session.ts';

/** The position of a session: its key in the order, and which of the two trees it is in. */
type Cursor = { readonly key: bigint; readonly overflow: bigint };

/**
 * Yields the sessions, the next to expire first. Sessions that leave before their turn are left
 * out. Sessions added during the iteration are yielded if they come later in the order; one that
 * was renewed after it was yielded is not yielded again.
 */
export function* sessionsOf(engine: Engine): Generator<Session, void, undefined> {
  let at = engine.memory.core.first() >>> 0;
  // Sessions already yielded that may be met again: at the current position, and later in the
  // order.
  let here: Set<number> = new Set();
  const moved: Set<number> = new Set();
  let cursor: Cursor | undefined;
  while (at !== 0) {
    const next = cursorOf(engine, at);
    if (cursor && !sameCursor(cursor, next)) here = new Set();
    cursor = next;
    const session = engine.copyAt(at);
    here.add(session.serial);
    yield session;
    if (engine.isClosed) return;
    at = following(engine, session, cursor, moved);
    while (at && isKnown(engine, at, here, moved)) at = engine.memory.core.next(at) >>> 0;
  }
}

function isKnown(engine: Engine, at: number, here: Set<number>, moved: Set<number>): boolean {
  const serial = engine.memory.serialOf(at);
  return here.has(serial) || moved.has(serial);
}

/** The successor of the session yielded last: its neighbour, or the session now at its position. */
function following(engine: Engine, last: Session, cursor: Cursor, moved: Set<number>): number {
  const { core } = engine.memory;
  const at = engine.entryOf(last);
  if (at && sameCursor(cursorOf(engine, at), cursor)) {
    const next = core.next(at) >>> 0;
    // The last session of this position may have moved there just now; those that it passed are
    // still to come.
    if (next && sameCursor(cursorOf(engine, next), cursor)) return next;
  } else if (at) {
    moved.add(serialOf(last));
  }
  engine.memory.stageSeconds(ARGS.time, cursor.key);
  engine.memory.stageSeconds(ARGS.timeout, cursor.overflow);
  return core.firstAtCursor() >>> 0;
}

function cursorOf(engine: Engine, at: number): Cursor {
  engine.memory.core.cursorOf(at);
  return { key: engine.memory.long(ARGS.time), overflow: engine.memory.long(ARGS.timeout) };
}

function sameCursor(a: Cursor, b: Cursor): boolean {
  return a.key === b.key && a.overflow === b.overflow;
}
