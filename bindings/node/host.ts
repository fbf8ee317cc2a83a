// What the parts of the adapter share: one attached server.

import { engineOf } from '../cache/cache.ts';
import type { SessionCache } from '../index.ts';
import type { Connection } from './connection.ts';
import type { Settings } from './options.ts';
import { Scope } from './scope.ts';
import type { TlsServer } from './server.ts';
import { type AttachStats, newStats } from './stats.ts';
import { warn } from './warnings.ts';

/** An attached server, its cache, and what is counted of them. */
export class Host {
  readonly server: TlsServer;
  readonly cache: SessionCache;
  readonly settings: Settings;
  readonly scope: Scope;
  readonly stats: AttachStats = newStats();
  /** Lookups that wait for a store; each ends when called. */
  readonly waiting = new Set<() => void>();

  constructor(server: TlsServer, cache: SessionCache, settings: Settings) {
    this.server = server;
    this.cache = cache;
    this.settings = settings;
    this.scope = new Scope(server, settings.namespace);
  }

  /** Whether what was in force when a connection was accepted still is. */
  isCurrent({ policy }: Connection): boolean {
    return policy === this.scope.policy;
  }

  /** Whether a tag has been revoked since a connection was accepted. */
  isRevoked({ isRevoked, revocations }: Connection, tags: readonly Uint8Array[]): boolean {
    return isRevoked || engineOf(this.cache).revocations.since(revocations, tags);
  }

  /** Whether ClientHellos are read before Node reads them. */
  get reads(): boolean {
    return this.settings.tls13 || this.settings.servernames;
  }

  /** The name that a connection's sessions are bound to; undefined: to none. */
  nameOf(connection: Connection | undefined): string | undefined {
    return this.settings.servernames ? (connection?.hello?.servername ?? '') : undefined;
  }

  /** Counts what went wrong in the cache; no client notices more than a full handshake. */
  report(error: unknown): void {
    this.stats.errors++;
    try {
      if (this.settings.onError) this.settings.onError(error);
      else if (this.stats.errors === 1)
        warn('SESSCACHE_ERROR', `the cache failed: ${String(error)}`);
    } catch {
      // a listener's own trouble must not reach a handshake
    }
  }
}
