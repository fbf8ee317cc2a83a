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
  /**
   * Gives the server Node's own key back and overwrites the attached keys. A second call does
   * nothing.
   */
  detach(): void;
  /** The counters since the keys were attached, as of now. */
  stats(): TicketKeysStats;
  /**
   * Replaces the secrets: the first makes tickets, all of them open tickets. To replace one secret
   * in a fleet without losing a ticket, set `[old, new]` everywhere, then `[new, old]` everywhere,
   * and `[new]` when `bySecret.other` does not grow any more.
   *
   * @throws TypeError or RangeError naming the argument that is wrong; nothing has been changed
   */
  setSecrets(secrets: readonly TicketSecret[]): void;
  /**
   * The ratcheted secrets as they are now, for the next start: they open the tickets that are
   * accepted now, and no older ones. Secret; overwrite them when done.
   */
  exportRatchets(): ExportedRatchet[];
  /**
   * Calls `server.setSecureContext` with the previous options and the given ones; Node by itself
   * treats every option that is not given as absent, `sessionIdContext` included. `null` removes an
   * option. Tickets survive a change of the certificate, but not of the client authentication.
   *
   * @throws what `server.setSecureContext` throws; then nothing has changed.
   */
  setSecureContext(options: SecureContextOptions): void;
}

/**
 * Makes the tickets of `server` with keys that change by the clock and accepts those of earlier
 * keys for `keep` periods. Changes of `setSecureContext` are followed. Tickets resume only on
 * servers that let in the same clients (`requestCert`, `rejectUnauthorized`, `ca`, `crl`, …) and
 * have the same `sessionIdContext`. Takes effect for new connections; tickets of Node's own key are
 * unknown from then on.
 *
 * A failure of the keys costs a client only a full handshake, and `stats()` counts it. If the
 * runtime lacks the callback that this needs, there is a warning with the code
 * `SESSCACHE_TICKET_CALLBACK`, and only tickets of the present key resume.
 *
 * @throws TicketKeysError if the server has attached keys already, issues no tickets, or has the
 *   option `ticketKeys`; TypeError or RangeError naming the argument that is wrong.
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
