// The options of `new Session`.

import type { Seconds } from '../checks.ts';

/** What `new Session` takes. */
export interface SessionOptions {
  /** Session id, 0 to 32 bytes. Copied. */
  id: Uint8Array;
  /**
   * The session itself, 0 to 16,384 bytes; opaque to the cache. Kept by reference until an add
   * copies it, so do not change it before. Default: empty.
   */
  data?: Uint8Array | undefined;
  /** Protocol version on the wire. Default: 0x0303, TLS 1.2. */
  protocolVersion?: number | undefined;
  /** Session id context, 0 to 32 bytes. Copied. Default: empty. */
  sessionIdContext?: Uint8Array | undefined;
  /**
   * When it was made, seconds since the epoch. A cache does not resume it while that is more than
   * 60 s ahead of the cache's clock (profile `manual`). Default: now, by the default clock of
   * caches.
   */
  time?: Seconds | undefined;
  /** Lifetime from `time`, in seconds. Default: 304, as SSL_SESSION_new. */
  timeout?: Seconds | undefined;
  /**
   * Time of the full handshake that it goes back to, seconds since the epoch, 0 or more: the
   * cache's `maxLifetime` counts from there, however often the session is renewed. One after `time`
   * counts as `time`, and one after the cache's clock as the time of the add. Default: `time`.
   *
   * Source: RFC 8446 §4.6.1, RFC 5246 F.1.4; `auth_timeout` in BoringSSL.
   */
  authTime?: Seconds | undefined;
  /** Whether it was made with extended master secret (RFC 7627). Default: false. */
  extendedMasterSecret?: boolean | undefined;
  /** Marked as never to be resumed. Default: false. */
  notResumable?: boolean | undefined;
  /** Groups for `revoke`: at most 8 tags of 1 to 32 bytes; strings are UTF-8. Default: none. */
  tags?: readonly (string | Uint8Array)[] | undefined;
  /** Data of the application, kept with the session while it is cached. */
  appData?: unknown;
}
