// The parts of a session's state: serials, flags, and contexts that are kept once.

import { copyBytes, lengthOf } from '../checks.ts';
import {
  EXTENDED_MASTER_SECRET,
  NAME_LENGTH_MASK,
  NAME_LENGTH_SHIFT,
  NOT_RESUMABLE,
} from '../core/abi.generated.ts';

// Flags of a handle: the `meta` of a record (assembly/records.ts), and from bit 27 on its own. They
// fit 31 bits, a small integer in every build of V8.

/** The length of the id. */
export const NAME_LENGTH: number = NAME_LENGTH_MASK << NAME_LENGTH_SHIFT;
/** What a duplicate has too. */
export const LASTING: number = NAME_LENGTH | EXTENDED_MASTER_SECRET | NOT_RESUMABLE;
/** The handle's cache held the session when last seen. */
export const CACHED = 1 << 27;
/** Where the session's bytes are: two bits. */
export const LOCATION = 3 << 28;
/** In an array of their own, or of the caller of `new Session`. */
export const IN_ARRAY = 0;
/**
 * In a piece of a slab, which holds other sessions too: never handed out. The id may precede it.
 */
export const IN_SLAB = 1 << 28;
/** In the core's memory; the id is in an array of the caller of `viewSession`. */
export const IN_CORE = 2 << 28;
/** In the core's memory; the id is the handle's own. */
export const IN_CORE_WITH_ID = 3 << 28;

export const NO_BYTES: Uint8Array = new Uint8Array(0);

// 2^32 handles later a serial comes back. That matters only if an old handle is then kept beside a
// new session of the same id and version.
let lastSerial = 0;

export function nextSerial(): number {
  lastSerial = (lastSerial + 1) >>> 0 || 1;
  return lastSerial;
}

/** Goes on so much further: threads that share a cache need numbers of their own. */
export function skipSerials(count: number): void {
  lastSerial = (lastSerial + count) >>> 0;
}

/** The flags of a session that is not cached. */
export function flagsFor(idLength: number, extms: boolean, notResumable: boolean): number {
  return (
    (idLength << NAME_LENGTH_SHIFT) |
    (extms ? EXTENDED_MASTER_SECRET : 0) |
    (notResumable ? NOT_RESUMABLE : 0)
  );
}

export function idLengthIn(flags: number): number {
  return (flags >>> NAME_LENGTH_SHIFT) & NAME_LENGTH_MASK;
}

// The context that was interned last, and its words. To compare takes less than to copy, and a
// context that is staged twice in a row is known again.
let lastContext: Uint8Array = NO_BYTES;
let words: Int32Array = new Int32Array(8);

/** A read-only copy of a checked context. Interns the last, so equal contexts usually share one. */
export function internContext(context: Uint8Array): Uint8Array {
  const length = lengthOf(context);
  if (length !== 32) return length === 0 ? NO_BYTES : copyBytes(context, 'sessionIdContext');
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
  if (different !== 0 || lastContext === NO_BYTES) {
    const copy = copyBytes(context, 'sessionIdContext');
    lastContext = copy;
    words = new Int32Array(copy.buffer);
  }
  return lastContext;
}
