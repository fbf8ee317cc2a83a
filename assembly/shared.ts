// Entry of the core that several threads share: the release ABI over shared memory, lookups without
// the lock (reader.ts), and `wipeAll`, which repairs the cache. Each thread has an instance of its
// own. All state is in the memory (layout.ts), so the instances are one cache as long as a lock
// lets only one of them write at a time. The lock belongs to the bindings
// (bindings/threads/lock.ts) and is outside of this memory.

import { clear } from './clear';
import { LEFT_FLUSHED } from './counters';
import { ARGS_AT, HEADER_AT, header, PAGE_BYTES, SCRATCH_AT } from './layout';

export * from './index';
export { beginWrite, endWrite, read, unread, wipeArea } from './reader';

/**
 * Empties a cache whose state may be inconsistent, because a thread ended during an operation:
 * overwrites all that was staged or stored, and counts the sessions as flushed. Settings and
 * counters stay: each is written by a single instruction, and a thread ends between instructions.
 * header.pages is written in the same way, before a page is used and after pages given up have been
 * overwritten: no byte of a session is beyond it, except in the areas of threads that read
 * (area.ts).
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
