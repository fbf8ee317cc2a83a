// The bytes of a session at DATA_AT. The bindings stage those of a new session there, and read
// those of a cached session there, complete, however it is stored. They are wiped when the session
// leaves.
//
// D1  after header.decodedLength bytes, all of DATA_AT is 0
// D2  if header.decoded is not 0, DATA_AT holds the bytes of that entry; if it is 0, nothing

import { unpack } from './blocks';
import { copyOver, wipe } from './bytes';
import { args, DATA_AT, dataAt, dataLength, entry, header, PACKED } from './layout';

/** Puts an entry's bytes at DATA_AT. */
export function decode(at: u32): void {
  const h = header();
  const length = dataLength(at);
  h.decoded = at;
  if (entry(at).meta & PACKED) {
    unpack(at); // what exceeds the length is 0: P3
    if (h.decodedLength === length) return;
  } else {
    copyOver(DATA_AT, dataAt(at), length);
  }
  endAt(length);
}

/** Notes that new bytes are staged, which belong to no entry yet. */
export function noteStaged(): void {
  header().decoded = 0;
  endAt(args().dataLength);
}

/** Wipes DATA_AT from `length` on: the rest of a longer session, or excess bytes of a copy. */
function endAt(length: u32): void {
  const h = header();
  v128.store(DATA_AT + length, i64x2.splat(0));
  if (h.decodedLength > length) wipe(DATA_AT + length, h.decodedLength - length);
  h.decodedLength = length;
}

/** Wipes DATA_AT. */
export function wipeDecoded(): void {
  const h = header();
  wipe(DATA_AT, h.decodedLength);
  h.decoded = 0;
  h.decodedLength = 0;
}
