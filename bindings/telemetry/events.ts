// What the channels of `node:diagnostics_channel` carry. Nothing in a message is secret: no session
// id, no session, no key.

import type { Server, TLSSocket } from 'node:tls';
import type { Role, SessionCache } from '../index.ts';
import type { RefusalCause as ClientRefusalCause } from '../client/sessions/stats.ts';
import type { BreakerState } from '../external/breaker.ts';
import type { DropCause, ExternalMissCause } from '../external/stats.ts';
import type { NodeMissCause, RefusalCause, SkipCause } from '../node/stats.ts';

/**
 * Why a handshake did not resume a session.
 *
 * A server: the cause of `stats().misses` or `stats().skipped`; `notOffered`: the client offered no
 * session that the cache could know; `declined`: the session was found, and OpenSSL did not take it
 * (another cipher suite, no extended master secret); `spent`: a session of TLS 1.3 that was resumed
 * before; `version`: the session is of another version than the handshake.
 *
 * A client: `absent`: it had no session for the server and the policy; `unkeyed`: the options of
 * the connection cannot be compared with those of another; `identity`: its own check of identity
 * had no certificate to look at; `shy`: offers have broken handshakes with the server; `declined`:
 * the server did not take what was offered.
 */
export type FullHandshakeReason =
  NodeMissCause | SkipCause | 'notOffered' | 'declined' | 'spent' | 'unkeyed' | 'identity' | 'shy';

/** A message of the channel `sesscache:handshake`: a handshake is over. */
export interface HandshakeEvent {
  role: Role;
  outcome: 'resumed' | 'full' | 'failed';
  /** Such as `TLSv1.3`; undefined where the handshake failed before that was known. */
  protocol: string | undefined;
  /** Why it is full. */
  reason: FullHandshakeReason | undefined;
  /** What the external store said, where it was asked in vain. */
  store: ExternalMissCause | undefined;
  /** Where the session that resumed came from. `ticket`: the client brought all of it. */
  source: 'cache' | 'store' | 'ticket' | undefined;
  /** Seconds since the full handshake that the session which resumed goes back to, where known. */
  age: number | undefined;
  /** Milliseconds from accepting or opening the connection to the end of the handshake. */
  duration: number;
  /** Milliseconds of these that the lookup took, waiting for a store included. */
  lookup: number;
  /** Sessions of the handshake that were stored. */
  stored: number;
  /** Why others were not. */
  refused: readonly (RefusalCause | ClientRefusalCause)[];
  /** `error.code` of a failure, where it has one. */
  error: string | undefined;
  socket: TLSSocket;
  /** The attached server; undefined: a client. */
  server: Server | undefined;
}

/** A message of the channel `sesscache:lookup`: a session was looked for, or could not be. */
export interface LookupEvent {
  role: Role;
  outcome: 'hit' | 'miss' | 'skipped';
  cause: NodeMissCause | SkipCause | 'spent' | 'unkeyed' | 'identity' | 'shy' | undefined;
  /** Where it was looked for last. */
  source: 'cache' | 'store';
  /** What the external store said, where it was asked in vain. */
  store: ExternalMissCause | undefined;
  /** Of a server, where the session is absent: how many the cache has evicted so far. */
  evicted: number | undefined;
  server: Server | undefined;
  cache: SessionCache;
}

/**
 * A message of the channel `sesscache:session`: a session was stored, was not, or was removed by
 * the adapter; `evicted`: the cache was full when one was stored. What expires or is flushed is
 * counted in the cache's `stats().removals`.
 */
export interface SessionEvent {
  role: Role;
  action: 'stored' | 'refused' | 'removed';
  /**
   * Why it was refused; why it was removed: `evicted`, `revoked`, `failed` (the connection did),
   * `declined` (with others of the same full handshake).
   */
  cause:
    RefusalCause | ClientRefusalCause | 'evicted' | 'revoked' | 'failed' | 'declined' | undefined;
  /** How many sessions. */
  count: number;
  server: Server | undefined;
  cache: SessionCache;
}

/** A message of the channel `sesscache:store`: an external store was asked, or told, or was not. */
export interface StoreEvent {
  /** `mark`: of a revoked tag. */
  operation: 'get' | 'take' | 'set' | 'delete' | 'mark';
  outcome: 'hit' | 'miss' | 'written' | 'dropped';
  cause: ExternalMissCause | DropCause | undefined;
  /** Milliseconds until the store answered or was given up; undefined: it was not asked. */
  duration: number | undefined;
  cache: SessionCache;
}

/**
 * A message of the channel `sesscache:breaker`: the store is asked no more, is tried, or is well
 * again.
 */
export interface BreakerEvent {
  breaker: 'read' | 'write';
  state: BreakerState;
  previous: BreakerState;
  /** How often it has opened. */
  opened: number;
  cache: SessionCache;
}
