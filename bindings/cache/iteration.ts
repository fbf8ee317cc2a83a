// Iteration in the order in which sessions will leave, while anything may change.

import * as ARGS from '../core/fields/args.generated.ts';
import type { Engine } from './engine.ts';
import { serialOf, type Session } from '../session/session.ts';

/** Where a session stands: its key in the order, and which of the two trees it is in. */
type Cursor = { readonly key: bigint; readonly overflow: bigint };

/**
 * Yields the sessions, next to leave first. Those that leave before their turn are left out; those
 * that are placed meanwhile are found if they come later in the order, but a session that was
 * renewed when it was yielded is not yielded again.
 */
export function* sessionsOf(engine: Engine): Generator<Session, void, undefined> {
  let at = engine.memory.core.first() >>> 0;
  // Those already yielded that may be met again: at the present place, and further on.
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

/** What comes after the session yielded last: its neighbour, or what now stands at its place. */
function following(engine: Engine, last: Session, cursor: Cursor, moved: Set<number>): number {
  const { core } = engine.memory;
  const at = engine.entryOf(last);
  if (at && sameCursor(cursorOf(engine, at), cursor)) {
    const next = core.next(at) >>> 0;
    // The last of its place may have got there just now: what it overtook is still to come.
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
