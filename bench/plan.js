// How much is measured: the whole run takes about 70 minutes, the quick one two minutes.

import { CERTIFICATE_BYTES, CHAIN_BYTES, DATA_BYTES } from './data/sessions.js';

/**
 * @typedef {object} Times one set of times
 * @property {number} size sessions
 * @property {number} length bytes of each
 * @property {number} rounds processes per contender
 * @property {number} seconds about how long an operation is timed in each
 *
 * @typedef {Times & { caches: number }} Crowd many caches in a process, of `size` sessions each
 * @typedef {{ size: number, runs: number }} Once
 *
 * @typedef {object} Plan
 * @property {Times[]} times
 * @property {Times[]} releases the same on other releases of Node, and in Bun
 * @property {Crowd[]} crowds
 * @property {Once} weigh
 * @property {Once} pauses
 * @property {number} starts
 */

/** @type {Plan} */
const full = {
  times: [
    { size: 1000, length: DATA_BYTES, rounds: 3, seconds: 0.1 },
    { size: 20_480, length: DATA_BYTES, rounds: 5, seconds: 0.1 },
    { size: 100_000, length: DATA_BYTES, rounds: 3, seconds: 0.1 },
    // Long enough for the rare, long steps of a large cache, such as a rehash of a Map, to count.
    { size: 1_000_000, length: DATA_BYTES, rounds: 3, seconds: 0.3 },
    { size: 20_480, length: CERTIFICATE_BYTES, rounds: 3, seconds: 0.1 },
    { size: 20_480, length: CHAIN_BYTES, rounds: 3, seconds: 0.1 },
  ],
  releases: [
    { size: 1000, length: DATA_BYTES, rounds: 3, seconds: 0.1 },
    { size: 20_480, length: DATA_BYTES, rounds: 5, seconds: 0.1 },
    { size: 20_480, length: CERTIFICATE_BYTES, rounds: 3, seconds: 0.1 },
    { size: 20_480, length: CHAIN_BYTES, rounds: 3, seconds: 0.1 },
    { size: 1_000_000, length: DATA_BYTES, rounds: 3, seconds: 0.1 },
  ],
  crowds: [1, 8, 64].map((caches) => {
    return { caches, size: 1000, length: DATA_BYTES, rounds: 2, seconds: 0.5 };
  }),
  weigh: { size: 1_000_000, runs: 1 },
  pauses: { size: 1_000_000, runs: 2 },
  starts: 15,
};

/** @type {Plan} */
const quick = {
  times: [{ size: 20_480, length: DATA_BYTES, rounds: 1, seconds: 0.02 }],
  releases: [{ size: 20_480, length: DATA_BYTES, rounds: 1, seconds: 0.02 }],
  crowds: [1, 8].map((caches) => {
    return { caches, size: 1000, length: DATA_BYTES, rounds: 1, seconds: 0.02 };
  }),
  weigh: { size: 50_000, runs: 1 },
  pauses: { size: 50_000, runs: 2 },
  starts: 3,
};

/**
 * @param {import('./options.js').Options} options
 * @returns {Plan}
 */
export function planOf({ quick: briefly, sizes, rounds, seconds, what }) {
  const base = briefly ? quick : full;
  const times = what === 'times';
  const [weighed = base.weigh.size] = sizes;
  /** @type {<T extends Times>(set: T) => T} */
  const asked = (set) => {
    return { ...set, rounds: rounds ?? set.rounds, seconds: seconds ?? set.seconds };
  };
  const ofSizes = (/** @type {Times[]} */ sets) =>
    (times && sizes.length > 0 ? sizes.map((size) => atSize(sets, size)) : sets).map(asked);
  return {
    ...base,
    weigh: { ...base.weigh, size: weighed },
    pauses: { ...base.pauses, size: weighed },
    times: ofSizes(base.times),
    releases: ofSizes(base.releases),
    crowds: times ? [] : base.crowds.map(asked),
  };
}

/**
 * @param {Times[]} sets
 * @param {number} size
 */
function atSize(sets, size) {
  return sets.find((each) => each.size === size) ?? { ...sets[0], size };
}

/** Sessions for how cost grows. A `Map` stops at 16,777,216. */
export const SCALE = [1000, 4000, 16_000, 64_000, 256_000, 1_000_000, 4_000_000, 16_000_000];
export const SCALE_QUICK = [1000, 4000, 16_000];
/** A Map cannot hold as many. */
export const MILLIONS = 20_000_000;
export const QUICK_MILLIONS = 100_000;
