// When a session ends, as the C of OpenSSL 3.0 computes it with a 64-bit time_t, in BigInts.

/** `late` sessions ended up beyond the last second that 63 bits can say: they never expire. */
export type Expiry = { late: boolean; at: bigint };

const LAST = 2n ** 63n - 1n;

/** time + timeout. What does not fit is kept modulo 2^64, for the order among those. */
export function expiryOf(time: bigint, timeout: bigint): Expiry {
  const room = BigInt.asIntN(64, LAST - time);
  return timeout > room
    ? { late: true, at: BigInt.asIntN(64, timeout - room) }
    : { late: false, at: BigInt.asIntN(64, time + timeout) };
}

export function isOver(expiry: Expiry, now: bigint): boolean {
  return !expiry.late && now > expiry.at;
}

/** Negative if `a` ends before `b`, 0 if they end together. */
export function compareExpiry(a: Expiry, b: Expiry): number {
  if (a.late !== b.late) return a.late ? 1 : -1;
  if (a.at === b.at) return 0;
  return a.at < b.at ? -1 : 1;
}

export function earlier(a: Expiry, b: Expiry): Expiry {
  return compareExpiry(b, a) < 0 ? b : a;
}

/** As the public API gives times out. */
export function toSeconds(time: bigint): number | bigint {
  const short = Number(time);
  return Number.isSafeInteger(short) ? short : time;
}
