/**
 * Experimental. A ring of ticket keys behind the TLS servers of Node (tls, https, http2): all hosts
 * that have a secret in common derive the same keys, change them by the clock, and accept each
 * other's tickets, older ones included. Node only.
 *
 * @module
 */

import type { SecureContextOptions, Server } from 'node:tls';
import { TicketAttachment } from './attach.ts';
import type { ExportedRatchet, TicketKeysOptions, TicketSecret } from './options.ts';
import type { TicketKeysStats } from './stats.ts';

export { TicketKeysError } from './errors.ts';
export type { TicketKeysErrorCode } from './errors.ts';
export type {
  ExportedRatchet,
  RatchetedSecret,
  Renewal,
  TicketKeysOptions,
  TicketSecret,
} from './options.ts';
export type { KeyAge, NoTicketCause, TicketKeysMode, TicketKeysStats } from './stats.ts';
export type { TicketEvent } from './trace.ts';

/** Ticket keys at work behind a server. */
export interface AttachedTicketKeys {
  /**
   * Resolved when it is known where the keys come from, some milliseconds after the first call in a
   * process; never rejected. Until then only tickets of the present key resume: a server that waits
   * for it before it listens loses none.
   */
  readonly ready: Promise<void>;
  /** Gives the server Node's own key back and overwrites these. A second call does nothing. */
  detach(): void;
  /** What happened since they were attached, as of now. */
  stats(): TicketKeysStats;
  /**
   * Replaces the secrets: the first makes tickets, all of them open tickets. To replace one secret
   * in a fleet without losing a ticket, set `[old, new]` everywhere, then `[new, old]` everywhere,
   * and `[new]` once `bySecret.other` stands still.
   *
   * @throws TypeError or RangeError naming the argument that is wrong; nothing has been changed
   */
  setSecrets(secrets: readonly TicketSecret[]): void;
  /**
   * The ratcheted secrets as they are now, for the next start: they open what is accepted now, and
   * nothing older. Secret; overwrite them when done.
   */
  exportRatchets(): ExportedRatchet[];
  /**
   * `server.setSecureContext` with the options that it had before, but for those that are given:
   * what is not given, Node itself takes for absent, `sessionIdContext` included. `null` takes an
   * option away. Tickets survive another certificate, and no other client authentication.
   *
   * @throws what `server.setSecureContext` throws; then nothing has changed.
   */
  setSecureContext(options: SecureContextOptions): void;
}

/**
 * Makes the tickets of `server` with keys that change by the clock and accepts those of earlier
 * keys for `keep` periods. Follows `setSecureContext`; tickets resume only on servers that let in
 * the same clients (`requestCert`, `rejectUnauthorized`, `ca`, `crl`, …) and have the same
 * `sessionIdContext`. Takes effect for connections that come afterwards; tickets of Node's own key
 * are unknown from then on.
 *
 * No trouble with the keys reaches a client: it costs a full handshake, and `stats()` counts it.
 * Where the runtime lacks the callback that this needs, a warning with the code
 * `SESSCACHE_TICKET_CALLBACK` says so, and only tickets of the present key resume.
 *
 * @throws TicketKeysError if the server has such keys already, gives no tickets, or has the option
 *   `ticketKeys`; TypeError or RangeError naming the argument that is wrong.
 *
 * @example
 * ```js
 * const server = https.createServer({ key, cert, sessionIdContext: 'my-site' }, app);
 * const secret = Buffer.from(process.env.TICKET_SECRET, 'base64'); // 32 random bytes, on all hosts
 * const attached = attachTicketKeys(server, { secret });
 * ```
 */
export function attachTicketKeys(
  server: Server,
  options: TicketKeysOptions = {},
): AttachedTicketKeys {
  const attachment = new TicketAttachment(server, options);
  return {
    ready: attachment.ready,
    detach: () => attachment.detach(),
    stats: () => attachment.stats(),
    setSecrets: (secrets) => attachment.setSecrets(secrets),
    exportRatchets: () => attachment.exportRatchets(),
    setSecureContext: (given) => attachment.setSecureContext(given),
  };
}
