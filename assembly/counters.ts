// Counters: OpenSSL's, then ours. A u64 each, at COUNTERS_AT. Numbers 11 to 15, 33 to 39 and 72 on
// are free; mode.ts has results of the same numbers as the first eleven counters, and 11 to 13 for
// results without a counter. The enums give their names in `stats()`: scripts/abi.js writes these
// as lists for the bindings, which derive types, statistics and metrics by cause from them.

import { COUNTERS_AT } from './layout';

export const CONNECT: u32 = 0;
export const CONNECT_GOOD: u32 = 1;
export const CONNECT_RENEGOTIATE: u32 = 2;
export const ACCEPT: u32 = 3;
export const ACCEPT_GOOD: u32 = 4;
export const ACCEPT_RENEGOTIATE: u32 = 5;
export const HITS: u32 = 6;
export const CB_HITS: u32 = 7;
export const MISSES: u32 = 8;
export const TIMEOUTS: u32 = 9;
export const CACHE_FULL: u32 = 10;

export enum Counter {
  connect = CONNECT,
  connectGood = CONNECT_GOOD,
  connectRenegotiate = CONNECT_RENEGOTIATE,
  accept = ACCEPT,
  acceptGood = ACCEPT_GOOD,
  acceptRenegotiate = ACCEPT_RENEGOTIATE,
  hits = HITS,
  cbHits = CB_HITS,
  misses = MISSES,
  timeouts = TIMEOUTS,
  cacheFull = CACHE_FULL,
}

/** Why a lookup ended without a session. */
export const MISS: u32 = 16;
export const ABSENT: u32 = 0;
export const EXPIRED: u32 = 1;
export const CONTEXT: u32 = 2;
export const VERSION: u32 = 3;
export const UNRESUMABLE: u32 = 4;
export const EXTMS: u32 = 5;
export const FOREIGN_ID: u32 = 6;
export const FUTURE: u32 = 7;

export enum MissCause {
  absent = ABSENT,
  expired = EXPIRED,
  context = CONTEXT,
  version = VERSION,
  notResumable = UNRESUMABLE,
  extendedMasterSecret = EXTMS,
  foreignId = FOREIGN_ID,
  future = FUTURE,
}

/** Why a session left the cache. */
export const LEFT: u32 = 24;
export const LEFT_REMOVED: u32 = 0;
export const LEFT_EVICTED: u32 = 1;
export const LEFT_EXPIRED: u32 = 2;
export const LEFT_FLUSHED: u32 = 3;
export const LEFT_REPLACED: u32 = 4;
export const LEFT_REVOKED: u32 = 5;
export const LEFT_ABORTED: u32 = 6;
export const LEFT_REFUSED: u32 = 7;
export const LEFT_CLOSED: u32 = 8;

export enum RemovalCause {
  removed = LEFT_REMOVED,
  evicted = LEFT_EVICTED,
  expired = LEFT_EXPIRED,
  flushed = LEFT_FLUSHED,
  replaced = LEFT_REPLACED,
  revoked = LEFT_REVOKED,
  aborted = LEFT_ABORTED,
  refused = LEFT_REFUSED,
  closed = LEFT_CLOSED,
}

/** Ages at resumption: bucket 0 is below a second, bucket i from 2^(i-1) to below 2^i seconds. */
export const AGE: u32 = 40;
export const AGES: u32 = 32;

export function count(counter: u32): void {
  countMany(counter, 1);
}

export function countMany(counter: u32, number: u32): void {
  const at = COUNTERS_AT + ((<usize>counter) << 3);
  store<u64>(at, load<u64>(at) + number);
}

/** Counts a resumption of a session of `age` seconds; a negative age counts as 0. */
export function countAge(age: i64): void {
  count(AGE + bucketOf(age));
}

/** The bucket of an age. */
export function bucketOf(age: i64): u32 {
  return age <= 0 ? 0 : min<u32>(64 - <u32>clz(age), AGES - 1);
}
