// Operations that leave the cache as full as it was: benchmark.js repeats them.

import { ABSENT, Ids } from '../data/ids.js';
import { randomIndex, zipfRank } from '../data/random.js';
import { dataOf, withId } from '../data/sessions.js';
import { timed } from '../measure/timed.js';

/** Calls before timing, so that V8 has optimized them. */
export const WARM_UP = 30_000;
/** Adds with eviction before timing: as many as the cache has sessions, and at least so many. */
const LEAST_ADDS = 20_480;
/** Data for adds: the caller has just made it, so it is in the processor's cache. */
const FRESH = 64;
/** Lifetimes of sessions where they differ: between one and three hours, seconds. */
const SHORTEST = 3600;
const SPREAD = 7200;

/**
 * @typedef {object} Full a cache with the sessions [0, size)
 * @property {import('../contenders/types.ts').Cache} cache
 * @property {number} size
 * @property {number} length of a session's bytes
 * @property {number} seconds about how long to time an operation
 * @property {boolean} [prefixed] whether its ids have a common prefix
 */

/**
 * @param {Full} full
 * @param {'view' | 'copy'} way
 */
export function hit({ cache, size, seconds, prefixed = false }, way) {
  const find = cache[way];
  const ids = new Ids(prefixed);
  const next = randomIndex(size);
  let sink = 0;
  const nanoseconds = timed(seconds, WARM_UP, () => {
    sink += /** @type {Uint8Array} */ (find(ids.at(next())))[0];
  });
  if (Number.isNaN(sink)) throw new Error('data of no length');
  return nanoseconds;
}

/** @param {Full} full */
export function miss({ cache, size, seconds }) {
  const ids = new Ids();
  const next = randomIndex(size);
  let hits = 0;
  const nanoseconds = timed(seconds, WARM_UP, () => {
    if (cache.view(ids.at(ABSENT + next())) !== undefined) hits++;
  });
  return { nanoseconds, hits };
}

/** Adds sessions to a full cache, from the index `size` on. */
export class Adder {
  #full;
  #ids = new Ids();
  #fresh;
  /** The index of the next. */
  next;

  /** @param {Full} full */
  constructor(full) {
    this.#full = full;
    this.next = full.size;
    this.#fresh = Array.from({ length: FRESH }, (_, i) => dataOf(i, full.length));
  }

  one() {
    const id = this.#ids.at(this.next);
    this.#full.cache.add(id, withId(this.#fresh[this.next % FRESH], id));
    this.next++;
  }

  /** @param {number} lifetime */
  oneFor(lifetime) {
    const id = this.#ids.at(this.next);
    this.#full.cache.addFor?.(id, withId(this.#fresh[this.next % FRESH], id), lifetime);
    this.next++;
  }
}

/**
 * @param {Full} full
 * @param {Adder} adder
 */
export function evict({ size, seconds }, adder) {
  return timed(seconds, Math.max(size, LEAST_ADDS), () => {
    adder.one();
  });
}

/**
 * Four lookups, one add, per operation. Sessions are asked for by Zipf's law from the youngest on.
 * @param {Full} full
 * @param {Adder} adder
 */
export function mixed({ cache, size, seconds }, adder) {
  const ids = new Ids();
  const rank = zipfRank(size >>> 1);
  let found = 0;
  let step = 0;
  const nanoseconds = timed(seconds, WARM_UP, () => {
    if (++step % 5 === 0) {
      adder.one();
      return;
    }
    const data = cache.view(ids.at(adder.next - 1 - rank()));
    if (data !== undefined) found += data[0] & 1;
  });
  if (Number.isNaN(found)) throw new Error('data of no length');
  return nanoseconds;
}

/** @param {Full} full */
export function mixedTimeouts(full) {
  const adder = new Adder(full);
  const lifetime = randomLifetime();
  return timed(full.seconds, Math.max(full.size, LEAST_ADDS), () => {
    adder.oneFor(lifetime());
  });
}

/** A function that returns lifetimes, all as likely. */
export function randomLifetime() {
  const random = randomIndex(SPREAD);
  return () => SHORTEST + random();
}
