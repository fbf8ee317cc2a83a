// The index: from a record's kind and name to its address. Extendible hashing over small
// open-addressed segments, so that growing never touches more than one segment.
//
//   directory   1 << depth addresses of segments, chosen by the low bits of the hash
//   segment     64 chunks of 64 bytes; all its names share their low `local depth` hash bits
//   chunk       ├ 12 tags ┼ overflow ┼ a ┼ b ┼ c ┼ 12 addresses of records ┤   one cache line
//               tag       0: empty; else 0x80 | 7 bits of the hash, compared 16 at a time
//               overflow  how many names that start here, or pass through, live further on;
//                         255 is never lowered again
//               a, b, c   in a segment's first chunk: local depth beyond header.firstDepth, so that
//                         an empty segment is all zero, and its records (b + c × 256)
//
// A name starts at the chunk that six bits of its hash choose and steps on by an odd stride, so a
// search ends at the first chunk with overflow 0: no tombstones (F14, Bronson and Shi, 2019).
//
// T1  a directory entry's low `local depth` bits are those of every name in its segment
// T2  a record is found from its name, in exactly one slot
// T3  overflow is the number of names that passed the chunk (or 255)
// T4  a segment's records, and header.records, are counted right

import { sameName } from './bytes';
import { segmentOf } from './directory';
import { hashStored } from './hash';
import {
  entry,
  header,
  ID_AT,
  IS_SHARED,
  kindOf,
  nameAt,
  NAME_LENGTH_MASK,
  NAME_LENGTH_SHIFT,
  NAME_MAX,
  nameLength,
  versionOf,
} from './layout';

export const CHUNKS: u32 = 64;
export const SLOTS: u32 = 12;
export const CHUNK_BYTES: u32 = 64;
export const SEGMENT_BYTES: u32 = CHUNKS * CHUNK_BYTES;
const TAG_BITS: u32 = 0xfff;
/** The length of the id in a meta, and its value for an id of 32 bytes. */
export const NAME_FIELD: u32 = NAME_LENGTH_MASK << NAME_LENGTH_SHIFT;
export const WHOLE_ID: u32 = NAME_MAX << NAME_LENGTH_SHIFT;
/** Offsets in a chunk. */
const OVERFLOW: usize = 12;
export const LOCAL_DEPTH: usize = 13;
const RECORDS: usize = 14;
export const ADDRESSES: usize = 16;

// Bits of a hash, the high ones first: 7 for the tag, 6 for the chunk, 18 for the segment, 5 for
// the stride. The segment's are taken from the low end, as many as the directory needs.

function tagOf(hash: u64): u8 {
  return <u8>(0x80 | (hash >>> 57));
}

function homeOf(hash: u64): u32 {
  return (<u32>(hash >>> 51)) & (CHUNKS - 1);
}

/** The bits of a hash whose low ones index the directory. */
export function segmentBits(hash: u64): u32 {
  return <u32>(hash >>> 33);
}

/** Distance between the chunks a name tries; odd, so that it visits all of them. */
function strideOf(hash: u64): u32 {
  return ((<u32>(hash >>> 27)) & 62) | 1;
}

export function chunkAt(segment: u32, chunk: u32): u32 {
  return segment + ((chunk & (CHUNKS - 1)) << 6);
}

function slotAt(chunk: u32, slot: u32): u32 {
  return chunk + (slot << 2);
}

/** Bits of the slots of `chunk` whose tag is `tag`. */
function slotsWith(chunk: u32, tag: u8): u32 {
  return (<u32>i8x16.bitmask(i8x16.eq(v128.load(chunk), i8x16.splat(<i8>tag)))) & TAG_BITS;
}

/** Address of the record with the zero-padded name at `name`, or 0. */
export function find(hash: u64, name: usize, length: u32, kind: u32): u32 {
  const segment = segmentOf(hash);
  const tag = tagOf(hash);
  const stride = strideOf(hash);
  let index = homeOf(hash);
  for (let i: u32 = 0; i < CHUNKS; i++) {
    const chunk = chunkAt(segment, index);
    let slots = slotsWith(chunk, tag);
    while (slots) {
      const at = load<u32>(slotAt(chunk, ctz(slots)), ADDRESSES);
      if (hasName(at, name, length, kind)) return at;
      slots &= slots - 1;
    }
    if (load<u8>(chunk, OVERFLOW) === 0) return 0;
    index += stride;
  }
  return 0;
}

/** Where a search for a name begins. */
export function firstChunk(hash: u64): u32 {
  return chunkAt(segmentOf(hash), homeOf(hash));
}

/** Bits of the slots of a chunk that may hold a name. */
export function slotsOf(chunk: u32, hash: u64): u32 {
  return slotsWith(chunk, tagOf(hash));
}

/** Whether no search goes on beyond a chunk. */
export function endsAt(chunk: u32): bool {
  return load<u8>(chunk, OVERFLOW) === 0;
}

/**
 * `find` for the staged id of 32 bytes, given its first chunk and the slots there. It is inlined
 * into the lookup and has no loop, because V8 checks the stack in each turn of a loop. The first
 * slot nearly always decides; if it does not, this calls `find`.
 */
