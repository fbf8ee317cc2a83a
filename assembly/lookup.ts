// The server's lookup: the internal half of OpenSSL's lookup_sess_in_cache, and the tests of
// ssl_get_prev_session.

import {
  ABSENT,
  CONTEXT,
  count,
  countAge,
  EXPIRED,
  EXTMS,
  HITS,
  LEFT_EXPIRED,
  MISS,
  MISSES,
  TIMEOUTS,
  UNRESUMABLE,
  VERSION,
} from './counters';
import { bornOf, isExpired, maxLifetimeOf, timeoutOf } from './expiry';
import { hashName } from './hash';
import { isContext } from './labels';
import {
  args,
  ID_AT,
  entry,
  EXTENDED_MASTER_SECRET,
  header,
  NAME_MAX,
  nameLength,
  NOT_RESUMABLE,
  scope,
  scopeOf,
  versionOf,
  WIDE,
} from './layout';
import { isExpiredAt, remove } from './leave';
import {
  ASK,
  departs,
  EXTMS_GAINED,
  EXTMS_KNOWN,
  has,
  HAS_EXTERNAL,
  HIT,
  judge,
  NO_INTERNAL_LOOKUP,
  NONE,
  NOT_TO_BE_RESUMED,
  NOTIFY,
  OTHER_CONTEXT,
  OTHER_VERSION,
  RESUME_UNRESUMABLE,
  RETIME_ON_ADD_ONLY,
  servesLookups,
  STALE,
  UPDATE_TIME,
  VERIFY_PEER,
} from './mode';
import { retime } from './renew';
import { show } from './show';
import { find, findWhole } from './table';

/** The entry of the staged id under `version`, or 0. */
export function findEntry(version: u32, idLength: u32): u32 {
  return find(hashName(ID_AT, idLength, version), ID_AT, idLength, version);
}

/**
 * Looks an id up, zero-padded in four words, for a connection with the staged context. On HIT
 * args.entry is the entry, and its bytes are at DATA_AT; on STALE with NOTIFY it is the expired one,
 * still cached. The id is at ID_AT afterwards.
 */
export function lookup(
  n0: u64,
  n1: u64,
  n2: u64,
  n3: u64,
  version: u32,
  idLength: u32,
  contextLength: u32,
  connection: u32,
  now: i64,
): u32 {
  if (idLength === 0 || !servesLookups()) return NONE;
  store<u64>(ID_AT, n0);
  store<u64>(ID_AT, n1, 8);
  store<u64>(ID_AT, n2, 16);
  store<u64>(ID_AT, n3, 24);
  let at: u32 = 0;
  if (!has(NO_INTERNAL_LOOKUP)) {
    const hash = hashName(ID_AT, idLength, version);
    if (idLength === NAME_MAX) at = findWhole(hash, ID_AT, n0, n1, n2, n3, version);
    else at = find(hash, ID_AT, idLength, version);
    if (at === 0) count(MISSES);
  }
  if (at === 0) {
    if (connection & HAS_EXTERNAL) return ASK;
    count(MISS + ABSENT);
    return NONE;
  }
  let result = HIT;
  if (passes(at, contextLength, connection, now)) {
    args().entry = at;
    verdict(HIT, now - <i64>entry(at).born);
  } else {
    result = judgeEntry(at, version, contextLength, connection, now);
  }
  if (result === HIT) show(args().entry);
  return result;
}

/**
 * Whether a session that was found passes every test of `judgeEntry` at first sight, and nothing
 * changes by that: the common case. If not, `judgeEntry` decides.
 */
function passes(at: u32, contextLength: u32, connection: u32, now: i64): bool {
  const e = entry(at);
  const h = header();
  if (e.meta & (NOT_RESUMABLE | WIDE) || h.mode & UPDATE_TIME) return false;
  if (connection & EXTMS_KNOWN) return false;
  const context = scopeOf(at);
  if (nameLength(context) !== contextLength) return false;
  if (contextLength === 0 ? connection & VERIFY_PEER : !isContext(context, contextLength)) {
    return false;
  }
  const lifetime = maxLifetimeOf(versionOf(at));
  if (lifetime >= 0 && now - <i64>e.born > lifetime) return false;
  return now <= <i64>e.time + <i64>e.timeout;
}

/** The tests on a cached session, counted. */
export function judgeEntry(
  at: u32,
  version: u32,
  contextLength: u32,
  connection: u32,
  now: i64,
): u32 {
  args().entry = at;
  const meta = entry(at).meta;
  if (meta & NOT_RESUMABLE && !departs(RESUME_UNRESUMABLE)) return verdict(NOT_TO_BE_RESUMED, 0);
  const result = verdict(
    judge(
      versionOf(at) === version,
      hasContext(scopeOf(at), contextLength),
      contextLength,
      isExpiredAt(at, now),
      (meta & EXTENDED_MASTER_SECRET) !== 0,
      connection,
    ),
    now - bornOf(at),
  );
  if (result === STALE && !(connection & NOTIFY)) remove(at, LEFT_EXPIRED);
  if (result === HIT && has(UPDATE_TIME) && !departs(RETIME_ON_ADD_ONLY)) {
    const to = retime(at, now, timeoutOf(at));
    if (to) args().entry = to;
  }
  return result;
}

/** The tests on a session that is not cached, whose times are staged; counted. */
export function judgeForeign(
  sameVersion: bool,
  sameContext: bool,
  contextLength: u32,
  hasExtms: bool,
  connection: u32,
  now: i64,
): u32 {
  const a = args();
  return verdict(
    judge(
      sameVersion,
      sameContext,
      contextLength,
      isExpired(a.version, a.time, a.timeout, a.born, now),
      hasExtms,
      connection,
    ),
    now - a.born,
  );
}

/** Counts what a lookup ended with. */
function verdict(result: u32, age: i64): u32 {
  if (result === HIT) {
    count(HITS);
    countAge(age);
  } else if (result === OTHER_VERSION) {
    count(MISS + VERSION);
  } else if (result === OTHER_CONTEXT) {
    count(MISS + CONTEXT);
  } else if (result === STALE) {
    count(TIMEOUTS);
    count(MISS + EXPIRED);
  } else if (result === EXTMS_GAINED) {
    count(MISS + EXTMS);
  } else if (result === NOT_TO_BE_RESUMED) {
    count(MISS + UNRESUMABLE);
  }
  return result;
}

/** Whether the context of a scope is the staged one. */
function hasContext(at: u32, length: u32): bool {
  assert(scope(at).references > 0, 'entry names a dead scope');
  return nameLength(at) === length && isContext(at, length);
}
