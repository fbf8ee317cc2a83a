// What stands behind a handle, and how it finds its entry.

import type { Engine } from '../cache/engine.ts';
import { copyOf, type Seconds } from '../checks.ts';
import {
  EXTENDED_MASTER_SECRET,
  NAME_LENGTH_MASK,
  NAME_LENGTH_SHIFT,
  NOT_RESUMABLE,
} from '../core/abi.ts';
import { idBefore } from '../core/slab.ts';
import { bytesOf, type Words, wordsOf } from '../core/words.ts';
import { type Scope, scopeFor, setBegin, type WithExtras } from './extras.ts';

/**
 * The inside of a Session: what the handle knows by itself. While the entry is cached, times and
 * marks are the entry's. Few fields: see extras.ts.
 */
export interface SessionState extends WithExtras {
  ownSerial: number;
  ownScope: Scope;
  ownTime: Seconds;
  ownTimeout: Seconds;
  /** As meta of a record (assembly/records.ts): length of the id and marks; and IS_IN. */
  bits: number;
  ownData: Uint8Array;
  /** As words: of `new Session`. Undefined: it lies before the data, and was copied with it. */
  ownId: Uint8Array | Words | undefined;
  /** The cache that held it last; it may have left, and may have come back through another handle. */
  home: Engine | undefined;
}

/** Of `bits`: whether `home` held it when last seen. */
export const IS_IN = 1 << 27;

export const NO_BYTES: Uint8Array = new Uint8Array(0);

// 2^32 handles later a serial comes back. That matters only if an old handle is then kept beside a
// new session of the same id and version.
let lastSerial = 0;

export function nextSerial(): number {
  lastSerial = (lastSerial + 1) >>> 0 || 1;
  return lastSerial;
}

/** The `bits` of a session that is not cached. */
export function bitsOf(idLength: number, extms: boolean, notResumable: boolean): number {
  return (
    (idLength << NAME_LENGTH_SHIFT) |
    (extms ? EXTENDED_MASTER_SECRET : 0) |
    (notResumable ? NOT_RESUMABLE : 0)
  );
}

export function idLengthOf(state: SessionState): number {
  return (state.bits >>> NAME_LENGTH_SHIFT) & NAME_LENGTH_MASK;
}

/** Not a copy. */
export function idOf(state: SessionState): Uint8Array {
  const { ownId } = state;
  if (ownId instanceof Uint8Array) return ownId;
  const length = idLengthOf(state);
  const id = ownId === undefined ? idBefore(state.ownData, length) : bytesOf(ownId, length);
  state.ownId = id;
  return id;
}

/** The same in words. */
export function idWordsOf(state: SessionState): Words {
  const { ownId } = state;
  return Array.isArray(ownId) ? (ownId as Words) : wordsOf(idOf(state));
}

export function hasExtms(state: SessionState): boolean {
  return (state.bits & EXTENDED_MASTER_SECRET) !== 0;
}

/** Whether it was marked when last seen. */
export function isNotResumable(state: SessionState): boolean {
  return (state.bits & NOT_RESUMABLE) !== 0;
}

// The context that was copied last, and its words: mostly the next is the same, and shares the copy.
// To compare takes less than to copy, and a context that is staged twice in a row is known again.
let lastContext: Uint8Array = NO_BYTES;
let words: Int32Array = new Int32Array(8);

/** A copy of a context, for nobody to write to; the same for equal ones, as far as that is cheap. */
export function ownBytes(context: Uint8Array): Uint8Array {
  if (context.length !== 32) return context.length === 0 ? NO_BYTES : copyOf(context);
  const c = context;
  const w = words;
  const different =
    (w[0]! ^ (c[0]! | (c[1]! << 8) | (c[2]! << 16) | (c[3]! << 24))) |
    (w[1]! ^ (c[4]! | (c[5]! << 8) | (c[6]! << 16) | (c[7]! << 24))) |
    (w[2]! ^ (c[8]! | (c[9]! << 8) | (c[10]! << 16) | (c[11]! << 24))) |
    (w[3]! ^ (c[12]! | (c[13]! << 8) | (c[14]! << 16) | (c[15]! << 24))) |
    (w[4]! ^ (c[16]! | (c[17]! << 8) | (c[18]! << 16) | (c[19]! << 24))) |
    (w[5]! ^ (c[20]! | (c[21]! << 8) | (c[22]! << 16) | (c[23]! << 24))) |
    (w[6]! ^ (c[24]! | (c[25]! << 8) | (c[26]! << 16) | (c[27]! << 24))) |
    (w[7]! ^ (c[28]! | (c[29]! << 8) | (c[30]! << 16) | (c[31]! << 24)));
  if (different !== 0 || lastContext.length === 0) {
    lastContext = copyOf(context);
    words = new Int32Array(lastContext.buffer);
  }
  return lastContext;
}

/** Says that a cache holds the session. */
export function settleIn(state: SessionState, home: Engine): void {
  state.home = home;
  state.bits |= IS_IN;
}

/** Address of the entry of a session, or 0. When it is seen to have left, it is marked. */
export function entryOf(state: SessionState): number {
  const { home } = state;
  if (home === undefined) return 0;
  const at = home.entryOf(state);
  if (at) {
    state.bits = (state.bits & ~NOT_RESUMABLE) | IS_IN | (home.isMarked(at) ? NOT_RESUMABLE : 0);
  } else if (state.bits & IS_IN) {
    state.bits &= ~IS_IN;
    if (!home.survivors.has(state.ownSerial)) state.bits |= NOT_RESUMABLE;
  }
  if (home.isClosed) state.home = undefined; // or a handle would keep all its memory
  return at;
}

/** Marks a session as not resumable, also where another cache holds it. */
export function mark(state: SessionState): void {
  const at = entryOf(state);
  if (at) state.home!.store.mark(at);
  state.bits |= NOT_RESUMABLE;
}

/** Takes over what may have changed in the entry, before it leaves or is copied. */
export function syncState(state: SessionState): void {
  const at = entryOf(state);
  if (!at) return;
  const { store } = state.home!;
  setBegin(state, store.timeOf(at), store.bornOf(at));
  state.ownTimeout = store.timeoutOf(at);
  state.ownScope = scopeFor(state.ownScope.version, store.contextOf(at));
}
