/**
 * A SessionCache behind the TLS servers of Node: tls, https, http2. Node only.
 *
 * @module
 */

import type { Server } from 'node:tls';
import type { SessionCache } from '../index.ts';
import { Attachment } from './attach.ts';
import type { AttachOptions } from './options.ts';
import type { AttachStats } from './stats.ts';

export { AttachError } from './errors.ts';
export type { AttachErrorCode } from './errors.ts';
export type { AttachOptions } from './options.ts';
export type { AttachStats, NodeMissCause, RefusalCause, SkipCause } from './stats.ts';

/** A cache at work behind a server. */
export interface Attached {
  /** Restores the server as it was. Sessions stay in the cache. A second call does nothing. */
  detach(): void;
  /** What happened since it was attached, as of now. */
  stats(): AttachStats;
}

/**
 * Stores the sessions of `server` in `cache` and resumes them from there: TLS ≤ 1.2 session ids,
 * and with `tls13` stateful TLS 1.3. The server should set `secureOptions: SSL_OP_NO_TICKET` and a
 * `sessionIdContext`; a process warning says what else is missing. Takes effect for connections that
 * come afterwards.
 *
 * No trouble with the cache reaches a client: it costs a full handshake, and `stats()` counts it.
 *
 * @throws AttachError if the server has a cache already, or a `resumeSession` listener; TypeError or
 *   RangeError naming the argument that is wrong.
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
  const attachment = new Attachment(server, cache, options);
  return {
    detach: () => attachment.detach(),
    stats: () => attachment.stats(),
  };
}
