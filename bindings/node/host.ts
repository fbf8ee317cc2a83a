// One attached server: the state that the modules of the adapter share.

import { type CacheInternals, internalsOf } from '../cache/internal.ts';
import type { SessionCache } from '../index.ts';
import { reportFailure } from '../telemetry/warn.ts';
import type { ServerConnection } from './handshake/connection.ts';
import { Deadlines } from './handshake/deadlines.ts';
import type { NodeSettings } from './options.ts';
import { type Policy, PolicyTracker } from './policy/policy.ts';
import { givesIdentities } from './runtime/probe.ts';
import type { TlsServer } from './runtime/server.ts';
import {
  type AttachStats,
  newStats,
  type NodeMissCause,
  type RefusalCause,
  type SkipCause,
} from './stats.ts';

/** An attached server, its cache and its counters. */
export class NodeHost {
  readonly server: TlsServer;
  readonly cache: SessionCache;
  readonly internals: CacheInternals;
  readonly settings: NodeSettings;
  readonly tracker: PolicyTracker;
  readonly stats: AttachStats = newStats();
  /** Lookups that wait for a store; each ends when called. */
  readonly waiting = new Set<() => void>();
  /** The deadlines of these lookups. */
  readonly deadlines: Deadlines;

  constructor(server: TlsServer, cache: SessionCache, settings: NodeSettings) {
    this.server = server;
    this.cache = cache;
    this.internals = internalsOf(cache);
    this.settings = settings;
    this.deadlines = new Deadlines(settings.lookupTimeout);
    this.tracker = new PolicyTracker(server, settings.namespace);
  }

  /** Whether the policy under which a connection was accepted is still in force. */
  isCurrent({ policy }: ServerConnection): boolean {
    return policy === this.tracker.policy;
  }

  /** Whether a tag has been revoked since a connection was accepted. */
  isRevoked({ isRevoked, revocations }: ServerConnection, tags: readonly Uint8Array[]): boolean {
    return isRevoked || this.internals.hasRevokedSince(revocations, tags);
  }

  /**
   * Whether ClientHellos are read before Node reads them: for the PSK identity, unless the runtime
   * tells it, and for the name. A name cannot be left to the runtime: a session that was loaded for
   * the first hello of a handshake stays loaded for the second, which may be for another name.
   */
  get reads(): boolean {
    return (this.settings.tls13 && !givesIdentities()) || this.#bindsNames(this.tracker.policy);
  }

  /** Whether sessions are bound to names: where names trust different clients, whatever is set. */
  #bindsNames(policy: Policy): boolean {
    return this.settings.servernames || !policy.trustsAlike;
  }

  /** The name that a connection's sessions are bound to; undefined: to none. */
  nameOf(connection: ServerConnection | undefined): string | undefined {
    if (!this.#bindsNames((connection ?? this.tracker).policy)) return undefined;
    return connection?.hello?.servername ?? '';
  }

  // ---- Counters and messages ----

  /** A session was handed to Node. */
  noteHit(connection: ServerConnection): void {
    this.stats.hits++;
    connection.trace?.lookedUp('hit');
  }

  /** A lookup found nothing that may be served. */
  noteMiss(connection: ServerConnection | undefined, cause: NodeMissCause): void {
    this.stats.misses[cause]++;
    connection?.trace?.lookedUp('miss', cause);
  }

  /** Nothing was looked up. */
  noteSkip(connection: ServerConnection | undefined, cause: SkipCause): void {
    this.stats.skipped[cause]++;
    connection?.trace?.lookedUp('skipped', cause);
  }

  /** A new session was stored. `evicted`: the value of `evicted` before that. */
  noteStored(connection: ServerConnection | undefined, evicted: number): void {
    this.stats.stored++;
    connection?.trace?.stored(this.evicted - evicted);
  }

  /** A new session was not stored. */
  noteNotStored(connection: ServerConnection | undefined, cause: RefusalCause): void {
    this.stats.notStored[cause]++;
    connection?.trace?.refused(cause);
  }

  /** How many sessions the cache has evicted; 0 if it is closed. */
  get evicted(): number {
    return this.internals.evictions;
  }

  /** Counts a failure of the cache, and reports it. Clients notice a full handshake at most. */
  report(error: unknown): void {
    const { stats, settings } = this;
    const message = 'The cache failed, so handshakes may be full';
    reportFailure(error, stats, settings.onError, 'SESSCACHE_ERROR', message);
  }
}
