// The index's directory, and how the index grows: one segment is split at a time (index-table.ts).

import { DIRECTORY_AT, DIRECTORY_PAGES_MAX, header, PAGE_BYTES } from './layout';
import { allocatePages } from './grow';
import {
  addRecords,
  chunkAt,
  CHUNKS,
  hashOf,
  LOCAL_DEPTH,
  localDepthOf,
  insertSlot,
  recordIn,
  recordsOf,
  segmentBits,
  SEGMENT_BYTES,
  SLOTS,
  eraseSlot,
} from './index-table';

/** Records a segment holds before it is split: 3/4 of its 768 slots. */
const SPLIT_AT: u32 = 576;
const SEGMENT_SLOTS: u32 = CHUNKS * SLOTS;
const MAX_DEPTH: u32 = 18;
/** Depth up to which the directory is one page. */
const PAGE_DEPTH: u32 = 14;

/**
 * A cache of a known size begins with the segments that it will need, up to 256, which is enough
 * for 100,000 sessions: without splits, filling it takes nine tenths of the time. Segments are not
 * resident until they are used. Larger caches would need so many that 256 make no difference.
 */
export const FIRST_DEPTH_MAX: u32 = 8;
/** If segments hold so many records on average, hardly any is ever split. */
const FEW: u32 = 500;

/**
 * Makes the directory, and the first segments: at most 1 << `most`. Returns false if there is no
 * memory.
 */
export function initTable(most: u32): bool {
  const h = header();
  const page = <u32>allocatePages(1);
  if (page === 0) return false;
  store<u32>(DIRECTORY_AT, page);
  let depth: u32 = 0;
  // The segments take at most an eighth of the memory.
  while (depth < most && h.capacity >>> depth > FEW && h.maxPages >>> depth > 0) depth++;
  let first = allocateSegments(depth);
  if (first === 0) first = allocateSegments((depth = 0));
  if (first === 0) return false;
  for (let i: u32 = 0; i >>> depth === 0; i++)
    store<u32>(page + (i << 2), first + i * SEGMENT_BYTES);
  h.depth = depth;
  h.firstDepth = depth;
  return true;
}

/** Address of 1 << `depth` empty segments in a row, or 0. */
function allocateSegments(depth: u32): u32 {
  const bytes = SEGMENT_BYTES << depth;
  const first = <u32>allocatePages((bytes + <u32>PAGE_BYTES - 1) / <u32>PAGE_BYTES);
  if (first === 0) return 0;
  const end = first + bytes;
  header().nextSegment = end & (<u32>PAGE_BYTES - 1) ? end : 0;
  return first;
}

/** Address of the directory entry `index`. */
export function directoryAt(index: u32): usize {
  return <usize>load<u32>(DIRECTORY_AT + ((index >>> PAGE_DEPTH) << 2)) + ((index & 16383) << 2);
}

/** The segment of a hash. */
export function segmentOf(hash: u64): u32 {
  const depth = header().depth;
  const index = segmentBits(hash) & ((1 << depth) - 1);
  // Up to 7 million sessions: saves a load.
  if (depth <= PAGE_DEPTH) return load<u32>(<usize>load<u32>(DIRECTORY_AT) + (index << 2));
  return load<u32>(directoryAt(index));
}

/**
 * Makes room for one more record under `hash`, splitting its segment if it is full. Returns false
 * if there is no memory for that; the table is unchanged then.
 */
export function reserve(hash: u64): bool {
  let segment = segmentOf(hash);
  while (recordsOf(segment) >= SPLIT_AT) {
    if (!split(segment, segmentBits(hash))) return recordsOf(segment) < SEGMENT_SLOTS;
    segment = segmentOf(hash);
  }
  return true;
}

/**
 * Moves the names of the segment of directory entry `index` whose next hash bit is 1 to a new
 * segment. Reads at most 768 names.
 */
function split(segment: u32, index: u32): bool {
  const local = localDepthOf(segment);
  if (local === header().depth && !doubleDirectory()) return false;
  const sibling = allocateSegment();
  if (sibling === 0) return false;
  const stored = <u8>(local + 1 - header().firstDepth);
  store<u8>(segment, stored, LOCAL_DEPTH);
  store<u8>(sibling, stored, LOCAL_DEPTH);
  for (let c: u32 = 0; c < CHUNKS; c++) {
    const chunk = chunkAt(segment, c);
    for (let s: u32 = 0; s < SLOTS; s++) {
      const at = recordIn(chunk, s);
      if (at === 0) continue;
      const hash = hashOf(at);
      if (!((segmentBits(hash) >>> local) & 1)) continue;
      eraseSlot(segment, hash, at);
      insertSlot(sibling, hash, at);
      addRecords(segment, -1);
      addRecords(sibling, 1);
    }
  }
  const step: u32 = 1 << (local + 1);
  const end: u32 = 1 << header().depth;
  for (let i = (index & ((step >>> 1) - 1)) | (step >>> 1); i < end; i += step) {
    store<u32>(directoryAt(i), sibling);
  }
  return true;
}

/** The second half of the new directory repeats the first. */
function doubleDirectory(): bool {
  const h = header();
  const size: u32 = 1 << h.depth;
  if (h.depth === MAX_DEPTH) return false;
  const pages = size >>> 14;
  if (pages === 0) {
    const page = directoryAt(0);
    memory.copy(page + ((<usize>size) << 2), page, (<usize>size) << 2);
  } else {
    if (pages * 2 > DIRECTORY_PAGES_MAX) return false;
    const fresh = allocatePages(pages);
    if (fresh === 0) return false;
    for (let i: u32 = 0; i < pages; i++) {
      const page = fresh + <usize>i * PAGE_BYTES;
      memory.copy(page, load<u32>(DIRECTORY_AT + (i << 2)), PAGE_BYTES);
      store<u32>(DIRECTORY_AT + ((pages + i) << 2), <u32>page);
    }
  }
  h.depth++;
  return true;
}

/** An empty segment, or 0. */
function allocateSegment(): u32 {
  const h = header();
  let segment = h.nextSegment;
  if (segment === 0) segment = <u32>allocatePages(1);
  if (segment === 0) return 0;
  const next = segment + SEGMENT_BYTES;
  h.nextSegment = next & (<u32>PAGE_BYTES - 1) ? next : 0;
  return segment;
}
