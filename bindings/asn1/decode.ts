import { checkBoolean, checkBytes, checkObject, plainBytes } from '../checks.ts';
import { readEnvelope, skipEnvelope } from './envelope.ts';
import { Kind, LENGTH_MAX, OPTIONAL_FIELDS, PUBLIC_FIELDS } from './fields.ts';
import type { FieldRow } from './fields.ts';
import { readInteger } from './integers.ts';
import {
  CIPHER,
  eachUnknown,
  ends,
  ID,
  MASTER_KEY,
  PROTOCOL_VERSION,
  scan,
  starts,
} from './scan.ts';
import { SessionSecrets } from './secrets.ts';
import type { SecretFields, UnknownField } from './secrets.ts';
import type { SessionFields } from './types.ts';

/** Options of {@link decodeSession}. */
export interface DecodeOptions {
  /** Read the secrets too. */
  secrets?: boolean | undefined;
}

/**
 * Decodes a session as Node passes it to `newSession` and `session` listeners, as
 * `TLSSocket.getSession()` returns it, and as `i2d_SSL_SESSION` writes it. All fields are copies.
 *
 * Without `{ secrets: true }` the result contains no secret and cannot be encoded again. With it,
 * the secrets are in `secrets`, whose getters return them.
 *
 * Throws a RangeError unless `bytes` are exactly one session in DER, or one within Node's envelope.
 * The source is `d2i_SSL_SESSION` of OpenSSL (ssl/ssl_asn1.c), with the same limits. This function
 * is stricter: it refuses BER. It is also more tolerant: it keeps unknown fields, accepts every
 * cipher and does not parse certificates.
 */
export function decodeSession(
  bytes: Uint8Array,
  options: DecodeOptions & { secrets: true },
): SessionFields & { secrets: SessionSecrets };
export function decodeSession(bytes: Uint8Array, options?: DecodeOptions): SessionFields;
export function decodeSession(bytes: Uint8Array, options: DecodeOptions = {}): SessionFields {
  checkBytes(bytes, 'bytes', LENGTH_MAX);
  checkObject(options, 'options');
  const secrets = options.secrets !== undefined && checkBoolean(options.secrets, 'options.secrets');
  // Measured after the caller's getters have run, since they may change the array.
  bytes = plainBytes(checkBytes(bytes, 'bytes', LENGTH_MAX));
  const start = skipEnvelope(bytes);
  scan(bytes, start);
  const fields: SessionFields = {
    protocolVersion: integer(bytes, PROTOCOL_VERSION),
    cipher: pair(bytes, CIPHER),
    id: copy(bytes, ID),
  };
  for (const row of PUBLIC_FIELDS) read(bytes, row, fields);
  if (start > 0) fields.envelope = readEnvelope(bytes, start);
  if (secrets) fields.secrets = readSecrets(bytes);
  return fields;
}

function readSecrets(bytes: Uint8Array): SessionSecrets {
  const unknown: UnknownField[] = [];
  eachUnknown(bytes, (tag, constructed, from, to) => {
    unknown.push({ tag, constructed, content: copyOf(bytes, from, to) });
  });
  const fields: SecretFields = { masterKey: copy(bytes, MASTER_KEY), unknown };
  for (const row of OPTIONAL_FIELDS) {
    if (row.secret) read(bytes, row, fields);
  }
  return new SessionSecrets(fields);
}

/** Sets the field of `row` if the bytes contain it. */
function read(bytes: Uint8Array, { slot, key, kind }: FieldRow, into: object): void {
  const start = starts[slot] as number;
  if (start < 0) return;
  (into as Record<string, unknown>)[key] = value(bytes, slot, kind);
}

function value(bytes: Uint8Array, slot: number, kind: Kind): unknown {
  if (kind === Kind.OCTET) return bytes[starts[slot] as number];
  const isInteger = kind > Kind.OCTET && kind !== Kind.CERTIFICATE;
  return isInteger ? integer(bytes, slot) : copy(bytes, slot);
}

function integer(bytes: Uint8Array, slot: number): number {
  return readInteger(bytes, starts[slot] as number, ends[slot] as number) as number;
}

function pair(bytes: Uint8Array, slot: number): number {
  const start = starts[slot] as number;
  return (bytes[start] as number) * 0x100 + (bytes[start + 1] as number);
}

function copy(bytes: Uint8Array, slot: number): Uint8Array {
  return copyOf(bytes, starts[slot] as number, ends[slot] as number);
}

/**
 * A plain array with its own buffer. The `buffer` of a `subarray`, or of a Buffer's `slice`, would
 * contain the whole session.
 */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const out = new Uint8Array(end - start);
  if (out.length > 64) out.set(bytes.subarray(start, end));
  else for (let i = 0; i < out.length; i++) out[i] = bytes[start + i] as number;
  return out;
}
