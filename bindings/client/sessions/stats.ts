import type { Refusal } from './lifetime.ts';

/**
 * Why the session of a connection was not stored: its server's certificate is about to expire, it
 * is expired, its ticket has no lifetime, there is no room for it or it is longer than 16,384
 * bytes, its connection was not authorized by name, or its format is unknown.
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
  /** Connections whose offered session did not resume. */
  declined: number;
  /** Sessions dropped because one from the same connection was declined. */
  siblingsDropped: number;
  /** Tickets put back because their connection never sent them. */
  putBack: number;
  /**
   * Times that a peer failed, or did not answer, when it was offered a session. For 10 minutes, and
   * longer each time it fails again, it is offered none.
   */
  shy: number;
  /** Connections without a session because their policy cannot be expressed as a key. */
  unkeyed: number;
  /** The options that prevented a key; the first sixteen. */
  unkeyedBy: string[];
  /**
   * Connections without a session because `checkServerIdentity`, `lookup` or `secureContext` was
   * made anew for each of them: functions are compared by identity. The first causes a warning.
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
