/**
 * Puts a SessionCache behind node-forge, a TLS stack in JavaScript that also runs in pages. It
 * replaces forge's own session cache, which has no expiry and no contexts, and which may return the
 * session of another peer to a client. Needs neither node-forge itself nor its types.
 *
 * @module
 */

import { SessionCache } from '../index.ts';
import { describeOther, wrongType } from '../checks.ts';
import { ForgeHost } from './host.ts';
import { readOptions } from './options.ts';
import type {
  ForgeConnection,
  ForgeSessionCache,
  ForgeSessionCacheOptions,
  ForgeStats,
} from './types.ts';
import { watch } from './watch.ts';

export type {
  ForgeConnection,
  ForgeConnectionInfo,
  ForgeMissCause,
  ForgeRefusalCause,
  ForgeSessionCache,
  ForgeSessionCacheOptions,
  ForgeStats,
} from './types.ts';

/**
 * Makes an object for the option `sessionCache` of `forge.tls.createConnection`. A server needs one
 * for all its connections, a client one for each peer. Several may share a cache, whose `mode` must
 * contain the bit of their role.
 *
 * @throws TypeError or RangeError naming the argument that is wrong. Afterwards nothing is thrown
 *   into forge: trouble means a full handshake, and is counted in `stats()`.
 * @example
 * ```js
 * const sessions = forgeSessionCache(cache, { role: 'server' });
 * const connection = sessions.watch(forge.tls.createConnection({ server: true, …options }));
 * ```
 */
export function forgeSessionCache(
  cache: SessionCache,
  options: ForgeSessionCacheOptions,
): ForgeSessionCache {
  if (!(cache instanceof SessionCache)) {
    wrongType('cache', 'SessionCache', cache, describeOther(cache, SessionCache));
  }
  return new Adapter(new ForgeHost(cache, readOptions(options)));
}

class Adapter implements ForgeSessionCache {
  readonly #host: ForgeHost;
  readonly order: [string] = ['sesscache'];
  readonly cache: Record<string, never> = {};

  constructor(host: ForgeHost) {
    this.#host = host;
  }

  get capacity(): number {
    return this.#host.cache.getCacheSize();
  }

  getSession(sessionId?: string): any {
    return this.#host.ask(sessionId, undefined);
  }

  setSession(_sessionId: string, session: unknown): void {
    this.#host.finish(session, undefined);
  }

  watch<C extends ForgeConnection>(connection: C): C {
    watch(this.#host, connection);
    return connection;
  }

  stats(): ForgeStats {
    return structuredClone(this.#host.stats);
  }
}
