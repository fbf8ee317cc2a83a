// Pages of 64 KiB, handed out in the order of their addresses and never given back: Wasm memory
// cannot shrink. Growing never copies anything. Pages that are not in use, [header.pages,
// memory.size), are all zero.

import { header, PAGE_BYTES } from './layout';

/**
 * Returns the address of `count` new pages in a row, all zero, or 0 when the limit is reached.
 *
 * The host is asked rarely: V8 counts the whole memory as newly allocated each time it grows, and
 * answers with a full garbage collection (230 of them in 3,000 steps of one page). Pages that are
 * asked for ahead are not resident until they are used.
 */
export function allocatePages(count: u32): usize {
  const h = header();
  const first = h.pages;
  const wanted = first + count;
  if (wanted > h.maxPages) return 0;
  const size = <u32>memory.size();
  if (wanted > size) {
    const goal = min<u32>(wanted + pagesAhead(wanted), h.maxPages);
    if (memory.grow(<i32>(goal - size)) < 0 && memory.grow(<i32>(wanted - size)) < 0) return 0;
  }
  h.pages = wanted;
  return <usize>first * PAGE_BYTES;
}

/** Sessions from which their average size says how large a full cache will be. */
const SAMPLE: u32 = 4096;

/**
 * A cache without a limit grows by 16 MiB for as long as V8 does that for nothing: its limit for
 * what lies outside of its heap is 64 MiB, and beyond it each step sets off a garbage collection, 2
 * to 5 ms of it within the call. From there on it leaps: 256 MiB are two million sessions of one
 * server.
 */
const STEP: u32 = 256;
const STEPS_END: u32 = 768;
const LEAP: u32 = 4096;

/** A cache grows in few leaps, once it is seen to grow. */
function pagesAhead(wanted: u32): u32 {
  const h = header();
  if (h.count < SAMPLE) return wanted >>> 3;
  if (h.capacity === 0) return wanted + STEP <= STEPS_END ? STEP : LEAP;
  const full = (<u64>wanted * min<u64>(h.capacity, (<u64>1) << 32)) / h.count;
  if (full <= wanted) return wanted >>> 6;
  return <u32>min<u64>(full + (full >>> 7) - wanted, <u64>wanted * 3);
}
