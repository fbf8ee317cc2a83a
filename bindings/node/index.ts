/**
 * A SessionCache for the TLS servers of Node: tls, https, http2. Node only.
 *
 * @module
 */

import type { SecureContextOptions, Server, TLSSocket } from 'node:tls';
import type { SessionCache } from '../index.ts';
import { ServerAttachment } from './attach.ts';
import type { AttachOptions } from './options.ts';
import type { RevokeOptions } from './revoke.ts';
import type { AttachStats } from './stats.ts';
import { debug } from '../telemetry/channels.ts';

export { AttachError } from './errors.ts';
export type { AttachErrorCode } from './errors.ts';
export type { AttachOptions } from './options.ts';
export type { CertificateInput, RevokeOptions } from './revoke.ts';
export type { TaggedConnection, TagsCallback } from './handshake/tags.ts';
export type { AttachStats, NodeMissCause, RefusalCause, SkipCause } from './stats.ts';
export type {
  FullHandshakeReason,
  HandshakeEvent,
  LookupEvent,
  SessionEvent,
} from '../telemetry/events.ts';

/** A cache that is attached to a server. */
export interface Attached {
  /** Restores the server as it was. Sessions stay in the cache. A second call does nothing. */
  detach(): void;
  /** Returns a snapshot of the counters since it was attached. */
  stats(): AttachStats;
  /**
   * Revokes sessions: all those of a connection, given its socket (TLS 1.3 makes several, and a new
   * one at each resumption); those of a client certificate; of all certificates on a CRL; or of a
   * tag. They end in this cache, in its external store, and in the processes that share it, and
   * handshakes in progress cannot bring them back. Open connections continue: destroy them if they
   * should end. If the connection belongs to an earlier attachment of this server, its sessions end
   * in the cache of that time.
   *
   * @returns how many sessions it removed from this cache
   * @throws TypeError or RangeError if the argument does not identify any sessions
   *
   * @example
   * ```js
   * attached.revoke(request.socket); // logout
   * attached.revoke({ certificate: request.socket.getPeerCertificate() });
   * ```
   */
  revoke(what: TLSSocket | RevokeOptions): number;
  /**
   * Calls `server.setSecureContext` with the given options and, for all others, with those that the
   * server has now. Node's own method drops options that are not passed, `SSL_OP_NO_TICKET` and
   * `sessionIdContext` included. `null` removes an option. A new `key`, `cert` or `pfx` replaces
   * the old ones in whatever form.
   *
   * @throws what `server.setSecureContext` throws; then nothing has changed.
   *
   * @example
   * ```js
   * attached.setSecureContext({ key, cert }); // a certificate was renewed
   * ```
   */
  setSecureContext(options: SecureContextOptions): void;
}

/**
 * Stores the sessions of `server` in `cache` and resumes them from there: TLS ≤ 1.2 session ids,
 * and with `tls13` stateful TLS 1.3. The server should set `secureOptions: SSL_OP_NO_TICKET` and a
 * `sessionIdContext`; a process warning names other missing settings. Takes effect for later
 * connections.
 *
 * Errors of the cache never reach a client: they cost a full handshake, and `stats()` counts them.
 *
 * @throws AttachError if the server has a cache already, or a `resumeSession` listener; TypeError
 *   or RangeError naming the argument that is wrong.
 *
 * @example
 * ```js
 * const server = https.createServer({ key, cert, sessionIdContext: 'my-site',
 *   secureOptions: constants.SSL_OP_NO_TICKET }, app);
 * const attached = attachServer(server, new SessionCache(), { tls13: true });
 * ```
 */
export function attachServer(
  server: Server,
  cache: SessionCache,
  options: AttachOptions = {},
): Attached {
  const attachment = attach(server, cache, options);
  return {
    detach: () => attachment.detach(),
    stats: () => attachment.stats(),
    revoke: (what) => attachment.revoke(what),
    setSecureContext: (given) => attachment.setSecureContext(given),
  };
}

function attach(server: Server, cache: SessionCache, options: AttachOptions): ServerAttachment {
  try {
    return new ServerAttachment(server, cache, options);
  } catch (error) {
    debug('server has no cache: %s', (error as { code?: string }).code ?? String(error));
    throw error;
  }
}
