// The server's lookup: the internal half of OpenSSL's lookup_sess_in_cache, and the tests of
// ssl_get_prev_session.

import { ABSENT, count, countAge, HITS, MISS, MISSES, TIMEOUTS } from './counters';
import { AHEAD_MAX, authTimeOf, isExpired, maxLifetimeOf, timeOf, timeoutOf } from './expiry';
import { hashName, hashWords } from './hash';
import { hasContext } from './shared-records';
import {
  args,
  ID_AT,
  entry,
  EXTENDED_MASTER_SECRET,
  header,
  NAME_MAX,
  NOT_RESUMABLE,
  scopeOf,
  versionOf,
  WIDE,
} from './layout';
import {
  ASK,
  hasQuirk,
  EXTMS_KNOWN,
  has,
  HAS_EXTERNAL,
  HIT,
  checkResumable,
  NO_INTERNAL_LOOKUP,
  NONE,
  NOT_TO_BE_RESUMED,
  RESUME_UNRESUMABLE,
  RETIME_ON_ADD_ONLY,
  SERVER,
  servesLookups,
  STALE,
  UPDATE_TIME,
  VERIFY_PEER,
} from './mode';
import { retime } from './update';
import { decode } from './decode';
import { endsAt, find, findWhole, firstChunk, slotsOf } from './index-table';

/** The entry of the staged id under `version`, or 0. */
export function findEntry(version: u32, idLength: u32): u32 {
  return find(hashName(ID_AT, idLength, version), ID_AT, idLength, version);
}

/**
 * Looks up the id of these eight words, zero-padded, for a connection with the staged context at
 * the staged time. Returns the address of the entry to resume, whose bytes are at DATA_AT and whose
 * id is at ID_AT; or another result, at most LAST_RESULT (mode.ts). On STALE, args.entry is the
 * expired entry, which is still cached.
 */
export function lookup(
  w0: u32,
  w1: u32,
  w2: u32,
  w3: u32,
  w4: u32,
  w5: u32,
  w6: u32,
  w7: u32,
  version: u32,
  idLength: u32,
  connection: u32,
): u32 {
  const h = header();
  const isPlain =
    idLength === NAME_MAX && (h.mode & (SERVER | NO_INTERNAL_LOOKUP | UPDATE_TIME)) === SERVER;
  let hash: u64 = 0;
  let chunk: u32 = 0;
  let slots: u32 = 0;
  if (isPlain) {
    hash = hashWords(w0, w1, w2, w3, w4, w5, w6, w7, version);
    chunk = firstChunk(hash);
    slots = slotsOf(chunk, hash);
    if (slots === 0 && endsAt(chunk)) return missed(connection);
  }
  store<u64>(ID_AT, pair(w0, w1));
  store<u64>(ID_AT, pair(w2, w3), 8);
  store<u64>(ID_AT, pair(w4, w5), 16);
  store<u64>(ID_AT, pair(w6, w7), 24);
  if (!isPlain) return lookupStaged(version, idLength, connection);
  const at = findWhole(hash, chunk, slots, version);
  if (at === 0) return missed(connection);
  // Nearly every session passes these tests. `found` tests the others completely.
  const e = entry(at);
  const now = h.now;
  const age = now - <i64>e.authTime;
  if (
    e.scope !== h.checkedScope ||
    e.meta & (NOT_RESUMABLE | WIDE) ||
    (connection & (EXTMS_KNOWN | VERIFY_PEER)) !== h.checkedFlags ||
    <u64>age > h.checkedLifetime ||
    <u64>(now - <i64>e.time + AHEAD_MAX) > <u64>(<i64>e.timeout + AHEAD_MAX)
  ) {
    return found(at, version, connection);
  }
  count(HITS);
  countAge(age);
  decode(at);
  return at;
}

/** `lookup` for a staged id of any length, in any mode. */
function lookupStaged(version: u32, idLength: u32, connection: u32): u32 {
  if (idLength === 0 || !servesLookups()) return NONE;
  if (has(NO_INTERNAL_LOOKUP)) return absent(connection);
  const at = findEntry(version, idLength);
  return at ? found(at, version, connection) : missed(connection);
}

function missed(connection: u32): u32 {
  count(MISSES);
  return absent(connection);
}

function absent(connection: u32): u32 {
  if (connection & HAS_EXTERNAL) return ASK;
  count(MISS + ABSENT);
  return NONE;
}

/** Tests a found session. If it passes, `lookup` can skip most tests of similar ones. */
function found(at: u32, version: u32, connection: u32): u32 {
  const result = checkEntry(at, version, connection);
  if (result !== HIT) return result;
  const h = header();
  const to = args().entry;
  const lifetime = maxLifetimeOf(version);
  h.checkedScope = connection & EXTMS_KNOWN ? 0 : entry(to).scope;
  h.checkedFlags = connection & VERIFY_PEER;
  h.checkedLifetime = lifetime < 0 ? u64.MAX_VALUE : <u64>lifetime;
  decode(to);
  return to;
}

/** Tests a cached session and counts the result. */
export function checkEntry(at: u32, version: u32, connection: u32): u32 {
  const a = args();
  a.entry = at;
  const meta = entry(at).meta;
  if (meta & NOT_RESUMABLE && !hasQuirk(RESUME_UNRESUMABLE))
    return countResult(NOT_TO_BE_RESUMED, 0);
  a.version = versionOf(at);
  a.time = timeOf(at);
  a.timeout = timeoutOf(at);
  a.authTime = authTimeOf(at);
  const result = checkForeign(
    a.version === version,
    hasContext(scopeOf(at)),
    (meta & EXTENDED_MASTER_SECRET) !== 0,
    connection,
  );
  if (result === HIT && has(UPDATE_TIME) && !hasQuirk(RETIME_ON_ADD_ONLY)) {
    const to = retime(at, header().now, a.timeout);
    if (to) a.entry = to;
  }
  return result;
}

/** Tests a session that is not cached: its times and version are staged. Counts the result. */
export function checkForeign(
  sameVersion: bool,
  sameContext: bool,
  hasExtms: bool,
  connection: u32,
): u32 {
  const a = args();
  const now = header().now;
  return countResult(
    checkResumable(
      sameVersion,
      sameContext,
      a.contextLength,
      isExpired(a.version, a.time, a.timeout, a.authTime, now),
      a.time,
      hasExtms,
      connection,
    ),
    now - a.authTime,
  );
}

/** Counts the result of a lookup, and returns it. */
function countResult(result: u32, age: i64): u32 {
  if (result === HIT) countAge(age);
  if (result === HIT || result >= MISS) count(result);
  if (result === STALE) count(TIMEOUTS);
  return result;
}

function pair(low: u32, high: u32): u64 {
  return (<u64>low) | ((<u64>high) << 32);
}
