// What an attached store counts.

import type { BreakerState } from './breaker.ts';

/** Why a value is not opened. */
export type SealFlaw = 'unreadable' | 'unknownKey' | 'forged';

/**
 * Why the store gave no session. `absent`: it has none. `knownAbsent`: it had none a moment ago.
 * `removed`: it was removed, and is not believed to be back. `revoked`: a tag of it is. `late`: no
 * answer before the deadline. `breaker`: the store is not asked at present. `failed`: it threw or
 * rejected. `unreadable`, `unknownKey`, `forged`, `malformed`: an answer that cannot be trusted.
 * `detached`: the store was taken away meanwhile.
 */
export type ExternalMissCause =
  | 'absent'
  | 'knownAbsent'
  | 'removed'
  | 'revoked'
  | 'late'
  | 'breaker'
  | 'failed'
  | SealFlaw
  | 'malformed'
  | 'detached';

/**
 * Why something never reached the store, for all we know. `full`: the queue is. `late`, `failed`: the
 * store's doing. `expired`: it waited too long. `singleUse`: the store has no `take`, and the session
 * may be used once only. `detached`: it still waited then.
 */
export type DropCause = 'full' | 'late' | 'failed' | 'expired' | 'singleUse' | 'detached';

/** Counters of one attached store. */
export interface ExternalStats {
  /** Lookups that came here; those of one id at one time count once. */
  lookups: number;
  /** Sessions that the store gave. */
  hits: number;
  misses: Record<ExternalMissCause, number>;
  /** Single uses that the store granted too late: the session is used up. */
  lost: number;
  /** Writes that the store confirmed. `marks`: of revoked tags. */
  written: { sessions: number; deletions: number; marks: number };
  /** Sessions that were not written. */
  dropped: Record<DropCause, number>;
  /** Deletions and marks that were not written, though tried again. */
  droppedRemovals: Record<DropCause, number>;
  /** Between the processes. `refused`: what came was not one of ours. */
  messages: { sent: number; failed: number; received: number; refused: number };
  /** Writes that wait, their bytes, and writes that the store has not answered. */
  queue: { entries: number; bytes: number; running: number };
  /** Of lookups. */
  breaker: { state: BreakerState; opened: number };
  /** Of writes: a store may be full, or a replica that only reads. */
  writeBreaker: { state: BreakerState; opened: number };
  /** Lookups that the store has not answered. */
  pending: number;
  /** What the store, or its channel, threw or rejected with. */
  errors: number;
}

const DROPS = { full: 0, late: 0, failed: 0, expired: 0, singleUse: 0, detached: 0 };

export function newStats(): ExternalStats {
  return {
    lookups: 0,
    hits: 0,
    misses: {
      absent: 0,
      knownAbsent: 0,
      removed: 0,
      revoked: 0,
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
