// When a session expires (OpenSSL 3.0's ssl_session_calculate_timeout), and its times in storage:
// 32 bits each where they fit, Wide after the data where they do not.

import { entry, header, versionOf, WIDE, wide } from './layout';

const LATEST: i64 = i64.MAX_VALUE;
/** Seconds by which the time of a session may be ahead, because clocks of hosts differ. */
export const AHEAD_MAX: i64 = 60;
/**
 * Versions whose lifetime RFC 8446 §4.6.1 bounds; RFC 5246 F.1.4 recommends a bound for the others.
 */
const TLS1_3: u32 = 0x0304;
const DTLS1_3: u32 = 0xfefc;

export function timeOf(at: u32): i64 {
  return entry(at).meta & WIDE ? wide(at).time : <i64>entry(at).time;
}

export function timeoutOf(at: u32): i64 {
  return entry(at).meta & WIDE ? wide(at).timeout : <i64>entry(at).timeout;
}

export function authTimeOf(at: u32): i64 {
  return entry(at).meta & WIDE ? wide(at).authTime : <i64>entry(at).authTime;
}

/** Whether the three times need Wide. */
export function isWide(time: i64, timeout: i64, authTime: i64): bool {
  return ((time | timeout | authTime) & ~0xffffffff) !== 0;
}

/** Stores the times of an entry whose WIDE flag says how. */
export function setTimes(at: u32, time: i64, timeout: i64, authTime: i64): void {
  const e = entry(at);
  const fits = (e.meta & WIDE) === 0;
  e.time = fits ? <u32>time : 0;
  e.timeout = fits ? <u32>timeout : 0;
  e.authTime = fits ? <u32>authTime : 0;
  if (!fits) {
    const w = wide(at);
    w.time = time;
    w.timeout = timeout;
    w.authTime = authTime;
  }
}

/**
 * Whether time + timeout is beyond the largest i64. With `room` = 2^63-1 - time, which wraps for a
 * negative time, as in OpenSSL: such a session counts as overflowed.
 */
export function overflows(time: i64, timeout: i64): bool {
  return timeout > LATEST - time;
}

/** The sort key of an expiry. Comparable only if both or neither overflow. */
export function expiryKey(time: i64, timeout: i64): u64 {
  const room = LATEST - time;
  return sortable(timeout > room ? timeout - room : time + timeout);
}

/** Maps i64 to u64 in order. */
export function sortable(value: i64): u64 {
  return (<u64>value) ^ 0x8000000000000000;
}

/** Absolute lifetime of sessions of `version`, seconds; negative: none. */
export function maxLifetimeOf(version: u32): i64 {
  const h = header();
  return version === TLS1_3 || version === DTLS1_3 ? h.maxLifetime13 : h.maxLifetime12;
}

/** Last second at which a session may still live by its absolute lifetime; LATEST: no limit. */
export function deadline(version: u32, authTime: i64): i64 {
  const lifetime = maxLifetimeOf(version);
  if (lifetime < 0 || overflows(authTime, lifetime)) return LATEST;
  return authTime + lifetime;
}

/** Whether the session is expired at `now` by time and timeout, or by its absolute lifetime. */
export function isExpired(version: u32, time: i64, timeout: i64, authTime: i64, now: i64): bool {
  if (now > deadline(version, authTime)) return true;
  return !overflows(time, timeout) && now > time + timeout;
}

/** Whether an entry is in the tree of overflowed expiries. */
export function entryOverflows(at: u32): bool {
  if (!(entry(at).meta & WIDE)) return false;
  const w = wide(at);
  return overflows(w.time, w.timeout) && deadline(versionOf(at), w.authTime) === LATEST;
}

/** The entry's sort key in its tree: the earlier of its two expiries. */
export function entryKey(at: u32): u64 {
  const e = entry(at);
  const lifetime = maxLifetimeOf(versionOf(at));
  if (!(e.meta & WIDE)) {
    // This cannot overflow: the bindings pass lifetimes of at most 2^53 - 1.
    const end = <u64>e.time + <u64>e.timeout;
    return sortable(<i64>(lifetime < 0 ? end : min<u64>(end, <u64>e.authTime + <u64>lifetime)));
  }
  const w = wide(at);
  const limit = deadline(versionOf(at), w.authTime);
  const key = expiryKey(w.time, w.timeout);
  if (limit === LATEST) return key;
  const last = sortable(limit);
  return overflows(w.time, w.timeout) ? last : min<u64>(last, key);
}
