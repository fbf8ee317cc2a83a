// Many caches in one process, as in a server with many names or a program with many pools: their
// cost when they are new, and whether they slow each other down.

import { contender } from '../contenders/index.js';
import { Ids } from '../data/ids.js';
import { randomIndex } from '../data/random.js';
import { dataOf, withId } from '../data/sessions.js';
import { clock } from './clock.js';

const LIFETIME = 36_000;
const FRESH = 64;
/** Hits, and adds with eviction, for each session in a cache. */
const HITS = 4;
const MOST_LIVES = 200;

/**
 * @typedef {object} CrowdTask
 * @property {string} name of a contender
 * @property {number} caches
 * @property {number} size sessions in each
 * @property {number} length bytes of each
 * @property {number} seconds about how long all of it takes
 */

/**
 * Makes the caches, fills them in turn, looks up and adds to them in turn, and begins again.
 * @param {CrowdTask} task
 * @returns {Promise<Record<string, number>>} nanoseconds per cache for `make`, per session for the rest;
 *   `cold`: the adds of the first life, before anything is compiled
 */
export async function crowd({ name, caches: number, size, length, seconds }) {
  const { bounds, make } = contender(name);
  const ids = new Ids();
  const fresh = Array.from({ length: FRESH }, (_, i) => dataOf(i, length));
  const next = randomIndex(number * size);
  /** @type {Record<string, { time: number, count: number }>} */
  const sums = {};
  let sink = 0;
  const end = clock.now() + seconds * 1000;
  for (let life = 0; life === 0 || (life < MOST_LIVES && clock.now() < end); life++) {
    globalThis.gc?.(); // garbage of the previous life
    /** @type {import('../contenders/types.ts').Cache[]} */
    const caches = [];
    const add = (/** @type {number} */ i) => {
      const id = ids.at(i);
      caches[i % number].add(id, withId(fresh[i % FRESH], id));
    };
    const start = clock.now();
    for (let i = 0; i < number; i++) {
      // One after the other, as in the timed runs.
      caches.push(await make(size, LIFETIME));
      add(i);
    }
    note('make', clock.now() - start, number);
    pass(life === 0 ? 'cold' : 'add', number, number * size, add);
    pass('view', 0, HITS * number * size, () => {
      const i = next();
      sink += /** @type {Uint8Array} */ (caches[i % number].view(ids.at(i)))[0];
    });
    pass('evict', number * size, HITS * number * size, add);
    for (const cache of caches) {
      if (bounds && cache.count() !== size) throw new Error(`holds ${cache.count()} of ${size}`);
      cache.close?.();
    }
  }
  if (Number.isNaN(sink)) throw new Error('data of no length');
  return Object.fromEntries(
    Object.entries(sums).map(([workload, { time, count }]) => [workload, (time * 1e6) / count]),
  );

  /**
   * @param {string} workload
   * @param {number} from
   * @param {number} to
   * @param {(i: number) => void} body
   */
  function pass(workload, from, to, body) {
    const start = clock.now();
    for (let i = from; i < to; i++) body(i);
    note(workload, clock.now() - start, to - from);
  }

  /**
   * @param {string} workload
   * @param {number} time milliseconds
   * @param {number} count
   */
  function note(workload, time, count) {
    sums[workload] ??= { time: 0, count: 0 };
    sums[workload].time += time;
    sums[workload].count += count;
  }
}
