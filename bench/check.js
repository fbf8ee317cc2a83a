// What a contender has to get right before it is timed.

import { setTimeout as sleep } from 'node:timers/promises';
import { ABSENT, dataOf, Ids, isDataOf } from './ids.js';

const SIZE = 300;
const EXTRA = 100;
const LONG = 36_000; // seconds
const SHORT = 1;
/** SHORT is over for all: sesscache counts whole seconds, lru-cache may read its clock a second late. */
const SHORT_IS_OVER = 2500; // milliseconds

/**
 * Rejects if the contender returns wrong data, evicts too few, too many or others than the oldest, or
 * does not drop what has expired.
 * @param {import('./contenders.js').Contender} contender
 * @returns {Promise<void>}
 */
export async function check(contender) {
  await checkContent(contender);
  await checkExpiry(contender);
}

/** @param {import('./contenders.js').Contender} contender */
async function checkContent(contender) {
  const cache = await contender.make(SIZE, LONG);
  const ids = new Ids();
  fill(cache, 0, SIZE);
  expectFound(cache, ascending(0, SIZE));
  for (let i = 0; i < SIZE; i++) {
    if (cache.view(ids.at(ABSENT + i)) !== undefined) throw new Error('found what was never added');
  }

  fill(cache, SIZE, SIZE + EXTRA);
  const oldest = contender.bounds ? EXTRA : 0;
  // From the newest on: quick-lru drops old ones as it finds others.
  expectFound(cache, ascending(oldest, SIZE + EXTRA).toReversed());
  const kept = found(cache, 0, oldest);
  if (kept > 0) throw new Error(`evicted ${EXTRA - kept} sessions for ${EXTRA} too many`);
}

/** @param {import('./contenders.js').Contender} contender */
async function checkExpiry(contender) {
  const cache = await contender.make(SIZE, SHORT);
  fill(cache, 0, SIZE);
  await sleep(SHORT_IS_OVER);
  const left = found(cache, 0, SIZE);
  if (contender.expires && left > 0) throw new Error(`${left} expired sessions found`);
  if (!contender.expires && left === 0) throw new Error('expires, but is said not to');
}

/**
 * Adds the sessions [from, to).
 * @param {import('./contenders.js').Cache} cache
 * @param {number} from
 * @param {number} to
 */
export function fill(cache, from, to) {
  const ids = new Ids();
  for (let i = from; i < to; i++) cache.add(ids.at(i), dataOf(i));
}

/**
 * Throws unless the sessions are found, by either way to find them, with their data.
 * @param {import('./contenders.js').Cache} cache
 * @param {number[]} indices in the order in which they are looked for
 */
export function expectFound(cache, indices) {
  const ids = new Ids();
  for (const index of indices) {
    for (const find of [cache.view, cache.copy]) {
      const data = find(ids.at(index));
      if (data === undefined) throw new Error(`session ${index} is missing`);
      if (!isDataOf(data, index)) throw new Error(`session ${index} has wrong data`);
    }
  }
}

/**
 * The integers [from, to).
 * @param {number} from
 * @param {number} to
 */
export function ascending(from, to) {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/**
 * How many of the sessions [from, to) are found.
 * @param {import('./contenders.js').Cache} cache
 * @param {number} from
 * @param {number} to
 */
function found(cache, from, to) {
  const ids = new Ids();
  let count = 0;
  for (let i = from; i < to; i++) {
    if (cache.view(ids.at(i)) !== undefined) count++;
  }
  return count;
}
