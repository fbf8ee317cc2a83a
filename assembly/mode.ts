// What the mode flags and the profile decide, and the tests of a lookup.

import {
  ABSENT,
  CONTEXT,
  EXPIRED,
  EXTMS,
  FUTURE,
  HITS,
  MISS,
  UNRESUMABLE,
  VERSION,
} from './counters';
import { AHEAD_MAX } from './expiry';
import { header } from './layout';

// SSL_SESS_CACHE_*
export const CLIENT: u32 = 0x1;
export const SERVER: u32 = 0x2;
export const NO_AUTO_CLEAR: u32 = 0x80;
export const NO_INTERNAL_LOOKUP: u32 = 0x100;
export const NO_INTERNAL_STORE: u32 = 0x200;
export const UPDATE_TIME: u32 = 0x400;

// Profile bits: where the code of libssl 3.0 departs from its manual pages. None is set in the
// manual profile, all are in openssl-3.0 (bindings/cache/profiles.ts); docs/compatibility.md has a
// row for each. The bindings read those marked with a star.

/** A new session is counted before room is made for it: a cache of size N > 1 holds N - 1. */
export const COUNT_NEWCOMER: u32 = 1 << 0;
/** Adding the identical session moves it in the order, and UPDATE_TIME retimes it. */
export const MOVE_ON_READD: u32 = 1 << 1;
/** * A session that the new callback refuses stays. */
export const KEEP_REFUSED: u32 = 1 << 2;
/** A server looks up even without the SERVER bit. */
export const LOOK_UP_WHEN_OFF: u32 = 1 << 3;
/** * Automatic flush in handshakes 256, 512, …, without a budget, if the session may be cached. */
export const FLUSH_EVERY_256: u32 = 1 << 4;
/** * Removing a session that is not cached calls the remove callback. */
export const REMOVE_ABSENT: u32 = 1 << 5;
/** * Removing by another Session of the same id marks and reports that one, not the cached one. */
export const REMOVE_BY_TWIN: u32 = 1 << 6;
/** UPDATE_TIME works only in adds. */
export const RETIME_ON_ADD_ONLY: u32 = 1 << 7;
/** A cached session that is not resumable is resumed. */
export const RESUME_UNRESUMABLE: u32 = 1 << 8;
/** * Clients count misses too. */
export const CLIENT_MISSES: u32 = 1 << 9;
/** * Remove callbacks of evictions and flushes run under the lock: the cache refuses calls. */
export const LOCKED_CALLBACKS: u32 = 1 << 10;
/** * A session that another of the same id replaces stays resumable. */
export const REPLACED_RESUMABLE: u32 = 1 << 11;
/** * The get callback may answer with a session of another id or version. */
export const ACCEPT_FOREIGN_ID: u32 = 1 << 12;
/** A session without an id stops eviction. */
export const NO_ID_STOPS_EVICTION: u32 = 1 << 13;
/** * A session whose time is ahead is resumed, and its absolute lifetime begins then. */
export const RESUME_AHEAD: u32 = 1 << 14;

export const PROFILE_OPENSSL_3_0: u32 = (1 << 15) - 1;

// What a lookup is told about the connection.
export const VERIFY_PEER: u32 = 1 << 0;
/** The hello's extended master secret is known… */
export const EXTMS_KNOWN: u32 = 1 << 1;
/** …and it was there. */
export const EXTMS_OFFERED: u32 = 1 << 2;
/** A get callback is set: ask it for sessions that are not in the cache. */
export const HAS_EXTERNAL: u32 = 1 << 3;

// Results of a lookup, and of its tests. A lookup that finds a session returns the entry's address
// instead. A result is the number of the counter that counts it, or a number without a counter.
export const HIT: u32 = HITS;
/** Not in the cache: ask the get callback. */
export const ASK: u32 = 11;
/** SSL_VERIFY_PEER without a session id context: fatal. */
export const NO_CONTEXT: u32 = 12;
/** Session with extended master secret, hello without: fatal. */
export const EXTMS_LOST: u32 = 13;
/** Not in the cache, no get callback; counted as a miss. */
export const NONE: u32 = MISS + ABSENT;
/** Found and expired; still cached. */
export const STALE: u32 = MISS + EXPIRED;
export const OTHER_CONTEXT: u32 = MISS + CONTEXT;
export const OTHER_VERSION: u32 = MISS + VERSION;
export const NOT_TO_BE_RESUMED: u32 = MISS + UNRESUMABLE;
/** Session without extended master secret, hello with: not resumed. */
export const EXTMS_GAINED: u32 = MISS + EXTMS;
/** Found, but its time is ahead by more than AHEAD_MAX. */
export const AHEAD: u32 = MISS + FUTURE;
/** Results are at most this; every entry address is greater, so one number carries either. */
export const LAST_RESULT: u32 = 1023;

export function has(bit: u32): bool {
  return (header().mode & bit) !== 0;
}

export function hasQuirk(bit: u32): bool {
  return (header().quirks & bit) !== 0;
}

/** Whether servers look sessions up at all. */
export function servesLookups(): bool {
  return has(SERVER) || hasQuirk(LOOK_UP_WHEN_OFF);
}

/**
 * The tests of ssl_get_prev_session on a session that was found, in its order.
 * `contextLength` is that of the connection, `time` that of the session.
 */
export function checkResumable(
  sameVersion: bool,
  sameContext: bool,
  contextLength: u32,
  expired: bool,
  time: i64,
  hasExtms: bool,
  connection: u32,
): u32 {
  if (!sameVersion) return OTHER_VERSION;
  if (!sameContext) return OTHER_CONTEXT;
  if (connection & VERIFY_PEER && contextLength === 0) return NO_CONTEXT;
  if (expired) return STALE;
  if (time > header().now + AHEAD_MAX && !hasQuirk(RESUME_AHEAD)) return AHEAD;
  if (connection & EXTMS_KNOWN) {
    const offered = (connection & EXTMS_OFFERED) !== 0;
    if (hasExtms && !offered) return EXTMS_LOST;
    if (!hasExtms && offered) return EXTMS_GAINED;
  }
  return HIT;
}
