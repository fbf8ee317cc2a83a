// Entry of the core that several threads share: the release ABI over a memory that is shared,
// lookups without the lock (reader.ts), and what mends the cache. Each thread has an instance of
// its own. Nothing that lasts is in an instance (layout.ts), so instances are one cache as long as
// a lock lets one of them write at a time. The lock is the bindings' (bindings/threads/lock.ts): it
// lies outside of this memory.

import { clear } from './clear';
import { LEFT_FLUSHED } from './counters';
import { ARGS_AT, HEADER_AT, header, PAGE_BYTES, SCRATCH_AT } from './layout';

export * from './index';
export { beginWrite, endWrite, read, unread, wipeArea } from './reader';

/**
 * Empties a cache that a thread left in the middle of any operation, whatever state it is in:
 * overwrites all that was staged or stored, and counts the sessions as flushed. Settings and
 * counters stay: each is written by a single instruction, and a thread ends between instructions.
 * So is header.pages, before a page is used and after those given up have been overwritten: no byte
 * of a session is beyond it, but for the areas of threads that read (area.ts).
 */
export function wipeAll(): void {
  const h = header();
  memory.fill(SCRATCH_AT, 0, HEADER_AT - SCRATCH_AT);
  memory.fill(ARGS_AT, 0, PAGE_BYTES - ARGS_AT);
  h.decodedLength = 0;
  h.unsorted = 0;
  h.flushPending = 0;
  clear(LEFT_FLUSHED);
}
