// The longest single call: what everybody else on the server waits for. Garbage collections that a
// call sets off are in it, and so is whatever the machine does meanwhile: take the least of runs.

import { contender } from '../contenders/index.js';
import { Ids } from '../data/ids.js';
import { dataOf } from '../data/sessions.js';
import { clock } from './clock.js';

const LIFETIME = 36_000;
/** The share of adds that meet a full cache. */
const OVERFILL = 0.1;
const MOST_OVERFILL_MS = 3000;

/**
 * Longest calls, milliseconds. `whole` is all in one call where `budget` splits the work.
 * @typedef {Partial<Record<'fill' | 'evict' | 'expire' | 'expireWhole' | 'clear' | 'clearWhole',
 *   number>>} Pauses
 */

/**
 * @param {{ name: string, size: number, length: number }} task
 * @returns {Promise<Pauses>}
 */
export async function pauses({ name, size, length }) {
  const { budget, make } = contender(name);
  /** @type {Pauses} */
  const longest = {};
  const cache = await make(size, LIFETIME);

  longest.fill = adds(cache, 0, size, length, Infinity);
  longest.evict = adds(cache, size, size + Math.floor(size * OVERFILL), length, MOST_OVERFILL_MS);
  const { clear, purge } = cache;
  if (clear) longest.clear = drop(cache, clear, budget);
  if (clear && budget !== undefined) {
    adds(cache, 0, size, length, Infinity);
    longest.clearWhole = drop(cache, clear, undefined);
  }
  if (purge) {
    adds(cache, 0, size, length, Infinity);
    clock.advance(LIFETIME + 10);
    longest.expire = drop(cache, purge, budget);
  }
  if (purge && budget !== undefined) {
    adds(cache, 0, size, length, Infinity);
    clock.advance(LIFETIME + 10);
    longest.expireWhole = drop(cache, purge, undefined);
  }
  return longest;
}

/**
 * Adds the sessions [from, to), for at most `most` milliseconds.
 * @param {import('../contenders/types.ts').Cache} cache
 * @param {number} from
 * @param {number} to
 * @param {number} length
 * @param {number} most
 * @returns {number} the longest call
 */
function adds(cache, from, to, length, most) {
  const ids = new Ids();
  const end = clock.now() + most;
  let longest = 0;
  for (let i = from; i < to; i++) {
    const data = dataOf(i, length);
    const id = ids.at(i);
    const start = clock.now();
    cache.add(id, data);
    const now = clock.now();
    if (now - start > longest) longest = now - start;
    if (now > end) break;
  }
  return longest;
}

/**
 * Drops everything, in calls of `budget` if there is one.
 * @param {import('../contenders/types.ts').Cache} cache
 * @param {(budget?: number) => number | void} some
 * @param {number | undefined} budget
 * @returns {number} the longest call
 */
function drop(cache, some, budget) {
  let longest = 0;
  let left = 0;
  do {
    const start = clock.now();
    const dropped = some(budget);
    longest = Math.max(longest, clock.now() - start);
    left = budget !== undefined && dropped === budget ? 1 : 0;
  } while (left > 0);
  if (cache.count() !== 0) throw new Error(`${cache.count()} sessions left`);
  return longest;
}
