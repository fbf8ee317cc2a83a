// Allocates pages of 64 KiB in the order of their addresses. They are never freed, since Wasm
// memory cannot shrink. Growing copies nothing. Pages that are not in use, [header.pages,
// memory.size), are all zero.

import { header, PAGE_BYTES } from './layout';

/**
 * Returns the address of `count` new pages in a row, all zero, or 0 when the limit is reached.
 *
 * Memory grows in large steps: V8 counts the whole memory as newly allocated each time it grows,
 * and responds with full garbage collections (230 in 3,000 steps of one page). Pages that are
 * allocated ahead are not resident until they are used.
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

/** With this many sessions their average size predicts the size of a full cache. */
const SAMPLE: u32 = 512;

/**
 * A cache without a limit grows in steps of 16 MiB while these cost nothing: V8 does nothing up to
 * 64 MiB outside its heap. Beyond that each step starts a garbage collection, 2 to 5 ms of which
 * are spent in the call, so the cache grows by 256 MiB, two million sessions of one server.
 */
const STEP: u32 = 256;
const STEPS_END: u32 = 768;
const LEAP: u32 = 4096;

/** Pages to ask for beyond those that are needed now. */
function pagesAhead(wanted: u32): u32 {
  const h = header();
  if (h.count < SAMPLE) return wanted >>> 3;
  if (h.capacity === 0) return wanted + STEP <= STEPS_END ? STEP : LEAP;
  const full = (<u64>wanted * min<u64>(h.capacity, (<u64>1) << 32)) / h.count;
  if (full <= wanted) return wanted >>> 6;
  return <u32>min<u64>(full + (full >>> 7) - wanted, <u64>wanted * 7);
}
