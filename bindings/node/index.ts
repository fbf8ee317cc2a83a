/**
 * A SessionCache behind the TLS servers of Node: tls, https, http2. Node only.
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

/** A cache at work behind a server. */
export interface Attached {
  /** Restores the server as it was. Sessions stay in the cache. A second call does nothing. */
  detach(): void;
  /** What happened since it was attached, as of now. */
  stats(): AttachStats;
  /**
   * Ends sessions: all of a connection, given its socket (TLS 1.3 makes several, and a new one
   * whenever one is resumed); those of a client certificate; of all certificates on a CRL; or of a
   * tag. Here, in the store behind the cache, and in the processes that share it. A handshake that
   * is under way leaves none of them behind. Connections that exist go on: destroy them if they
   * should not. A connection may be of an earlier attachment of this server: its sessions end in
   * the cache of then.
   *
   * @returns how many sessions it removed from this cache
   * @throws TypeError or RangeError if there is nothing to tell from it whose sessions are meant
   *
   * @example
   * ```js
   * attached.revoke(request.socket); // logout
   * attached.revoke({ certificate: request.socket.getPeerCertificate() });
   * ```
   */
  revoke(what: TLSSocket | RevokeOptions): number;
  /**
   * `server.setSecureContext` with the options that it had before, but for those that are given:
   * what is not given, Node itself takes for absent, `SSL_OP_NO_TICKET` and `sessionIdContext`
   * included. `null` takes an option away. A new `key`, `cert` or `pfx` replaces the old ones in
   * whatever form.
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
 * `sessionIdContext`; a process warning says what else is missing. Takes effect for connections
 * that come afterwards.
 *
 * No trouble with the cache reaches a client: it costs a full handshake, and `stats()` counts it.
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
