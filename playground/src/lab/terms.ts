// OpenSSL's names for what a cache counts, in a few words each, for where they stand.

import type { MissCause, RemovalCause, SessionCacheStats } from 'sesscache';

/** Counters of SSL_CTX_sess_number(3) that a server moves: field, OpenSSL's name, meaning. */
export const COUNTERS = [
  ['number', 'number', 'sessions in the cache'],
  ['accept', 'accept', 'handshakes begun'],
  ['acceptGood', 'accept_good', 'handshakes finished'],
  ['hits', 'hits', 'resumed'],
  ['cbHits', 'cb_hits', 'found by the get callback'],
  ['misses', 'misses', 'not in the cache itself'],
  ['timeouts', 'timeouts', 'offered, but expired'],
  ['cacheFull', 'cache_full', 'left to make room'],
] as const satisfies readonly (readonly [keyof SessionCacheStats, string, string])[];

/** Why a lookup came to nothing, as the end of a sentence. */
export const MISS_TERMS: Record<MissCause, string> = {
  absent: 'it is not in the cache',
  expired: 'it has expired, and leaves',
  context: 'it was made under another session id context',
  version: 'it was made under another protocol version',
  notResumable: 'it is marked as not resumable',
  extendedMasterSecret: 'its extended master secret does not fit',
  foreignId: 'the get callback supplied another id',
  future: 'its time is ahead of the clock',
};

/** The same, short enough for a list. */
export const MISS_HINTS: Record<MissCause, string> = {
  absent: 'not there',
  expired: 'past its timeout',
  context: 'of another context',
  version: 'of another version',
  notResumable: 'marked so',
  extendedMasterSecret: 'does not fit',
  foreignId: 'of the get callback',
  future: 'its time is ahead',
};

/** Why a session left. */
export const REMOVAL_TERMS: Partial<Record<RemovalCause, string>> = {
  removed: 'by a call',
  evicted: 'to make room',
  expired: 'past its timeout',
  flushed: 'by flushSessions',
  replaced: 'by one of the same id',
  revoked: 'with its tag',
  aborted: 'the connection failed',
  refused: 'by the new callback',
  closed: 'with the cache',
};
