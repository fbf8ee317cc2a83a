import type { Refusal } from './lifetime.ts';

/**
 * Why a session that a connection made was not stored: its server's certificate is about to end, it
 * is expired, its ticket has no lifetime, there is no room for it or it is beyond 16,384 bytes, its
 * connection was not authorized by name, or it is not a session that we know.
 */
export type RefusalCause = Refusal | 'certificate' | 'expired' | 'room' | 'size' | 'unauthorized';

/** What happened since the cache was made. */
export interface ClientSessionStats {
  /** Sessions in the underlying cache, as of now. */
  sessions: number;
  /** Sessions handed out to be offered. */
  taken: number;
  /** Times that there was none to hand out. */
  misses: number;
  /** Sessions stored. */
  stored: number;
  /** Sessions not stored, by cause. */
  refused: Record<RefusalCause, number>;
  /** Connections that resumed what they offered. */
  resumed: number;
  /** Connections that offered a session in vain. */
  declined: number;
  /** Sessions dropped because one from the same connection was declined. */
  siblingsDropped: number;
  /** Tickets put back because their connection never got as far as sending them. */
  putBack: number;
  /**
   * Times that a peer failed, or did not answer, when it was offered a session. For 10 minutes, and
   * longer each time it fails again, it is offered none.
   */
  shy: number;
  /** Connections left alone because their policy cannot be expressed as a key. */
  unkeyed: number;
  /** The options that kept them from it; the first sixteen. */
  unkeyedBy: string[];
  /**
   * Connections left alone because `checkServerIdentity`, `lookup` or `secureContext` was made anew
   * for each of them: functions are compared by identity. There is a warning at the first.
   */
  closures: number;
  /** Failures of the cache itself; the connections went on without it. */
  errors: number;
}

export function newStats(): ClientSessionStats {
  return {
    sessions: 0,
    taken: 0,
    misses: 0,
    stored: 0,
    refused: {
      certificate: 0,
      expired: 0,
      lifetime: 0,
      room: 0,
      size: 0,
      unauthorized: 0,
      unreadable: 0,
      version: 0,
    },
    resumed: 0,
    declined: 0,
    siblingsDropped: 0,
    putBack: 0,
    shy: 0,
    unkeyed: 0,
    unkeyedBy: [],
    closures: 0,
    errors: 0,
  };
}
