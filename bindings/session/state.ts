// The parts of a session's state: serials, flags and interned contexts.

import { copyBytes, lengthOf } from '../checks.ts';
import { type Words, wordsOf } from '../core/words.ts';
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
/** The flags that a duplicate keeps. */
export const LASTING: number = NAME_LENGTH | EXTENDED_MASTER_SECRET | NOT_RESUMABLE;
/** The handle's cache held the session when last seen. */
export const CACHED = 1 << 27;
/** Where the session's bytes are: two bits. */
export const LOCATION = 3 << 28;
/** In an array of the session, or of the caller of `new Session`. */
export const IN_ARRAY = 0;
/** In a slab, which holds other sessions too: never passed to code of the user. */
export const IN_SLAB = 1 << 28;
/** In the core's memory; the id is in an array of the caller of `viewSession`. */
export const IN_CORE = 2 << 28;
/** In the core's memory; the id is the handle's own. */
export const IN_CORE_WITH_ID = 3 << 28;

export const NO_BYTES: Uint8Array = new Uint8Array(0);

// Serials repeat after 2^32 handles. That matters only if an old handle is still used then, beside
// a new session of the same id and version.
let lastSerial = 0;

export function nextSerial(): number {
  lastSerial = (lastSerial + 1) >>> 0 || 1;
  return lastSerial;
}

/** Skips this many serials: threads that share a cache need different ones. */
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

// The context that was interned last, and its words: to compare takes less than to copy.
let lastContext: Uint8Array = NO_BYTES;
let lastWords: Words = [];

/** A read-only copy of a checked context. Keeps the last: equal contexts mostly share one copy. */
export function internContext(context: Uint8Array): Uint8Array {
  const length = lengthOf(context);
  if (length !== 32) return length === 0 ? NO_BYTES : copyBytes(context, 'sessionIdContext');
  const words = wordsOf(context, length);
  for (let i = 0; i < 8; i++) {
    if (words[i] !== lastWords[i]) {
      lastContext = copyBytes(context, 'sessionIdContext');
      lastWords = words;
    }
  }
  return lastContext;
}
