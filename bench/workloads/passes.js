// Operations that use the cache up: each is timed once around a whole pass, and repeated on a cache
// that is filled again. Adds and removals are first called as often as the steady operations are
// (../measure/timed.js), so that the figures are of compiled code as well.

import { setTimeout as sleep } from 'node:timers/promises';
import { Ids } from '../data/ids.js';
import { dataOf, withId } from '../data/sessions.js';
import { clock } from '../measure/clock.js';
import { WARM_UP } from './steady.js';

const FRESH = 64;
/** Lifetimes, seconds. */
const SHORT = 60;
const LONG = 36_000;
const GROUP = 'user:42';
/** Small caches are filled and emptied again and again, as a pass must last long enough. */
const MOST_REPEATS = 200;

/** @typedef {import('../contenders/types.ts').Cache} Cache */

/**
 * Fills new caches for about `seconds`, at least one.
 * @param {() => Promise<Cache>} make
 * @param {{ size: number, length: number, seconds: number }} of
 * @returns {Promise<number>} nanoseconds per session
 */
export async function add(make, { size, length, seconds }) {
  const ids = new Ids();
  const fresh = Array.from({ length: FRESH }, (_, i) => dataOf(i, length));
  const warm = clock.now() + seconds * 1000;
  for (let left = WARM_UP; left > 0 && clock.now() < warm; left -= size) {
    fill(await make(), Math.min(size, left));
  }
  let time = 0;
  let count = 0;
  const end = clock.now() + seconds * 1000;
  for (let repeat = 0; repeat === 0 || (repeat < MOST_REPEATS && clock.now() < end); repeat++) {
    const cache = await make();
    const start = clock.now();
    fill(cache, size);
    time += clock.now() - start;
    count += size;
    expectCount(cache, size);
  }
  return (time * 1e6) / count;

  /**
   * @param {Cache} cache
   * @param {number} sessions
   */
  function fill(cache, sessions) {
    for (let i = 0; i < sessions; i++) {
      const id = ids.at(i);
      cache.add(id, withId(fresh[i % FRESH], id));
    }
  }
}

/**
 * Removes every tenth session from the oldest to the youngest, in the order of a random walk.
 * @param {import('./steady.js').Full} full whose sessions are [first, first + size)
 * @param {number} first
 */
export function remove({ cache, size, length, seconds }, first) {
  if (!cache.remove) return undefined;
  const ids = new Ids();
  const count = Math.floor(size / 10);
  const warm = clock.now() + seconds * 1000;
  for (let left = WARM_UP; left > 0 && clock.now() < warm; left -= count) pass();
  let time = 0;
  let removed = 0;
  const end = clock.now() + seconds * 1000;
  for (let repeat = 0; repeat === 0 || (repeat < MOST_REPEATS && clock.now() < end); repeat++) {
    time += pass();
    removed += count;
  }
  return (time * 1e6) / removed;

  /** Returns the milliseconds of the removals. */
  function pass() {
    // 7919 is coprime to every size: each index comes once, and neighbours are far apart.
    const start = clock.now();
    for (let i = 0; i < count; i++) cache.remove?.(ids.at(first + ((i * 7919) % size)));
    const taken = clock.now() - start;
    for (let i = 0; i < count; i++) {
      const index = first + ((i * 7919) % size);
      cache.add(ids.at(index), dataOf(index, length));
    }
    return taken;
  }
}

/**
 * One cache taken apart: a group of one in a hundred is revoked, one in ten expires and is flushed,
 * then all the rest.
 * @param {() => Promise<Cache>} make
 * @param {{ size: number, length: number, seconds: number, clockLag?: number }} of
 * @returns {Promise<{ flush?: number, expire?: number, revoke?: number }>} nanoseconds per session
 */
export async function leave(make, { size, length, seconds, clockLag = 0 }) {
  /** @type {Record<string, { time: number, count: number }>} */
  const sums = {};
  const end = clock.now() + seconds * 1000;
  for (let repeat = 0; repeat === 0 || (repeat < MOST_REPEATS && clock.now() < end); repeat++) {
    const cache = await make();
    if (!cache.purge && !cache.revoke) return {};
    const grouped = fillToLeave(cache, size, length);
    if (cache.revoke) pass('revoke', cache, grouped, () => void cache.revoke?.(GROUP));
    if (!cache.purge) continue;
    const short = Math.floor(size / 10);
    await advance(SHORT + 10);
    pass('flush', cache, short, () => void cache.purge?.());
    await advance(LONG);
    pass('expire', cache, size - short - (cache.revoke ? grouped : 0), () => void cache.purge?.());
  }
  return Object.fromEntries(
    Object.entries(sums).map(([name, { time, count }]) => [name, (time * 1e6) / count]),
  );

  /** @param {number} by seconds */
  async function advance(by) {
    clock.advance(by);
    if (clockLag > 0) await sleep(clockLag);
  }

  /**
   * @param {string} name
   * @param {Cache} cache
   * @param {number} leaving how many must leave
   * @param {() => void} body
   */
  function pass(name, cache, leaving, body) {
    const before = cache.count();
    const start = clock.now();
    body();
    const time = clock.now() - start;
    const left = before - cache.count();
    if (left !== leaving) throw new Error(`${name}: ${left} left instead of ${leaving}`);
    sums[name] ??= { time: 0, count: 0 };
    sums[name].time += time;
    sums[name].count += left;
  }
}

/**
 * Of each hundred sessions one is in the group, of each ten one lives shorter.
 * @param {Cache} cache
 * @param {number} size
 * @param {number} length
 * @returns {number} sessions in the group
 */
function fillToLeave(cache, size, length) {
  const ids = new Ids();
  let grouped = 0;
  for (let i = 0; i < size; i++) {
    const data = dataOf(i, length);
    if (i % 10 === 9 && cache.addFor) cache.addFor(ids.at(i), data, SHORT);
    else if (i % 100 === 50 && cache.addToGroup) {
      grouped++;
      cache.addToGroup(ids.at(i), data, GROUP);
    } else cache.add(ids.at(i), data);
  }
  expectCount(cache, size);
  return grouped;
}

/**
 * @param {Cache} cache
 * @param {number} count
 */
function expectCount(cache, count) {
  if (cache.count() !== count) throw new Error(`holds ${cache.count()} of ${count}`);
}
