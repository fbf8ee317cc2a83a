// What the memory of a core that threads share contains in addition to layout.ts: the sequence
// (reader.ts), and an area for each thread, behind the pages that the cache may use.
//
//   ├ sequence ┼ layout.ts … header.maxPages ┼ area of slot 0 ┼ area of slot 1 ┼ … ┤ memory.size

import { COUNTERS_MAX, NAME_MAX, TAGS_MAX } from './layout';

/** Below everything in layout.ts, in a cache line of its own. */
export const SEQUENCE_AT: usize = 128;

/** The session that a thread has read, and the thread's counters. */
@unmanaged
export class Area {
  /** Of the session that was read, as in Entry. */
  meta!: u32;
  serial!: u32;
  time!: u32;
  timeout!: u32;
  authTime!: u32;
  tagCount!: u32;
  /** In: of the session id context of the connection. */
  contextLength!: u32;
  /** Bytes of the data that are not 0. */
  copied!: u32;
}

/** In: context of the connection, zero-padded. */
export const AREA_CONTEXT: u32 = 32;
export const AREA_TAGS: u32 = AREA_CONTEXT + NAME_MAX;
/** A byte each. */
export const AREA_TAG_LENGTHS: u32 = AREA_TAGS + TAGS_MAX * NAME_MAX;
/** As at COUNTERS_AT: the counts of this thread, and of threads that had the slot before it. */
export const AREA_COUNTERS: u32 = AREA_TAG_LENGTHS + 64;
export const AREA_DATA: u32 = AREA_COUNTERS + COUNTERS_MAX * 8;
/** A multiple of 128; and 128 areas are AREA_PAGES whole pages. */
export const AREA_BYTES: u32 = 17_920;
export const AREA_PAGES: u32 = 35;

// Results of `read`.
/** Not in the cache; counted. */
export const READ_ABSENT: u32 = 0;
/** Repeat the lookup with the lock. */
export const READ_LOCKED: u32 = 1;
export const READ_HIT: u32 = 2;
/** Another thread has changed something in the meantime. */
export const READ_CHANGED: u32 = 3;
