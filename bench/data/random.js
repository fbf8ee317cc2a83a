// Random numbers for lookups and lifetimes: the same sequence on every run.

/**
 * A function that returns integers from 0 to below `limit` at random, from a fixed seed: a linear
 * congruential generator of full period, of which the high bits are used.
 * @param {number} limit
 * @returns {() => number}
 */
export function randomIndex(limit) {
  const scale = limit / 2 ** 32;
  let state = 0x5e55ca;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return ((state >>> 0) * scale) | 0;
  };
}

const STEPS = 16_384;

/**
 * A function that returns ranks from 0 to below `limit` by Zipf's law with exponent 1: rank r about
 * half as often as rank r/2. They are drawn in advance, because their logarithms would cost more
 * than a lookup.
 * @param {number} limit
 * @returns {() => number}
 */
export function zipfRank(limit) {
  const ranks = new Uint32Array(STEPS);
  const random = randomIndex(2 ** 30);
  for (let i = 0; i < STEPS; i++) {
    // The inverse of the distribution 1/r between 1 and limit + 1.
    ranks[i] = Math.min(limit - 1, Math.floor((limit + 1) ** (random() / 2 ** 30)) - 1);
  }
  let step = 0;
  return () => ranks[step++ & (STEPS - 1)];
}
