// The cache's clock in milliseconds. The cache counts whole seconds, which its user may provide;
// whether a session was made before or after a revocation takes more than that.

/** How far the clocks of two hosts may be apart, ms. */
export const CLOCK_SKEW = 1000;

/**
 * Milliseconds since the epoch: `Date.now()` where the cache's clock shows the same second. Never
 * negative, and never throws: an error of the user's clock is for the calls of the cache to report.
 */
export function milliseconds(cache: { now(): number }): number {
  const before = Date.now();
  let seconds: number;
  try {
    seconds = cache.now();
  } catch {
    return before;
  }
  if (Math.floor(before / 1000) === seconds) return before;
  const after = Date.now(); // a second may have begun meanwhile
  if (Math.floor(after / 1000) === seconds) return after;
  return Math.min(Math.max(0, seconds * 1000 + (after % 1000)), Number.MAX_SAFE_INTEGER);
}
