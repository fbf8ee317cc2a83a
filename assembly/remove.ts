// Removes sessions, in two steps, so that the bindings can copy a session for a callback in
// between: `detach` takes it out of index and order, `release` wipes and frees it. No user code
// runs between the two.

import { free } from './arena';
import { clear, isDense } from './clear';
import { CACHE_FULL, count, LEFT, LEFT_EVICTED, LEFT_EXPIRED, LEFT_REVOKED } from './counters';
import { authTimeOf, isExpired, sortable, timeOf, timeoutOf } from './expiry';
import { findGroup, leaveGroups } from './shared-records';
import { args, group, header, ID_AT, membership, nameLength, versionOf } from './layout';
import { hasQuirk, NO_ID_STOPS_EVICTION } from './mode';
import { allBefore, firstEntry, sortOut } from './expiry-tree';
import { wipeDecoded } from './decode';
import { countedBytes } from './size';
import { erase, hashOf } from './index-table';
import { dropTemplateOrScope } from './template';

/** Takes an entry out of the cache; its bytes stay until `release`. */
export function detach(at: u32, cause: u32): void {
  const h = header();
  assert(h.unsorted !== at, 'a newcomer leaves before it is in the order');
  sortOut(at);
  erase(hashOf(at), at);
  h.count--;
  h.bytes -= countedBytes(at);
  count(LEFT + cause);
}

/** Wipes and frees a detached entry. */
export function release(at: u32): void {
  if (header().decoded === at) wipeDecoded();
  leaveGroups(at);
  dropTemplateOrScope(at);
  free(at);
}

export function remove(at: u32, cause: u32): void {
  detach(at, cause);
  release(at);
}

/** Detaches a session to make room. */
export function evict(at: u32): void {
  detach(at, LEFT_EVICTED);
  count(CACHE_FULL);
}

/**
 * Detaches and returns the next session to evict from a cache over its capacity; 0: none. `anew` is
 * false in the later rounds of one add: if a callback has set a capacity of 0 in the meantime, the
 * cache is emptied, as in the loop of OpenSSL's SSL_CTX_add_session.
 */
export function evictExcess(anew: bool): u32 {
  const h = header();
  if (<u64>h.count < h.capacity || (anew && h.capacity === 0)) return 0;
  const at = firstEntry();
  if (at === 0) return 0;
  if (nameLength(at) === 0 && hasQuirk(NO_ID_STOPS_EVICTION)) return 0;
  evict(at);
  return at;
}

export function isExpiredAt(at: u32, now: i64): bool {
  return isExpired(versionOf(at), timeOf(at), timeoutOf(at), authTimeOf(at), now);
}

/**
 * Removes at most `budget` sessions, those that expire first before others, and returns their
 * number: sessions that are expired at the staged time or, for a `cause` other than LEFT_EXPIRED,
 * all. With a `budget` of 0 it detaches one session and returns it, or 0.
 */
export function flush(cause: u32, budget: u32): u32 {
  if (budget >= header().count && isDense() && allLeave(cause)) return clear(cause);
  let removed: u32 = 0;
  while (true) {
    const at = firstEntry();
    if (at === 0 || (cause === LEFT_EXPIRED && !isExpiredAt(at, args().time))) break;
    detach(at, cause);
    if (budget === 0) return at;
    release(at);
    if (++removed === budget) break;
  }
  return removed;
}

/** Whether a flush would remove all sessions. */
function allLeave(cause: u32): bool {
  return cause !== LEFT_EXPIRED || allBefore(sortable(args().time));
}

/**
 * Removes at most `budget` sessions of the group of the staged name, newest first, whose authTime
 * is args().authTime or earlier, and returns their number. With a `budget` of 0 it detaches one
 * session and returns it, or 0.
 */
export function revoke(length: u32, budget: u32): u32 {
  const at = findGroup(ID_AT, length);
  if (at === 0) return 0;
  const last = args().authTime;
  let removed: u32 = 0;
  let m = group(at).head;
  while (m !== 0) {
    const found = membership(m).entry;
    m = membership(m).next; // before the membership goes with its session
    if (authTimeOf(found) > last) continue;
    detach(found, LEFT_REVOKED);
    if (budget === 0) return found;
    release(found);
    if (++removed === budget) break;
  }
  return removed;
}
