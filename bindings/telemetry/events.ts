// The messages of the channels of `node:diagnostics_channel`. They contain no secrets: no session
// ids, no sessions, no keys.

import type { Server, TLSSocket } from 'node:tls';
import type { Role, SessionCache } from '../index.ts';
import type { RefusalCause as ClientRefusalCause } from '../client/sessions/stats.ts';
import type { BreakerState } from '../external/breaker.ts';
import type { DropCause, ExternalMissCause } from '../external/stats.ts';
import type { NodeMissCause, RefusalCause, SkipCause } from '../node/stats.ts';

/**
 * Why a handshake did not resume a session.
 *
 * On servers, a cause of `stats().misses` or `stats().skipped`, or one of these. `notOffered`: the
 * client offered no session that the cache could know. `declined`: the session was found, and
 * OpenSSL did not accept it (another cipher suite, no extended master secret). `spent`: a TLS 1.3
 * session that had resumed before. `version`: the session has another version than the handshake.
 *
 * On clients: `absent`: there was no session for the server and the policy. `unkeyed`: the options
 * of the connection cannot be compared with those of another. `identity`: `checkServerIdentity` had
 * no certificate to check. `shy`: handshakes with this server failed when a session was offered.
 * `declined`: the server did not accept the offered session.
 */
export type FullHandshakeReason =
  NodeMissCause | SkipCause | 'notOffered' | 'declined' | 'spent' | 'unkeyed' | 'identity' | 'shy';

/** A message of the channel `sesscache:handshake`: a handshake is over. */
export interface HandshakeEvent {
  role: Role;
  outcome: 'resumed' | 'full' | 'failed';
  /** Such as `TLSv1.3`; undefined if the handshake failed before the version was known. */
  protocol: string | undefined;
  /** Why the handshake was a full one. */
  reason: FullHandshakeReason | undefined;
  /** What the external store said, where it was asked in vain. */
  store: ExternalMissCause | undefined;
  /** Where the resumed session came from. `ticket`: from the client, as a ticket. */
  source: 'cache' | 'store' | 'ticket' | undefined;
  /** Seconds since the full handshake that the resumed session goes back to, if known. */
  age: number | undefined;
  /** Milliseconds from accepting or opening the connection to the end of the handshake. */
  duration: number;
  /** Milliseconds of these that the lookup took, including the wait for a store. */
  lookup: number;
  /** Sessions of the handshake that were stored. */
  stored: number;
  /** Why other sessions of the handshake were not stored. */
  refused: readonly (RefusalCause | ClientRefusalCause)[];
  /** `error.code` of a failure, if it has one. */
  error: string | undefined;
  socket: TLSSocket;
  /** The attached server; undefined for a client. */
  server: Server | undefined;
}

/** A message of the channel `sesscache:lookup`: a session was looked up, or could not be. */
export interface LookupEvent {
  role: Role;
  outcome: 'hit' | 'miss' | 'skipped';
  cause: NodeMissCause | SkipCause | 'spent' | 'unkeyed' | 'identity' | 'shy' | undefined;
  /** Where it was looked up last. */
  source: 'cache' | 'store';
  /** What the external store said, where it was asked in vain. */
  store: ExternalMissCause | undefined;
  /** On servers, if the session is absent: how many sessions the cache has evicted so far. */
  evicted: number | undefined;
  server: Server | undefined;
  cache: SessionCache;
}

/**
 * A message of the channel `sesscache:session`: a session was stored or refused, or the adapter
 * removed one. `evicted`: the cache was full when a session was stored. Sessions that expire or are
 * flushed are counted in the cache's `stats().removals` only.
 */
export interface SessionEvent {
  role: Role;
  action: 'stored' | 'refused' | 'removed';
  /**
   * Why it was refused or removed. Removals: `evicted`, `revoked`, `failed` (the connection
   * failed), `declined` (together with others of the same full handshake).
   */
  cause:
    RefusalCause | ClientRefusalCause | 'evicted' | 'revoked' | 'failed' | 'declined' | undefined;
  /** Number of sessions. */
  count: number;
  server: Server | undefined;
  cache: SessionCache;
}

/** A message of the channel `sesscache:store`: a request to an external store, sent or not. */
export interface StoreEvent {
  /** `mark`: the record of a revoked tag. */
  operation: 'get' | 'take' | 'set' | 'delete' | 'mark';
  outcome: 'hit' | 'miss' | 'written' | 'dropped';
  cause: ExternalMissCause | DropCause | undefined;
  /** Milliseconds until the store answered or the wait ended; undefined if no request was sent. */
  duration: number | undefined;
  cache: SessionCache;
}

/**
 * A message of the channel `sesscache:breaker`: a circuit breaker opens, tries the store once, or
 * closes.
 */
export interface BreakerEvent {
  breaker: 'read' | 'write';
  state: BreakerState;
  previous: BreakerState;
  /** How often it has opened. */
  opened: number;
  cache: SessionCache;
}
