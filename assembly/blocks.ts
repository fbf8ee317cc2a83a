// Blocks of a template: how 16 bytes of the data are composed of common bytes and the session's
// private bytes.
//
//   block      ├ 16 common bytes ┼ expand ┼ compress ┼ private offset, count ┤   for 16 bytes
//   expand     for i8x16.swizzle: from the private bytes, read at the private offset, to those of
//              the block; COMMON: a common byte; NOTHING: of the id, or past the end
//   compress   the way back: which bytes of the block are private, in order, then NOTHING
//
// Three instructions per block, and no branch. Copying runs of bytes by a table took twice as long
// for a session of 160 bytes.
//
// P2  a block's private bytes follow those of the block before, template.privateBytes in all
// P3  common bytes are 0 where expand is not COMMON; compress is the inverse of expand

import { copyName, storeFirst } from './bytes';
import {
  DATA_AT,
  dataAt,
  entry,
  MASK_AT,
  nameAt,
  NAME_MAX,
  NO_ID,
  Template,
  template,
} from './layout';

/**
 * In `expand`: the byte is common. Negative, so that one comparison makes the mask of common bytes.
 */
export const COMMON: u8 = 0x80;
/** In `expand` and `compress`: not a private byte. */
export const NOTHING: u8 = 0x7f;
const HEADER_BYTES: u32 = offsetof<Template>();
export const BLOCK_BYTES: u32 = 64;
// Offsets in a block.
export const EXPAND: usize = 16;
export const COMPRESS: usize = 32;
export const PRIVATE_AT: usize = 48;
export const PRIVATE_COUNT: usize = 52;

export function blocksAt(at: u32): usize {
  return <usize>at + HEADER_BYTES;
}

/** Stores the bytes at DATA_AT that differ from the template. */
export function pack(at: u32, to: usize): void {
  const total = template(at).privateBytes;
  const end = blocksAt(at) + template(at).blocks * BLOCK_BYTES;
  let from: usize = DATA_AT;
  for (let block = blocksAt(at); block < end; block += BLOCK_BYTES, from += 16) {
    const count = load<u32>(block, PRIVATE_COUNT);
    if (count === 0) continue;
    const bytes = i8x16.swizzle(v128.load(from), v128.load(block, COMPRESS));
    const offset = load<u32>(block, PRIVATE_AT);
    // The next block overwrites the excess bytes; the last block must not write any.
    if (offset + 16 <= total) v128.store(to + offset, bytes);
    else
      storeFirst(
        to + offset,
        i64x2.extract_lane(bytes, 0),
        i64x2.extract_lane(bytes, 1),
        total - offset,
      );
  }
}

/** Puts all bytes of an entry at DATA_AT. */
export function unpack(at: u32): void {
  const named = entry(at).scope;
  const from = dataAt(at);
  const end = blocksAt(named) + template(named).blocks * BLOCK_BYTES;
  let to: usize = DATA_AT;
  for (let block = blocksAt(named); block < end; block += 2 * BLOCK_BYTES, to += 32) {
    unpackBlock(block, from, to);
    unpackBlock(block + BLOCK_BYTES, from, to + 16);
  }
  const idAt = template(named).idAt;
  if (idAt !== NO_ID) copyName(DATA_AT + idAt, nameAt(at));
}

export function unpackBlock(block: usize, from: usize, to: usize): void {
  const bytes = v128.load(from + load<u32>(block, PRIVATE_AT));
  v128.store(to, v128.or(v128.load(block), i8x16.swizzle(bytes, v128.load(block, EXPAND))));
}

/** The common bytes of a block, as a mask. */
function maskOf(block: usize): v128 {
  return i8x16.lt_s(v128.load(block, EXPAND), i64x2.splat(0));
}

/** Whether the bytes at DATA_AT include all common bytes. */
export function hasCommon(at: u32): bool {
  const end = blocksAt(at) + template(at).blocks * BLOCK_BYTES;
  let from: usize = DATA_AT;
  let different = i64x2.splat(0);
  for (let block = blocksAt(at); block < end; block += 2 * BLOCK_BYTES, from += 32) {
    different = v128.or(different, differs(from, block));
    different = v128.or(different, differs(from + 16, block + BLOCK_BYTES));
  }
  return !v128.any_true(different);
}

/** Where 16 bytes differ from the common bytes of a block. */
function differs(from: usize, block: usize): v128 {
  return v128.and(v128.xor(v128.load(from), v128.load(block)), maskOf(block));
}

/**
 * Sets the mask at MASK_AT where the staged bytes equal those of another session or, if `step` is
 * BLOCK_BYTES, the common bytes of a template. Sessions that share nothing get here in each add.
 */
export function compareWith(other: usize, step: u32, length: u32): void {
  for (let i: u32 = 0; i < length; i += 16, other += step) {
    let same = i8x16.eq(v128.load(DATA_AT + i), v128.load(other));
    if (step === BLOCK_BYTES) same = v128.and(same, maskOf(other));
    v128.store(MASK_AT + i, same);
  }
  v128.store(MASK_AT + length, i64x2.splat(0));
}

/** Makes a block; returns the number of its private bytes. */
export function makeBlock(t: Template, index: u32): u32 {
  const block = blocksAt(<u32>changetype<usize>(t)) + index * BLOCK_BYTES;
  const from = index << 4;
  v128.store(block, v128.and(v128.load(DATA_AT + from), v128.load(MASK_AT + from)));
  v128.store(block, i8x16.splat(NOTHING), EXPAND);
  v128.store(block, i8x16.splat(NOTHING), COMPRESS);
  let count: u32 = 0;
  for (let i: u32 = 0; i < 16 && from + i < t.length; i++) {
    if (load<u8>(MASK_AT + from + i)) {
      store<u8>(block + i, COMMON, EXPAND);
    } else if (t.idAt === NO_ID || from + i - t.idAt >= NAME_MAX) {
      store<u8>(block + i, <u8>count, EXPAND);
      store<u8>(block + count, <u8>i, COMPRESS);
      count++;
    }
  }
  // Without private bytes it reads at offset 0: never past the end of the entry.
  if (count) store<u32>(block, t.privateBytes, PRIVATE_AT);
  store<u32>(block, count, PRIVATE_COUNT);
  return count;
}

/** The number of blocks for `length` bytes: even, because two are unpacked at a time. */
export function blocksFor(length: u32): u32 {
  return ((length + 31) >>> 5) << 1;
}

export function bytesOf(blocks: u32): u32 {
  return HEADER_BYTES + blocks * BLOCK_BYTES;
}
