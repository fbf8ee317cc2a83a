/** A seeded source of integers: `random(n)` is in `0 <= x < n`, and the same on every run. */
export type Random = (n: number) => number;

/** Makes a `Random` from a 32-bit seed (mulberry32: good enough to shuffle tests, nothing more). */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return Math.floor((((word ^ (word >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

/** `length` bytes drawn from `random`. */
export function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random(256));
}

/** One element of a non-empty `choices`. */
export function pick<T>(random: Random, choices: readonly [T, ...T[]] | readonly T[]): T {
  if (choices.length === 0) throw new RangeError('"choices" expected at least one element, got 0');
  return choices[random(choices.length)] as T;
}
