// The decoded form of a session.

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
  /** Node's envelope around a client's session; absent if the bytes are plain DER. */
  envelope?: SessionEnvelope | undefined;
  /** ssl_version: 0x0303 is TLS 1.2, 0x0304 TLS 1.3, 0xfefd DTLS 1.2. */
  protocolVersion: number;
  /** cipher: its number in IANA's registry, such as 0x1301. */
  cipher: number;
  /** session_id: up to 32 bytes. */
  id: Uint8Array;
  /** [1] When the session was made, in seconds since the epoch. */
  time?: Seconds | undefined;
  /** [2] How long it may resume from then on, in seconds. */
  timeout?: Seconds | undefined;
  /** [3] The peer's certificate in DER, not parsed. A session does not contain its chain. */
  peer?: Uint8Array | undefined;
  /** [4] session_id_context: up to 32 bytes. */
  sessionIdContext?: Uint8Array | undefined;
  /** [5] The result of verifying the peer, an X509_V_ERR number. Absent if 0, that is X509_V_OK. */
  verifyResult?: number | undefined;
  /** [6] The server name that the client requested. */
  hostname?: Uint8Array | undefined;
  /** [7] The identity hint of the server, for ciphers with a pre-shared key. */
  pskIdentityHint?: Uint8Array | undefined;
  /** [9] The lifetime of the ticket that the server stated, in seconds. */
  ticketLifetimeHint?: Seconds | undefined;
  /** [11] compression: its number, up to TLS 1.2. */
  compressionMethod?: number | undefined;
  /** [13] See `SESSION_FLAG_EXTENDED_MASTER_SECRET`. */
  flags?: Seconds | undefined;
  /** [14] ticket_age_add of TLS 1.3: the number that is added to the ticket's age. */
  ticketAgeAdd?: number | undefined;
  /** [15] The maximum number of bytes of early data, in TLS 1.3. */
  maxEarlyData?: number | undefined;
  /** [16] The negotiated application protocol. */
  alpn?: Uint8Array | undefined;
  /** [17] The negotiated maximum fragment length (RFC 6066), as its code 1..4. */
  maxFragmentLengthMode?: number | undefined;
  /** [19] The group of the key exchange: its number in IANA's registry, or OpenSSL's own. */
  kexGroup?: number | undefined;
  /** [20] The peer's raw public key (RFC 7250) in DER, not parsed; OpenSSL 3.2 and later. */
  peerRawPublicKey?: Uint8Array | undefined;
  /** The secret fields, with `{ secrets: true }`. `encodeSession` needs them. */
  secrets?: SessionSecrets | undefined;
}
