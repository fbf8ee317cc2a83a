// Times the workloads of one contender, in this process.

import { contender, harness } from '../contenders/index.js';
import { Ids } from '../data/ids.js';
import { dataOf, withId } from '../data/sessions.js';
import { add, leave, remove } from '../workloads/passes.js';
import * as steady from '../workloads/steady.js';
import { ascending, expectFound, fill } from './check.js';

/** Longer than any run, so that no session expires during it. */
const LIFETIME = 36_000;
/** Values checked before timing. */
const CHECKED = 20_000;

/**
 * @typedef {object} TimeTask
 * @property {string} name of a contender
 * @property {number} size sessions
 * @property {number} length bytes of each
 * @property {number} seconds about how long an operation is timed
 * @property {'all' | 'basic'} scope basic: hit, miss and add + evict
 * @property {string} [key] how ids become strings; absent: the contender's own
 */

/**
 * @param {TimeTask} task
 * @returns {Promise<Record<string, number>>} nanoseconds per session, by workload
 * @throws {Error} when a result is wrong
 */
export async function time(task) {
  const { name, size, length, seconds, scope, key } = task;
  const { bounds, clockLag, expires, largestMixed = Infinity, make: build } = contender(name);
  const make = () => build(size, LIFETIME, key);
  // An empty cache lives throughout, as in a program that always has one: if a full collection
  // finds no object of a class, V8 drops the code that it has compiled for it
  // (docs/design/performance-log.md).
  const empty = await make();
  const figures = await onFullCache(task, make, bounds);
  if (scope === 'basic' || name === harness) return figures;
  globalThis.gc?.();
  figures.add = await add(make, { size, length, seconds });
  globalThis.gc?.();
  Object.assign(
    figures,
    await onUnlikeSessions(await make(), task, expires && size <= largestMixed),
  );
  globalThis.gc?.();
  // Last: it puts the clock of the caches forward.
  Object.assign(figures, await leave(make, { size, length, seconds, clockLag: clockLag ?? 0 }));
  if (empty.count() !== 0) throw new Error('caches share sessions');
  return figures;
}

/**
 * @param {TimeTask} task
 * @param {() => Promise<import('../contenders/types.ts').Cache>} make
 * @param {boolean} bounds
 */
async function onFullCache({ name, size, length, seconds, scope }, make, bounds) {
  const cache = await make();
  const full = { cache, size, length, seconds };
  fill(cache, 0, size, length);
  if (name !== harness) expectFound(cache, ascending(0, Math.min(size, CHECKED)), length);

  /** @type {Record<string, number>} */
  const figures = { view: steady.hit(full, 'view') };
  if (name === 'sesscache') figures.tested = figures.view; // it always tests
  figures.copy = cache.copy === cache.view ? figures.view : steady.hit(full, 'copy');
  const missed = steady.miss(full);
  if (missed.hits > 0 && name !== harness) throw new Error(`${missed.hits} hits among absent ids`);
  figures.miss = missed.nanoseconds;
  const removed = scope === 'all' ? remove(full, 0) : undefined;
  if (removed !== undefined) figures.remove = removed;
  const adder = new steady.Adder(full);
  figures.evict = steady.evict(full, adder);
  if (scope === 'all') figures.mixed = steady.mixed(full, adder);
  if (bounds && cache.count() !== size) throw new Error(`holds ${cache.count()} of ${size}`);
  return figures;
}

/**
 * A cache with ids of a common prefix and lifetimes of all kinds.
 * @param {import('../contenders/types.ts').Cache} cache
 * @param {TimeTask} task
 * @param {boolean} expires whether lifetimes are worth timing
 */
async function onUnlikeSessions(cache, { size, length, seconds }, expires) {
  const ids = new Ids(true);
  const lifetime = steady.randomLifetime();
  for (let i = 0; i < size; i++) {
    const id = ids.at(i);
    const data = withId(dataOf(i, length), id);
    if (cache.addFor) cache.addFor(id, data, lifetime());
    else cache.add(id, data);
  }
  const full = { cache, size, length, seconds, prefixed: true };
  /** @type {Record<string, number>} */
  const figures = { prefix: steady.hit(full, 'view') };
  if (expires && cache.addFor) figures.mixedTimeouts = steady.mixedTimeouts(full);
  return figures;
}
