// The counters of an attached cache.

import type { MissCause } from '../index.ts';
import type { RejectionReason } from './handshake/checks.ts';

/**
 * Why the cache itself found nothing to resume. The other causes of `stats().missCauses` do not
 * occur with Node.
 */
export type CacheMissCause = Exclude<MissCause, 'extendedMasterSecret' | 'foreignId'>;

/**
 * Why a lookup found nothing that may be served. `policy`: the server's settings changed while it
 * waited; `revoked`: a tag of the session was revoked during the handshake.
 */
export type NodeMissCause =
  CacheMissCause | 'late' | 'policy' | 'revoked' | 'error' | RejectionReason;

/**
 * Why nothing was looked up. `policy`: the server's settings changed during the handshake;
 * `listeners`: the server has another `resumeSession` listener, which answers instead.
 */
export type SkipCause =
  'cacheOff' | 'tickets' | 'tls13' | 'noPsk' | 'unread' | 'idLength' | 'policy' | 'listeners';

/**
 * Why a new session was not kept. `policy` and `revoked` as for lookups; `names`: two hellos of one
 * handshake asked for two server names; `listeners`: the connection resumed what another
 * `resumeSession` listener gave; `renegotiated`: TLS 1.2 negotiated anew on a connection.
 */
export type RefusalCause =
  | 'cacheOff'
  | 'tickets'
  | 'tls13'
  | 'unread'
  | 'policy'
  | 'names'
  | 'listeners'
  | 'renegotiated'
  | 'revoked'
  | 'error'
  | RejectionReason;

/** Counters of one attached server, and microseconds spent. */
export interface AttachStats {
  handshakes: { full: number; resumed: number; failed: number };
  /** New sessions that were stored. */
  stored: number;
  /** New sessions that were not stored. */
  notStored: Record<RefusalCause, number>;
  hits: number;
  misses: Record<NodeMissCause, number>;
  /** Connections without a lookup, since none could hit. */
  skipped: Record<SkipCause, number>;
  /** Sessions dropped because a connection failed. */
  dropped: number;
  /** Errors and rejections of the cache and its callbacks. */
  errors: number;
  /**
   * Connections that have no cache: TLS sockets made in the server's name with other settings than
   * its own (`new TLSSocket(socket, { isServer: true, server })`), and those of a server that a
   * framework has listening beside it.
   */
  passedBy: number;
  /** ClientHellos read before Node: whole, left to Node, not come in time, connection lost. */
  hellos: { read: number; left: number; timeouts: number; lost: number };
  /** Connections whose hello is being waited for; lookups that a store has not answered. */
  pending: { hellos: number; lookups: number };
  /** Microseconds of this thread: reading hellos, looking up, storing. Waiting does not count. */
  time: { hellos: number; lookups: number; stores: number };
  /** Number of the thread (`threadId` of node:worker_threads), if threads share the cache. */
  thread?: number;
}

export function newStats(): AttachStats {
  const rejections = {
    unreadable: 0,
    id: 0,
    version: 0,
    context: 0,
    future: 0,
    expired: 0,
    noCertificate: 0,
    unverified: 0,
  };
  return {
    handshakes: { full: 0, resumed: 0, failed: 0 },
    stored: 0,
    notStored: {
      cacheOff: 0,
      tickets: 0,
      tls13: 0,
      unread: 0,
      policy: 0,
      names: 0,
      listeners: 0,
      renegotiated: 0,
      revoked: 0,
      error: 0,
      ...rejections,
    },
    hits: 0,
    misses: { absent: 0, notResumable: 0, late: 0, policy: 0, revoked: 0, error: 0, ...rejections },
    skipped: {
      cacheOff: 0,
      tickets: 0,
      tls13: 0,
      noPsk: 0,
      unread: 0,
      idLength: 0,
      policy: 0,
      listeners: 0,
    },
    dropped: 0,
    errors: 0,
    passedBy: 0,
    hellos: { read: 0, left: 0, timeouts: 0, lost: 0 },
    pending: { hellos: 0, lookups: 0 },
    time: { hellos: 0, lookups: 0, stores: 0 },
  };
}
