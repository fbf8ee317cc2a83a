// Times the operations of one contender in this process.
//
// Rules for benchmark.js 2.1.4: braces around every body, no `setup` or `teardown` (both make it
// evaluate the source again, without its closure), keep results in a sink or V8 drops the call, and
// look at `error`, which fails nothing by itself.

import Benchmark from 'benchmark';
import { ascending, expectFound, fill } from './check.js';
import { contender, harness } from './contenders.js';
import { ABSENT, dataOf, Ids, randomIndex } from './ids.js';

/** Longer than any run, so that nothing expires meanwhile. */
const LIFETIME = 36_000;
/** Data for adds: the caller has just made it, so it is in the processor's cache. */
const FRESH = 64;
/** Values checked before timing. */
const CHECKED = 100_000;

/**
 * Nanoseconds per call, by operation.
 * @typedef {{ view: number, copy: number, miss: number, add: number }} Times
 */

/**
 * Fills a cache with `size` sessions and times each operation for about `seconds`.
 * @param {string} name
 * @param {number} size
 * @param {number} seconds
 * @returns {Promise<Times>}
 * @throws {Error} when a result is wrong
 */
export async function time(name, size, seconds) {
  const { bounds, make } = contender(name);
  const cache = await make(size, LIFETIME);
  fill(cache, 0, size);
  if (name !== harness) expectFound(cache, ascending(0, Math.min(size, CHECKED)));

  const ids = new Ids();
  const next = randomIndex(size);
  let sink = 0;

  const view = timed(seconds, 0, () => {
    sink += /** @type {Uint8Array} */ (cache.view(ids.at(next())))[0];
  });
  const copy =
    cache.copy === cache.view
      ? view
      : timed(seconds, 0, () => {
          sink += /** @type {Uint8Array} */ (cache.copy(ids.at(next())))[0];
        });

  let hits = 0;
  const miss = timed(seconds, 0, () => {
    if (cache.view(ids.at(ABSENT + next())) !== undefined) hits++;
  });
  if (hits > 0 && name !== harness) throw new Error(`${hits} hits among ids that are absent`);

  const fresh = Array.from({ length: FRESH }, (_, i) => dataOf(size + i));
  let added = size;
  const add = timed(seconds, size, () => {
    cache.add(ids.at(added), fresh[added % FRESH]);
    added++;
  });
  if (bounds && cache.count() !== size) throw new Error(`holds ${cache.count()} of ${size}`);
  if (Number.isNaN(sink)) throw new Error('data of no length');
  return { view, copy, miss, add };
}

/**
 * Nanoseconds per call of `body`: the mean, garbage collections and all.
 * @param {number} seconds
 * @param {number} warmUp calls before timing, as far as there is time for them
 * @param {() => void} body
 * @returns {number}
 */
function timed(seconds, warmUp, body) {
  const end = performance.now() + seconds * 1000;
  for (let i = 0; i < warmUp && (i % 256 !== 0 || performance.now() < end); i++) body();
  const minTime = Math.min(0.05, seconds / 5);
  const benchmark = new Benchmark({ fn: body, maxTime: seconds, minTime, minSamples: 5 });
  benchmark.run();
  if (benchmark.error) throw benchmark.error;
  return benchmark.stats.mean * 1e9;
}
