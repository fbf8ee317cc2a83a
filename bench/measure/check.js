// The checks that a contender must pass before it is timed.

import { setTimeout as sleep } from 'node:timers/promises';
import { ABSENT, Ids } from '../data/ids.js';
import { DATA_BYTES, dataOf, isDataOf } from '../data/sessions.js';

/** @typedef {import('../contenders/types.ts').Cache} Cache */
/** @typedef {import('../contenders/types.ts').Contender} Contender */

const SIZE = 300;
const EXTRA = 100;
const LONG = 36_000; // seconds
const SHORT = 1;
/**
 * SHORT is over for all: sesscache counts whole seconds, lru-cache may read its clock a second
 * late.
 */
const SHORT_IS_OVER = 2500; // milliseconds
const GROUP = 'a group';

/**
 * Rejects if the contender returns wrong data, evicts too few, too many or others than it should,
 * removes or revokes wrongly, or does not drop what has expired.
 * @param {Contender} contender
 * @returns {Promise<void>}
 */
export async function check(contender) {
  await checkContent(contender);
  await checkRemoval(contender);
  await checkGroup(contender);
  await checkOrder(contender);
  await Promise.all([checkExpiry(contender), checkPurge(contender)]);
}

/** @param {Contender} contender */
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
  // From the newest to the oldest: quick-lru drops old ones when it finds others.
  expectFound(cache, ascending(oldest, SIZE + EXTRA).toReversed());
  const kept = found(cache, 0, oldest);
  if (kept > 0) throw new Error(`evicted ${EXTRA - kept} sessions for ${EXTRA} too many`);
  cache.clear?.();
  if (cache.clear && found(cache, 0, SIZE + EXTRA) > 0) throw new Error('clear leaves some');
}

/** @param {Contender} contender */
async function checkRemoval({ make }) {
  const cache = await make(SIZE, LONG);
  if (!cache.remove) return;
  const ids = new Ids();
  fill(cache, 0, SIZE);
  for (let i = 0; i < SIZE; i += 2) cache.remove(ids.at(i));
  expectFound(cache, ascending(0, SIZE).filter((i) => i % 2 === 1)); // prettier-ignore
  if (cache.count() !== SIZE / 2) throw new Error(`${cache.count()} left of ${SIZE / 2}`);
  if (found(cache, 0, SIZE) !== SIZE / 2) throw new Error('found what was removed');
}

/** @param {Contender} contender */
async function checkGroup({ make }) {
  const cache = await make(SIZE, LONG);
  if (!cache.revoke) return;
  fill(cache, 0, SIZE - EXTRA);
  const ids = new Ids();
  for (let i = SIZE - EXTRA; i < SIZE; i++) cache.addToGroup?.(ids.at(i), dataOf(i), GROUP);
  if (cache.revoke(GROUP) !== EXTRA) throw new Error('revoked others than the group');
  expectFound(cache, ascending(0, SIZE - EXTRA));
  if (found(cache, SIZE - EXTRA, SIZE) > 0) throw new Error('found what was revoked');
}

/** With lifetimes that differ, the first to expire must leave, if the contender says so.
 * @param {Contender} contender
 */
async function checkOrder({ evicts, make }) {
  const cache = await make(SIZE, LONG);
  if (evicts !== 'expiry' || !cache.addFor) return;
  const ids = new Ids();
  // Sessions added later expire sooner.
  for (let i = 0; i < SIZE; i++) cache.addFor(ids.at(i), dataOf(i), 2 * LONG - i);
  for (let i = SIZE; i < SIZE + EXTRA; i++) cache.addFor(ids.at(i), dataOf(i), 3 * LONG);
  expectFound(cache, [...ascending(0, SIZE - EXTRA), ...ascending(SIZE, SIZE + EXTRA)]);
}

/** @param {Contender} contender */
async function checkExpiry(contender) {
  const cache = await contender.make(SIZE, SHORT);
  fill(cache, 0, SIZE);
  await sleep(SHORT_IS_OVER);
  const left = found(cache, 0, SIZE);
  if (contender.expires && left > 0) throw new Error(`${left} expired sessions found`);
  if (!contender.expires && left === 0) throw new Error('expires, but is said not to');
}

/** @param {Contender} contender */
async function checkPurge({ make }) {
  const cache = await make(SIZE, LONG);
  if (!cache.purge || !cache.addFor) return;
  const ids = new Ids();
  for (let i = 0; i < SIZE; i++) {
    cache.addFor(ids.at(i), dataOf(i), i % 3 === 0 ? SHORT : LONG);
  }
  await sleep(SHORT_IS_OVER);
  cache.purge();
  if (cache.count() !== (SIZE * 2) / 3) throw new Error(`purged to ${cache.count()} of ${SIZE}`);
  expectFound(cache, ascending(0, SIZE).filter((i) => i % 3 !== 0)); // prettier-ignore
}

/**
 * Adds the sessions [from, to).
 * @param {Cache} cache
 * @param {number} from
 * @param {number} to
 * @param {number} [length] bytes of each
 */
export function fill(cache, from, to, length = DATA_BYTES) {
  const ids = new Ids();
  for (let i = from; i < to; i++) {
    const data = dataOf(i, length);
    cache.add(ids.at(i), data);
  }
}

/**
 * Throws unless the sessions are found, by either way to find them, with their data.
 * @param {Cache} cache
 * @param {number[]} indices in the order in which they are looked for
 * @param {number} [length] bytes of each
 */
export function expectFound(cache, indices, length = DATA_BYTES) {
  const ids = new Ids();
  for (const index of indices) {
    for (const find of [cache.view, cache.copy]) {
      const data = find(ids.at(index));
      if (data === undefined) throw new Error(`session ${index} is missing`);
      if (!isDataOf(data, index, length)) throw new Error(`session ${index} has wrong data`);
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
 * @param {Cache} cache
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