export function findWhole(hash: u64, chunk: u32, slots: u32, version: u32): u32 {
  if (slots) {
    const at = load<u32>(slotAt(chunk, ctz(slots)), ADDRESSES);
    // Scopes and groups have such names too, and a shorter name may end where memory does.
    if ((entry(at).meta & (IS_SHARED | NAME_FIELD)) === WHOLE_ID) {
      const name = nameAt(at);
      const different =
        (load<u64>(name) ^ load<u64>(ID_AT)) |
        (load<u64>(name, 8) ^ load<u64>(ID_AT, 8)) |
        (load<u64>(name, 16) ^ load<u64>(ID_AT, 16)) |
        (load<u64>(name, 24) ^ load<u64>(ID_AT, 24));
      if (different === 0 && versionOf(at) === version) return at;
    }
  }
  return find(hash, ID_AT, NAME_MAX, version);
}

function hasName(at: u32, name: usize, length: u32, kind: u32): bool {
  const meta = entry(at).meta;
  if (((meta >>> NAME_LENGTH_SHIFT) & NAME_LENGTH_MASK) !== length) return false;
  // Two names of one length are equal iff their padded forms are; what follows a short name in
  // its record is other data, so only the name itself is compared.
  const present = nameAt(at);
  if (length === NAME_MAX) {
    if (!sameName(present, name)) return false;
  } else if (memory.compare(present, name, length) !== 0) {
    return false;
  }
  return kindOf(at) === kind;
}

/** Enters a record that is not in the table. The caller has called `reserve`. */
export function insert(hash: u64, at: u32): void {
  const segment = segmentOf(hash);
  insertSlot(segment, hash, at);
  addRecords(segment, 1);
  header().records++;
}

/** Removes a record. */
export function erase(hash: u64, at: u32): void {
  const segment = segmentOf(hash);
  eraseSlot(segment, hash, at);
  addRecords(segment, -1);
  header().records--;
}

/** Lets the slot of the record at `from` point to `to`. */
export function repoint(hash: u64, from: u32, to: u32): void {
  const segment = segmentOf(hash);
  const stride = strideOf(hash);
  let index = homeOf(hash);
  while (true) {
    const slot = slotOf(chunkAt(segment, index), hash, from);
    if (slot !== 0) {
      store<u32>(slot, to, ADDRESSES);
      return;
    }
    index += stride;
  }
}

/** Hash of a record, computed from its bytes. */
export function hashOf(at: u32): u64 {
  return hashStored(nameAt(at), nameLength(at), kindOf(at));
}

export function recordsOf(segment: u32): u32 {
  return <u32>load<u16>(segment, RECORDS);
}

export function localDepthOf(segment: u32): u32 {
  return header().firstDepth + <u32>load<u8>(segment, LOCAL_DEPTH);
}

export function overflowOf(chunk: u32): u32 {
  return <u32>load<u8>(chunk, OVERFLOW);
}

/** The record in a slot, or 0. */
export function recordIn(chunk: u32, slot: u32): u32 {
  return load<u8>(chunk + slot) === 0 ? 0 : load<u32>(slotAt(chunk, slot), ADDRESSES);
}

/** The chunk that a search looks into after `step` others; for the validator. */
export function chunkOf(hash: u64, step: u32): u32 {
  return (homeOf(hash) + step * strideOf(hash)) & (CHUNKS - 1);
}

export function addRecords(segment: u32, count: i32): void {
  store<u16>(segment, <u16>(<i32>recordsOf(segment) + count), RECORDS);
}

export function insertSlot(segment: u32, hash: u64, at: u32): void {
  const stride = strideOf(hash);
  let index = homeOf(hash);
  while (true) {
    const chunk = chunkAt(segment, index);
    const empty = slotsWith(chunk, 0);
    if (empty) {
      const slot = ctz(empty);
      store<u8>(chunk + slot, tagOf(hash));
      store<u32>(slotAt(chunk, slot), at, ADDRESSES);
      return;
    }
    const passed = load<u8>(chunk, OVERFLOW);
    if (passed !== 255) store<u8>(chunk, passed + 1, OVERFLOW);
    index += stride;
  }
}

export function eraseSlot(segment: u32, hash: u64, at: u32): void {
  const stride = strideOf(hash);
  let index = homeOf(hash);
  while (true) {
    const chunk = chunkAt(segment, index);
    const slot = slotOf(chunk, hash, at);
    if (slot !== 0) {
      store<u8>(chunk + ((slot - chunk) >>> 2), 0);
      store<u32>(slot, 0, ADDRESSES);
      return;
    }
    const passed = load<u8>(chunk, OVERFLOW);
    assert(passed !== 0, 'record is not in the table');
    if (passed !== 255) store<u8>(chunk, passed - 1, OVERFLOW);
    index += stride;
  }
}

/** Base of the slot of `chunk` that holds `at` (its address is ADDRESSES further), or 0. */
function slotOf(chunk: u32, hash: u64, at: u32): u32 {
  let slots = slotsWith(chunk, tagOf(hash));
  while (slots) {
    const slot = slotAt(chunk, ctz(slots));
    if (load<u32>(slot, ADDRESSES) === at) return slot;
    slots &= slots - 1;
  }
  return 0;
}
