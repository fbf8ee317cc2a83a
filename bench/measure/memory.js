// The memory of a full cache, and its cost for the garbage collector.

import { PerformanceObserver, constants } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { contender } from '../contenders/index.js';
import { Ids } from '../data/ids.js';
import { dataOf } from '../data/sessions.js';

const LIFETIME = 36_000;
const COLLECTIONS = 3;
/** Sessions added to the full cache while minor collections are watched. */
const CHURN = 100_000;
const SLICE = 1000;
/** Some contenders are slow at it. */
const MOST_CHURN_MS = 3000;

/**
 * Bytes of all sessions together: the memory of the process less that of an empty one.
 * @typedef {object} Weight
 * @property {number} number sessions held
 * @property {number} linear Wasm memory in use: pages that have been handed out, index and free
 *   blocks included
 * @property {number} heap JavaScript's heap
 * @property {number} buffers data outside of the heap, without the allocator's share
 * @property {number} resident growth of the process
 * @property {number} major milliseconds of a full collection
 * @property {number} churn sessions added to the full cache
 * @property {{ count: number, longest: number, total: number }} minor collections of the young
 *   generation meanwhile, milliseconds
 */

/**
 * @param {{ name: string, size: number, length: number }} task
 * @returns {Promise<Weight>}
 */
export async function weigh({ name, size, length }) {
  const { gc } = globalThis;
  if (!gc) throw new Error('run node with --expose-gc');
  const cache = await contender(name).make(size, LIFETIME);
  gc();
  const before = process.memoryUsage();
  const ids = new Ids();
  for (let i = 0; i < size; i++) {
    const data = dataOf(i, length);
    cache.add(ids.at(i), data);
  }
  gc();
  const major = Math.min(...Array.from({ length: COLLECTIONS }, () => collection(gc)));
  const after = process.memoryUsage();
  const number = cache.count();
  const linear = cache.memory?.() ?? 0;
  return {
    number,
    linear,
    heap: after.heapUsed - before.heapUsed,
    buffers: after.arrayBuffers - before.arrayBuffers,
    resident: after.rss - before.rss,
    major,
    ...(await minorCollections(cache, size, length)),
  };
}

/** @param {() => void} gc */
function collection(gc) {
  const start = performance.now();
  gc();
  return performance.now() - start;
}

/**
 * Adds to a full cache and watches the garbage collector.
 * @param {import('../contenders/types.ts').Cache} cache
 * @param {number} size
 * @param {number} length
 */
async function minorCollections(cache, size, length) {
  /** @type {number[]} */
  const durations = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = /** @type {any} */ (entry).detail;
      if (kind === constants.NODE_PERFORMANCE_GC_MINOR) durations.push(entry.duration);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  const ids = new Ids();
  const end = performance.now() + MOST_CHURN_MS;
  let churn = 0;
  while (churn < CHURN && performance.now() < end) {
    for (let i = 0; i < SLICE; i++, churn++) {
      const data = dataOf(size + churn, length);
      cache.add(ids.at(size + churn), data);
    }
    await turn();
  }
  await turn();
  observer.disconnect();
  const total = durations.reduce((sum, duration) => sum + duration, 0);
  return { churn, minor: { count: durations.length, longest: Math.max(0, ...durations), total } };
}
