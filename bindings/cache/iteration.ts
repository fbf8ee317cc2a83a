// Iteration in the order in which sessions will leave, while anything may change.

import { ARGS } from '../core/abi.ts';
import type { Engine } from './engine.ts';
import { type Session, sessionOf } from '../session/session.ts';
import { type SessionState } from '../session/state.ts';

/** Where a session stands: its key in the order, and which of the two trees it is in. */
type Place = { readonly key: bigint; readonly overflow: bigint };

/**
 * Yields each session once, next to leave first. Sessions that leave before their turn are left
 * out; of those placed meanwhile, the ones ahead of the iterator are found.
 */
export function* sessionsOf(engine: Engine): Generator<Session, void, undefined> {
  let at = engine.store.core.first() >>> 0;
  // Those already yielded at the present place, for when the last of them has left.
  let yielded: Set<number> = new Set();
  let place: Place | undefined;
  while (at !== 0) {
    const here = placeOf(engine, at);
    if (place && !samePlace(place, here)) yielded = new Set();
    place = here;
    const state = engine.copyAt(at);
    state.home = engine;
    yielded.add(state.serial);
    yield sessionOf(state);
    if (engine.isClosed) return;
    at = following(engine, state, place, yielded);
  }
}

function following(engine: Engine, last: SessionState, place: Place, yielded: Set<number>): number {
  const { core } = engine.store;
  const at = engine.entryOf(last);
  if (at && samePlace(placeOf(engine, at), place)) {
    // Placed anew at the same expiry it is the last there: what it overtook comes by `yielded`.
    let next = core.next(at) >>> 0;
    while (next && yielded.has(engine.store.serialOf(next))) next = core.next(next) >>> 0;
    if (next === 0 || samePlace(placeOf(engine, next), place)) return next;
  }
  engine.store.stageSeconds(ARGS.time, place.key);
  engine.store.stageSeconds(ARGS.timeout, place.overflow);
  let next = core.firstAtPlace() >>> 0;
  while (next && yielded.has(engine.store.serialOf(next))) next = core.next(next) >>> 0;
  return next;
}

function placeOf(engine: Engine, at: number): Place {
  engine.store.core.placeOf(at);
  return { key: engine.store.long(ARGS.time), overflow: engine.store.long(ARGS.timeout) };
}

function samePlace(a: Place, b: Place): boolean {
  return a.key === b.key && a.overflow === b.overflow;
}
