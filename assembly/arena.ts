// Blocks of any size from 16 bytes to megabytes: two-level segregated fit (Masmano, Ripoll,
// Crespo, Real: TLSF, ECRTS 2004), every operation O(1). Free neighbours always merge.
//
//   used block   ├ size | flags ┼ payload …                                              ┤
//   free block   ├ size | flags ┼ next free ┼ previous free ┼ … ┼ address of this block ─┤
//   flags        bit 0: this block is free; bit 1: the block before it is free
//
// Sizes are rounded up to the lower bound of a free list, 1/32 apart, so that a freed block always
// serves the next block of the same size: with sessions of one size nothing is ever lost to
// fragmentation. Regions of pages end in a sentinel, a used block of size 0; a region that starts
// where another ends is merged with it.
//
// A1  blocks tile each region up to its sentinel      A4  a block is on its list iff it is free
// A2  no two free neighbours                          A5  bitmaps tell which lists have blocks
// A3  PREV_FREE iff the block before is free, and then its last word is that block's address
// A6  a free block is all zero but for its links: what was in it is wiped before it is freed
// A7  header.bytes is what all sessions would take if they were stored whole (size.ts)
// A8  header.held is the size of all used blocks, less ADVANCE

import { wipe } from './bytes';
import { ARENA_BITMAPS_AT, ARENA_HEADS_AT, header, PAGE_BYTES } from './layout';
import { allocatePages } from './grow';

/** A free block: what it holds besides zeros and the address in its last word. */
@unmanaged
export class FreeBlock {
  /** Size and flags. */
  head!: u32;
  /** Neighbours on its free list; 0 at the ends. */
  next!: u32;
  previous!: u32;
}

export const FREE: u32 = 1;
const PREV_FREE: u32 = 2;
export const FLAGS: u32 = 3;
const HEADER_BYTES: u32 = 4;
/** A region ends in this, so that reads of 16 bytes may go past the end of a block. */
const SENTINEL_BYTES: u32 = 16;
const MIN_BLOCK: u32 = 16;
/** First levels: [0,128) in steps of 4, then each power of two in 32 steps. */
const SECOND_BITS: u32 = 5;
const LINEAR_BITS: u32 = 7;

/** Size of the block that holds `bytes` of payload. */
export function blockBytes(bytes: u32): u32 {
  const size = max<u32>((bytes + HEADER_BYTES + 3) & ~3, MIN_BLOCK);
  if (size < 256) return size;
  const step: u32 = 1 << (31 - clz(size) - SECOND_BITS);
  return (size + step - 1) & ~(step - 1);
}

/** Size of the block of the payload at `at`. */
export function sizeOfBlock(at: u32): u32 {
  return load<u32>(at - HEADER_BYTES) & ~FLAGS;
}

/**
 * Returns the address of a payload of `bytes` bytes, of any content, or 0 if there is no memory.
 */
export function allocate(bytes: u32): u32 {
  let size = blockBytes(bytes);
  let block = findFree(size);
  if (block === 0) {
    if (!addRegion(size)) return 0;
    block = findFree(size);
  }
  unlinkFree(block);
  const whole = load<u32>(block) & ~FLAGS;
  const rest = whole - size;
  if (rest >= MIN_BLOCK) {
    setFree(block + size, rest, 0);
  } else {
    size = whole;
    clearPrevFree(block + size);
  }
  store<u32>(block, size);
  header().held += <i64>size;
  return block + HEADER_BYTES;
}

/** Wipes the payload at `at` and frees it. */
export function free(at: u32): void {
  let block = at - HEADER_BYTES;
  const head = load<u32>(block);
  let size = head & ~FLAGS;
  assert(!(head & FREE), 'block freed twice');
  header().held -= <i64>size;
  wipe(at, size - HEADER_BYTES);
  const next = block + size;
  const nextHead = load<u32>(next);
  if (nextHead & FREE) {
    unlinkFree(next);
    size += nextHead & ~FLAGS;
    store<u64>(next, 0);
    store<u32>(next, 0, 8);
  }
  if (head & PREV_FREE) {
    const start = load<u32>(block - 4);
    unlinkFree(start);
    size += load<u32>(start) & ~FLAGS;
    store<u64>(block - 4, 0);
    block = start;
  }
  setFree(block, size, 0);
}

