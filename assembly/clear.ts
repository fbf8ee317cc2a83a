// Removing everything at once: all memory is wiped in one go and handed out anew, twelve times as
// fast as session by session.

import { countMany, LEFT } from './counters';
import {
  ARENA_BITMAPS_AT,
  ARENA_HEADS_END,
  DIRECTORY_AT,
  DIRECTORY_PAGES_MAX,
  FIRST_PAGE,
  header,
  PAGE_BYTES,
} from './layout';
import { wipeShown } from './show';
import { initTable } from './directory';

/** Sessions to a page from which wiping all pages takes less time than removing each session. */
const DENSE: u32 = 32;

export function isDense(): bool {
  return header().count > header().pages * DENSE;
}

/** Removes all sessions; returns how many. */
export function clear(cause: u32): u32 {
  const h = header();
  assert(h.unplaced === 0, 'cleared in the middle of an add');
  const removed = h.count;
  wipeShown();
  const first = <usize>FIRST_PAGE * PAGE_BYTES;
  memory.fill(first, 0, <usize>h.pages * PAGE_BYTES - first);
  memory.fill(DIRECTORY_AT, 0, DIRECTORY_PAGES_MAX * 4);
  memory.fill(ARENA_BITMAPS_AT, 0, ARENA_HEADS_END - ARENA_BITMAPS_AT);
  h.bytes = 0;
  h.count = 0;
  h.records = 0;
  h.pages = FIRST_PAGE;
  h.depth = 0;
  h.nextSegment = 0;
  h.root = 0;
  h.overflowRoot = 0;
  h.spareNodes = 0;
  h.spareCount = 0;
  h.arenaEnd = 0;
  h.firstLevels = 0;
  h.lastScope = 0;
  h.passed = 0;
  // It needs fewer pages than there were.
  const made = initTable();
  assert(made, 'no memory for an empty index');
  countMany(LEFT + cause, removed);
  return removed;
}
