// The counters of an attached cache.

import type { MissCause } from '../index.ts';
import type { RejectionReason } from './handshake/checks.ts';

/**
 * Why the cache itself found no session to resume. The other causes of `stats().missCauses` do not
 * occur with Node.
 */
export type CacheMissCause = Exclude<MissCause, 'extendedMasterSecret' | 'foreignId'>;

/**
 * Why a lookup found no session to resume. `policy`: the server's settings changed during the
 * lookup; `revoked`: a tag of the session was revoked during the handshake.
 */
export type NodeMissCause =
  CacheMissCause | 'late' | 'policy' | 'revoked' | 'error' | RejectionReason;

/**
 * Why no lookup was made. `policy`: the server's settings changed during the handshake;
 * `listeners`: the server has another `resumeSession` listener, which answers instead.
 */
export type SkipCause =
  'cacheOff' | 'tickets' | 'tls13' | 'noPsk' | 'unread' | 'idLength' | 'policy' | 'listeners';

/**
 * Why a new session was not stored. `policy` and `revoked` as for lookups; `names`: two hellos of
 * one handshake asked for two server names; `listeners`: the connection resumed a session from
 * another `resumeSession` listener; `renegotiated`: it comes from a renegotiation of TLS 1.2.
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
  /** Connections without a lookup, because none could succeed. */
  skipped: Record<SkipCause, number>;
  /** Sessions dropped because a connection failed. */
  dropped: number;
  /** Errors and rejections of the cache and its callbacks. */
  errors: number;
  /**
   * Connections that bypass the cache: TLS sockets that a program made for the server with other
   * settings (`new TLSSocket(socket, { isServer: true, server })`), and those of a second server
   * that a framework has created beside it.
   */
  passedBy: number;
  /**
   * ClientHellos read before Node: complete, passed to Node unread, not complete in time,
   * connection lost.
   */
  hellos: { read: number; left: number; timeouts: number; lost: number };
  /**
   * Connections whose ClientHello is not complete yet; lookups that a store has not answered yet.
   */
  pending: { hellos: number; lookups: number };
  /** Microseconds of this thread for reading hellos, lookups and stores, without waits. */
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
