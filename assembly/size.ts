// What sessions count for, against maxBytes and in the statistics: the larger of two sums.
//
// - The blocks that they would take if each were stored whole (header.bytes). The same sessions
//   count the same whatever a template saves, and whatever an allocation leaves unsplit at the end
//   of a block (12 bytes at most).
// - The blocks in use, but for the first 64 KiB: of sessions as they are stored, templates, scopes,
//   groups and the order. So sessions that others have left alone with a large template, or that
//   each have groups of their own, count for the memory that they hold.
//
// The core's own limit is half of these 64 KiB (ADVANCE, which header.held is less by). The other
// half covers what an add may take besides its session, 2 KiB of scope, groups and nodes, and the
// session that it replaces, so that what is counted is never more than maxBytes after an add.

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

/** Payload of a session with so many bytes of id and data, of wide times or not, and tags. */
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
