// What a session looks like to the caller.

import type { Seconds } from '../checks.ts';
import type { SessionEnvelope } from './envelope.ts';
import type { SessionSecrets } from './secrets.ts';

/** The bit of `flags` that says that the session has an extended master secret (RFC 7627). */
export const SESSION_FLAG_EXTENDED_MASTER_SECRET = 1;

/**
 * The fields of a session, as OpenSSL writes them. A field that is absent from the bytes is absent
 * here; OpenSSL leaves out most numbers when they are 0. Texts are bytes, because OpenSSL gives
 * them no encoding.
 *
 * Source: `SSL_SESSION_ASN1` in OpenSSL's ssl/ssl_asn1.c; [n] is the context tag. The first field,
 * the version of the structure, is always 1 and not shown.
 */
export interface SessionFields {
  /** What Node puts around a client's session; absent where the bytes are bare DER. */
  envelope?: SessionEnvelope | undefined;
  /** ssl_version: 0x0303 is TLS 1.2, 0x0304 TLS 1.3, 0xfefd DTLS 1.2. */
  protocolVersion: number;
  /** cipher: its number in IANA's registry, such as 0x1301. */
  cipher: number;
  /** session_id: up to 32 bytes. */
  id: Uint8Array;
  /** [1] When the session was made, in seconds since the epoch. */
  time?: Seconds | undefined;
  /** [2] For how many seconds it is good from then on. */
  timeout?: Seconds | undefined;
  /** [3] The peer's certificate in DER, not looked into; its chain is not in a session. */
  peer?: Uint8Array | undefined;
  /** [4] session_id_context: up to 32 bytes. */
  sessionIdContext?: Uint8Array | undefined;
  /** [5] What verifying the peer came to: an X509_V_ERR number. Absent when it was 0, X509_V_OK. */
  verifyResult?: number | undefined;
  /** [6] The server name that the client asked for. */
  hostname?: Uint8Array | undefined;
  /** [7] The hint that the server gave, under a cipher with a pre-shared key. */
  pskIdentityHint?: Uint8Array | undefined;
  /** [9] For how many seconds the server said that its ticket is good. */
  ticketLifetimeHint?: Seconds | undefined;
  /** [11] compression: its number, up to TLS 1.2. */
  compressionMethod?: number | undefined;
  /** [13] See `SESSION_FLAG_EXTENDED_MASTER_SECRET`. */
  flags?: Seconds | undefined;
  /** [14] What TLS 1.3 adds to a ticket's age. */
  ticketAgeAdd?: number | undefined;
  /** [15] How many bytes of early data the ticket is good for, in TLS 1.3. */
  maxEarlyData?: number | undefined;
  /** [16] The application protocol that was agreed on. */
  alpn?: Uint8Array | undefined;
  /** [17] The maximum fragment length that was agreed on (RFC 6066), as its code 1..4. */
  maxFragmentLengthMode?: number | undefined;
  /** [19] The group of the key exchange: its number in IANA's registry, or OpenSSL's own. */
  kexGroup?: number | undefined;
  /** [20] The peer's raw public key (RFC 7250) in DER, not looked into; OpenSSL 3.2 and later. */
  peerRawPublicKey?: Uint8Array | undefined;
  /** The rest, if it was asked for. `encodeSession` needs it. */
  secrets?: SessionSecrets | undefined;
}
