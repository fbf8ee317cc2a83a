// Rules for benchmark.js 2.1.4: braces around every body, no `setup` or `teardown` (both make it
// evaluate the source again, without its closure), keep results in a sink or V8 drops the call, and
// look at `error`, which fails nothing by itself.

// Before benchmark.js, which takes its clock from there.
import { clock } from './clock.js';
import Benchmark from 'benchmark';

/**
 * Nanoseconds per call of `body`: the mean, garbage collections and all.
 * @param {number} seconds
 * @param {number} warmUp calls before timing, as far as there is time for them
 * @param {() => void} body
 * @returns {number}
 */
export function timed(seconds, warmUp, body) {
  const end = clock.now() + seconds * 1000;
  for (let i = 0; i < warmUp && (i % 8 !== 0 || clock.now() < end); i++) body();
  const minTime = Math.min(0.05, seconds / 5);
  const benchmark = new Benchmark({ fn: body, maxTime: seconds, minTime, minSamples: 5 });
  benchmark.run();
  if (benchmark.error) throw benchmark.error;
  return benchmark.stats.mean * 1e9;
}
