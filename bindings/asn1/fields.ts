// The fields of SSL_SESSION_ASN1, in its order. Decoder and encoder both follow these rows.

/** The type of a field. All but the key argument and the certificate have an explicit tag. */
export const Kind = {
  /** OCTET STRING of at most `most` bytes. */
  OCTETS: 0,
  /** OCTET STRING that OpenSSL reads up to the first zero byte, so it must not contain one. */
  TEXT: 1,
  /** OCTET STRING of exactly one byte, given as a number. */
  OCTET: 2,
  INT32: 3,
  UINT32: 4,
  INT64: 5,
  UINT64: 6,
  /** An X.509 certificate, not parsed. */
  CERTIFICATE: 7,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

export interface FieldRow {
  /** The context tag, which is also the field's place in the spans of scan.ts. */
  readonly slot: number;
  readonly key: string;
  readonly title: string;
  readonly kind: Kind;
  readonly most: number;
  /** Belongs to `SessionSecrets`. */
  readonly secret: boolean;
}

/**
 * OpenSSL's own limits: SSL_MAX_SSL_SESSION_ID_LENGTH, SSL_MAX_SID_CTX_LENGTH,
 * TLS13_MAX_RESUMPTION_PSK_LENGTH.
 */
export const ID_MAX = 32;
const CONTEXT_MAX = 32;
export const MASTER_KEY_MAX = 512;

/** The longest length that is read or written: three bytes, so just under 16 MiB. */
export const LENGTH_MAX = 0xffffff;

const PUBLIC = false;
const SECRET = true;

/** [0] to [20]. */
export const OPTIONAL_FIELDS: readonly FieldRow[] = [
  row(0, 'keyArg', Kind.OCTETS, SECRET),
  row(1, 'time', Kind.INT64, PUBLIC),
  row(2, 'timeout', Kind.INT64, PUBLIC),
  row(3, 'peer', Kind.CERTIFICATE, PUBLIC),
  row(4, 'sessionIdContext', Kind.OCTETS, PUBLIC, CONTEXT_MAX),
  row(5, 'verifyResult', Kind.INT32, PUBLIC),
  row(6, 'hostname', Kind.TEXT, PUBLIC),
  row(7, 'pskIdentityHint', Kind.TEXT, PUBLIC),
  row(8, 'pskIdentity', Kind.TEXT, SECRET),
  row(9, 'ticketLifetimeHint', Kind.UINT64, PUBLIC),
  row(10, 'ticket', Kind.OCTETS, SECRET),
  row(11, 'compressionMethod', Kind.OCTET, PUBLIC),
  row(12, 'srpUsername', Kind.TEXT, SECRET),
  row(13, 'flags', Kind.UINT64, PUBLIC),
  row(14, 'ticketAgeAdd', Kind.UINT32, PUBLIC),
  row(15, 'maxEarlyData', Kind.UINT32, PUBLIC),
  row(16, 'alpn', Kind.OCTETS, PUBLIC),
  row(17, 'maxFragmentLengthMode', Kind.UINT32, PUBLIC),
  row(18, 'ticketAppData', Kind.OCTETS, SECRET),
  row(19, 'kexGroup', Kind.UINT32, PUBLIC),
  row(20, 'peerRawPublicKey', Kind.OCTETS, PUBLIC),
];

/** The optional fields that are not secret. */
export const PUBLIC_FIELDS = OPTIONAL_FIELDS.filter(({ secret }) => !secret);

/** Context tags from here on are unknown to this version. */
export const FIRST_UNKNOWN = OPTIONAL_FIELDS.length;

function row(
  slot: number,
  key: string,
  kind: Kind,
  secret: boolean,
  most: number = LENGTH_MAX,
): FieldRow {
  const title = secret ? `secrets.${key}` : `fields.${key}`;
  return { slot, key, title, kind, most, secret };
}

/**
 * OpenSSL's test of ssl_version: TLS or SSL 3, DTLS, or the draft of DTLS that Cisco used (0x0100).
 */
export function isProtocolVersion(version: number): boolean {
  return version >> 8 === 0x03 || version >> 8 === 0xfe || version === 0x0100;
}
