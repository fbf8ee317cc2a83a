// The longest single call, for which all other connections of a server wait. The same calls are
// made of several new caches ("lives"), and the minimum of each call counts. Work of the cache
// itself, such as growing, comes at the same call in every life. V8's compilers and collections and
// other programs come at different calls each time; `met` includes them.

import { contender } from '../contenders/index.js';
import { Ids } from '../data/ids.js';
import { dataOf } from '../data/sessions.js';
import { clock } from './clock.js';

const LIFETIME = 36_000;
/** The share of adds that meet a full cache. */
const OVERFILL = 0.1;
const MOST_OVERFILL_MS = 3000;

/**
 * `Whole` is all in one call where `budget` splits the work.
 * @typedef {'fill' | 'evict' | 'expire' | 'expireWhole' | 'clear' | 'clearWhole'} Phase
 * @typedef {Partial<Record<Phase, number>>} ByPhase milliseconds
 * @typedef {object} Pauses
 * @property {ByPhase} own the longest call, of each the least that it took in any life
 * @property {ByPhase} met the longest call of a life with all that befell it, in the best of lives
 */

/**
 * @param {{ name: string, size: number, length: number, runs: number }} task
 * @returns {Promise<Pauses>}
 */
export async function pauses({ name, size, length, runs }) {
  const { budget, make } = contender(name);
  const whole = budget === undefined ? '' : 'Whole';
  /** @type {Partial<Record<Phase, Calls>>} */
  const phases = {};
  const calls = (/** @type {Phase} */ phase) => (phases[phase] ??= new Calls());

  /** @param {(cache: import('../contenders/types.ts').Cache) => void} end */
  const live = async (end) => {
    globalThis.gc?.(); // garbage of the previous life
    const cache = await make(size, LIFETIME);
    add(calls('fill'), cache, 0, size, length, Infinity);
    end(cache);
    cache.close?.();
  };
  for (let run = 0; run < runs; run++) {
    for (const limit of new Set([budget, undefined])) {
      const ending = limit === undefined ? whole : '';
      await live((cache) => {
        const more = Math.floor(size * OVERFILL);
        add(calls('evict'), cache, size, size + more, length, MOST_OVERFILL_MS);
        if (cache.clear) drop(calls(`clear${ending}`), cache, cache.clear, limit);
      });
      await live((cache) => {
        if (!cache.purge) return;
        clock.advance(LIFETIME + 10);
        drop(calls(`expire${ending}`), cache, cache.purge, limit);
      });
    }
  }

  /** @type {Pauses} */
  const longest = { own: {}, met: {} };
  for (const [phase, { met, own }] of Object.entries(phases)) {
    longest.own[/** @type {Phase} */ (phase)] = own;
    longest.met[/** @type {Phase} */ (phase)] = met;
  }
  return longest;
}

/** How long the calls of a phase took, life by life. */
class Calls {
  /** @type {Float32Array} the least that each call took */
  #least = new Float32Array(0);
  #met = Infinity;

  /** @param {Float32Array} life what each call took, milliseconds */
  add(life) {
    this.#met = Math.min(this.#met, longestOf(life));
    // A slow contender may get through fewer calls in one life than in another.
    if (this.#least.length === 0) this.#least = life;
    else this.#least = this.#least.subarray(0, life.length).map((least, i) => Math.min(least, life[i])); // prettier-ignore
  }

  get met() {
    return this.#met;
  }

  get own() {
    return longestOf(this.#least);
  }
}

/** @param {Float32Array} calls */
function longestOf(calls) {
  return calls.reduce((longest, each) => Math.max(longest, each), 0);
}

/**
 * Adds the sessions [from, to), for at most `most` milliseconds.
 * @param {Calls} calls
 * @param {import('../contenders/types.ts').Cache} cache
 * @param {number} from
 * @param {number} to
 * @param {number} length
 * @param {number} most
 */
function add(calls, cache, from, to, length, most) {
  const ids = new Ids();
  const took = new Float32Array(to - from);
  const end = clock.now() + most;
  let now = 0;
  let i = from;
  for (; i < to && now < end; i++) {
    const data = dataOf(i, length);
    const id = ids.at(i);
    const start = clock.now();
    cache.add(id, data);
    now = clock.now();
    took[i - from] = now - start;
  }
  calls.add(took.subarray(0, i - from));
}

/**
 * Drops everything, in calls of `budget` if there is one.
 * @param {Calls} calls
 * @param {import('../contenders/types.ts').Cache} cache
 * @param {(budget?: number) => number | void} some
 * @param {number | undefined} budget
 */
function drop(calls, cache, some, budget) {
  const took = [];
  for (let isMore = true; isMore;) {
    const start = clock.now();
    const dropped = some(budget);
    took.push(clock.now() - start);
    isMore = budget !== undefined && dropped === budget;
  }
  if (cache.count() !== 0) throw new Error(`${cache.count()} sessions left`);
  calls.add(Float32Array.from(took));
}