/** Grows the arena by as many pages as a block of `size` bytes needs. */
function addRegion(size: u32): bool {
  const pages = (size + SENTINEL_BYTES + <u32>PAGE_BYTES - 1) / <u32>PAGE_BYTES;
  const start = <u32>allocatePages(pages);
  if (start === 0) return false;
  const bytes = pages * <u32>PAGE_BYTES;
  const h = header();
  if (h.arenaEnd + SENTINEL_BYTES === start) {
    // The old sentinel becomes a used block over the new pages, and is freed.
    const old = h.arenaEnd;
    store<u32>(old, bytes | (load<u32>(old) & PREV_FREE));
    h.held += <i64>bytes;
    h.arenaEnd = old + bytes;
    store<u32>(h.arenaEnd, 0);
    free(old + HEADER_BYTES);
  } else {
    h.arenaEnd = start + bytes - SENTINEL_BYTES;
    store<u32>(h.arenaEnd, 0);
    setFree(start, bytes - SENTINEL_BYTES, 0);
  }
  return true;
}

/** Index of the list for free blocks of `size`: first level × 32 + second level. */
export function listOf(size: u32): u32 {
  if (size < 1 << LINEAR_BITS) return size >>> 2;
  const log = 31 - clz(size);
  return ((log - LINEAR_BITS + 1) << SECOND_BITS) | ((size >>> (log - SECOND_BITS)) & 31);
}

/** A free block of at least `size` bytes (a value of blockBytes), or 0. */
function findFree(size: u32): u32 {
  const list = listOf(size);
  let level = list >>> SECOND_BITS;
  let seconds = load<u32>(bitmapAt(level)) & (~0 << (list & 31));
  if (seconds === 0) {
    const levels = header().firstLevels & (~1 << level);
    if (levels === 0) return 0;
    level = ctz(levels);
    seconds = load<u32>(bitmapAt(level));
  }
  return load<u32>(headAt((level << SECOND_BITS) | ctz(seconds)));
}

export function freeBlock(block: u32): FreeBlock {
  return changetype<FreeBlock>(<usize>block);
}

export function bitmapAt(level: u32): usize {
  return ARENA_BITMAPS_AT + ((<usize>level) << 2);
}

export function headAt(list: u32): usize {
  return ARENA_HEADS_AT + ((<usize>list) << 2);
}

/** Makes [block, block + size) a free block; `flags` may be PREV_FREE. */
function setFree(block: u32, size: u32, flags: u32): void {
  const b = freeBlock(block);
  b.head = size | FREE | flags;
  store<u32>(block + size - 4, block);
  const next = block + size;
  store<u32>(next, load<u32>(next) | PREV_FREE);

  const list = listOf(size);
  const first = load<u32>(headAt(list));
  b.next = first;
  b.previous = 0;
  if (first) freeBlock(first).previous = block;
  store<u32>(headAt(list), block);
  const level = list >>> SECOND_BITS;
  store<u32>(bitmapAt(level), load<u32>(bitmapAt(level)) | (1 << (list & 31)));
  header().firstLevels |= 1 << level;
}

/** Takes a free block off its list. Leaves its header and the next block's PREV_FREE. */
function unlinkFree(block: u32): void {
  const b = freeBlock(block);
  const next = b.next;
  const previous = b.previous;
  if (next) freeBlock(next).previous = previous;
  if (previous) {
    freeBlock(previous).next = next;
    return;
  }
  const list = listOf(b.head & ~FLAGS);
  store<u32>(headAt(list), next);
  if (next) return;
  const level = list >>> SECOND_BITS;
  const seconds = load<u32>(bitmapAt(level)) & ~(1 << (list & 31));
  store<u32>(bitmapAt(level), seconds);
  if (seconds === 0) header().firstLevels &= ~(1 << level);
}

function clearPrevFree(block: u32): void {
  store<u32>(block, load<u32>(block) & ~PREV_FREE);
}
