// The time that JavaScript takes to keep a copy of a session's bytes, as a cache must do whose
// caller may change them. The other caches keep the caller's array and copy nothing.

import { dataOf } from '../data/sessions.js';
import { clock } from './clock.js';

const FRESH = 64;
/** Copies between two readings of the clock. */
const BATCH = 1000;

/**
 * Nanoseconds for a copy, including the collection of the oldest of `size` copies.
 * @param {{ size: number, length: number, seconds: number }} of
 */
export function copies({ size, length, seconds }) {
  const fresh = Array.from({ length: FRESH }, (_, i) => dataOf(i, length));
  const kept = Array.from({ length: size }, (_, i) => new Uint8Array(fresh[i % FRESH]));
  let count = 0;
  const start = clock.now();
  while (clock.now() < start + seconds * 1000) {
    for (let i = 0; i < BATCH; i++, count++) {
      kept[count % size] = new Uint8Array(fresh[count % FRESH]);
    }
  }
  const time = clock.now() - start;
  if (kept.some((copy) => copy.length !== length)) throw new Error('a copy of another length');
  return (time * 1e6) / count;
}
