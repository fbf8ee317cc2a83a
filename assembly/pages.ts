// Pages of 64 KiB, handed out in the order of their addresses and never given back: Wasm memory
// cannot shrink. Growing never copies anything.

import { header, PAGE_BYTES } from './layout';

/**
 * Returns the address of `count` new pages in a row, all zero, or 0 when the limit is reached.
 * Asks the host for 1/128 of the memory at a time (at most 2 MiB), so that growing is rare and
 * less than 1 % of the memory lies idle.
 */
export function takePages(count: u32): usize {
  const h = header();
  const first = h.pages;
  const wanted = first + count;
  if (wanted > h.maxPages) return 0;
  const size = <u32>memory.size();
  if (wanted > size) {
    const ahead = min<u32>(32, size >>> 7);
    const goal = min<u32>(wanted + ahead, h.maxPages);
    if (memory.grow(<i32>(goal - size)) < 0 && memory.grow(<i32>(wanted - size)) < 0) return 0;
  }
  h.pages = wanted;
  return <usize>first * PAGE_BYTES;
}
