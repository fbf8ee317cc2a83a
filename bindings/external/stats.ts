// The counters of an attached store.

import type { BreakerState } from './breaker.ts';

/** Why a value is not opened. */
export type SealFlaw = 'unreadable' | 'unknownKey' | 'forged';

/**
 * Why the store gave no session. `absent`: it has none. `knownAbsent`: it had none a moment ago.
 * `removed`: the session was removed or used, as this process or the store knows. `revoked`: one of
 * its tags was. `future`: its time is more than a minute ahead of the cache's clock. `late`: no
 * answer before the deadline. `breaker`: the breaker is open, and the store was not called.
 * `failed`: it threw or rejected. `unreadable`, `unknownKey`, `forged`, `malformed`: an answer that
 * cannot be trusted. `detached`: the store was detached during the lookup.
 */
export type ExternalMissCause =
  | 'absent'
  | 'knownAbsent'
  | 'removed'
  | 'revoked'
  | 'future'
  | 'late'
  | 'breaker'
  | 'failed'
  | SealFlaw
  | 'malformed'
  | 'detached';

/**
 * Why a write did not reach the store, or may not have. `full`: the queue was full. `late`,
 * `failed`: the store gave no answer in time, or an error. `expired`: the session expired before it
 * was written. `removed`: the session was removed, or a tag of it revoked, while it waited.
 * `exists`: its name already had a value, usually the tombstone of a removal. `singleUse`: the
 * session may be used once only, and the store has no `take`. `detached`: it was still waiting when
 * the store was detached.
 */
export type DropCause =
  'full' | 'late' | 'failed' | 'expired' | 'removed' | 'exists' | 'singleUse' | 'detached';

/** Counters of one attached store. */
export interface ExternalStats {
  /** Lookups in the store; concurrent lookups of one id count once. */
  lookups: number;
  /** Sessions found in the store. */
  hits: number;
  misses: Record<ExternalMissCause, number>;
  /** Single uses that the store granted after the deadline: the session is used up. */
  lost: number;
  /** Writes that the store confirmed. `marks`: of revoked tags. */
  written: { sessions: number; deletions: number; marks: number };
  /** Sessions that were not written. */
  dropped: Record<DropCause, number>;
  /** Deletions and marks that were not written, in spite of retries. */
  droppedRemovals: Record<DropCause, number>;
  /** Messages between the processes. `refused`: not sealed under these keys for this namespace. */
  messages: { sent: number; failed: number; received: number; refused: number };
  /** Waiting writes, their bytes, and writes that the store has not answered yet. */
  queue: { entries: number; bytes: number; running: number };
  /** Of lookups. */
  breaker: { state: BreakerState; opened: number };
  /** Of writes: a store may be full, or a replica that only reads. */
  writeBreaker: { state: BreakerState; opened: number };
  /** Lookups that the store has not answered yet. */
  pending: number;
  /** Errors that the store or its channel threw or rejected with. */
  errors: number;
}

/** A snapshot of the counters. */
export function copyStats(stats: ExternalStats): ExternalStats {
  const { misses, written, dropped, droppedRemovals, messages } = stats;
  return {
    ...stats,
    misses: { ...misses },
    written: { ...written },
    dropped: { ...dropped },
    droppedRemovals: { ...droppedRemovals },
    messages: { ...messages },
  };
}

const DROPS = {
  full: 0,
  late: 0,
  failed: 0,
  expired: 0,
  removed: 0,
  exists: 0,
  singleUse: 0,
  detached: 0,
};

export function newStats(): ExternalStats {
  return {
    lookups: 0,
    hits: 0,
    misses: {
      absent: 0,
      knownAbsent: 0,
      removed: 0,
      revoked: 0,
      future: 0,
      late: 0,
      breaker: 0,
      failed: 0,
      unreadable: 0,
      unknownKey: 0,
      forged: 0,
      malformed: 0,
      detached: 0,
    },
    lost: 0,
    written: { sessions: 0, deletions: 0, marks: 0 },
    dropped: { ...DROPS },
    droppedRemovals: { ...DROPS },
    messages: { sent: 0, failed: 0, received: 0, refused: 0 },
    queue: { entries: 0, bytes: 0, running: 0 },
    breaker: { state: 'closed', opened: 0 },
    writeBreaker: { state: 'closed', opened: 0 },
    pending: 0,
    errors: 0,
  };
}
