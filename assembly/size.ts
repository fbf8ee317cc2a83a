// The bytes that sessions count for in maxBytes and the statistics: the larger of two sums.
//
// - The blocks that they would take if each were stored whole (header.bytes). This does not depend
//   on what templates save, or on the up to 12 bytes that an allocation leaves at the end of a
//   block.
// - The blocks in use beyond the first 64 KiB: sessions as they are stored, templates, scopes,
//   groups and the order. The last sessions of a large template, and sessions with groups of their
//   own, thus count for the memory that they occupy.
//
// The core allows half of these 64 KiB (ADVANCE, which is subtracted from header.held). The other
// half covers what one add may allocate besides its session: 2 KiB of scope, groups and nodes, and
// the session that it replaces. The sum therefore never exceeds maxBytes after an add.

import { blockBytes } from './arena';
import {
  dataLength,
  entry,
  MEMBERSHIP_BYTES,
  membershipsAt,
  nameLength,
  RECORD_BYTES,
  storedLength,
  TAGGED,
  WIDE,
  WIDE_BYTES,
} from './layout';

/** Payload of a session with these lengths of id and data, wide times or not, and tags. */
export function payloadBytes(bytes: u32, wide: bool, tags: u32): u32 {
  const plain = RECORD_BYTES + bytes;
  if (!wide && tags === 0) return plain;
  return ((plain + 3) & ~3) + (wide ? WIDE_BYTES : 0) + (tags ? 4 + tags * MEMBERSHIP_BYTES : 0);
}

/** Payload of an entry as it is stored, with its times as they are or wide. */
export function payloadOf(at: u32, wide: bool): u32 {
  return payloadBytes(nameLength(at) + storedLength(at), wide, tagsOf(at));
}

/** What an entry counts for. */
export function countedBytes(at: u32): u32 {
  return countedAs(at, (entry(at).meta & WIDE) !== 0);
}

/** What an entry counts for with wide times, or without. */
export function countedAs(at: u32, wide: bool): u32 {
  return blockBytes(payloadBytes(nameLength(at) + dataLength(at), wide, tagsOf(at)));
}

function tagsOf(at: u32): u32 {
  return entry(at).meta & TAGGED ? load<u32>(membershipsAt(at)) : 0;
}
