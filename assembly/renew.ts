// Changes to a cached session: its times, which move it in the order, and its context.

import { allocate, free, sizeOfBlock } from './arena';
import { bornOf, isWide, setTimes } from './expiry';
import { dropScope, moveMemberships, takeScope } from './labels';
import {
  dataLength,
  entry,
  header,
  MEMBERSHIP_BYTES,
  membershipsAt,
  nameLength,
  RECORD_BYTES,
  TAGGED,
  tailAt,
  versionOf,
  WIDE,
  WIDE_BYTES,
} from './layout';
import { place, reserveNodes, unplace } from './order';
import { hashOf, repoint } from './table';

/**
 * Sets the times of a cached session and places it anew, behind all that expire no later. `born`
 * moves only back. Returns the entry, which may have moved, or 0 if there is no memory: then
 * nothing has changed.
 */
export function retime(at: u32, time: i64, timeout: i64): u32 {
  const born = min<i64>(bornOf(at), time);
  // A newcomer that makes room (openssl-3.0) gets its place later, by the times it has then.
  const placed = header().unplaced !== at;
  if (!reserveNodes()) return 0;
  let to = at;
  if (isWide(time, timeout, born) && !(entry(at).meta & WIDE)) {
    to = allocate(wideBytes(at));
    if (to === 0) return 0;
  }
  if (placed) unplace(at);
  if (to !== at) widen(at, to);
  setTimes(to, time, timeout, born);
  if (placed) place(to);
  else header().unplaced = to;
  return to;
}

/** Gives a cached session the staged context. Returns false if there is no memory. */
export function rescope(at: u32): bool {
  const to = takeScope(versionOf(at));
  if (to === 0) return false;
  dropScope(entry(at).scope);
  entry(at).scope = to;
  return true;
}

/** Payload bytes of the entry once it has Wide. */
function wideBytes(at: u32): u32 {
  const list = entry(at).meta & TAGGED ? 4 + load<u32>(membershipsAt(at)) * MEMBERSHIP_BYTES : 0;
  return <u32>tailAt(at) - at + WIDE_BYTES + list;
}

/** Copies an entry to a block with room for Wide, and frees the old one. */
function widen(from: u32, to: u32): void {
  const h = header();
  const hash = hashOf(from);
  memory.copy(to, from, RECORD_BYTES + nameLength(from) + dataLength(from));
  entry(to).meta |= WIDE;
  moveMemberships(from, to);
  repoint(hash, from, to);
  h.bytes += sizeOfBlock(to);
  h.bytes -= sizeOfBlock(from);
  free(from);
}
