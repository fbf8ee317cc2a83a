// Two passes over the same parts: the first adds up the lengths, the second writes. So the result
// is allocated once with its final size, and contains the only new copy of the secrets.

import {
  checkBytes,
  checkInteger,
  checkObject,
  lengthOf,
  plainBytes,
  outOfRange,
  wrongType,
} from '../checks.ts';
import type { Seconds } from '../checks.ts';
import { writeEnvelope } from './envelope.ts';
import { ID_MAX, isProtocolVersion, Kind, LENGTH_MAX, MASTER_KEY_MAX, OPTIONAL_FIELDS } from './fields.ts'; // prettier-ignore
import type { FieldRow } from './fields.ts';
import { checkValue, integerLength, writeInteger } from './integers.ts';
import { CONSTRUCTED, CONTEXT, INTEGER, LONG_TAG, OCTET_STRING, SEQUENCE } from './scan.ts';
import { SessionSecrets } from './secrets.ts';
import type { SessionFields } from './types.ts';

/** One field with its content: bytes, or an integer. */
interface Part {
  /** The context tag around it; -1 for none. */
  readonly tag: number;
  /**
   * The type within that tag; 0 for none (the content follows the tag, or has a header already).
   */
  readonly type: number;
  readonly constructed: boolean;
  readonly value: Uint8Array | Seconds;
  readonly length: number;
}

/**
 * Encodes a session. `encodeSession(decodeSession(bytes, { secrets: true }))` returns the same
 * bytes. To change a session, change its fields: `encodeSession({ ...fields, timeout: 600 })`. A
 * field that is `undefined` is omitted. Without `envelope` the result is plain DER, which OpenSSL
 * reads.
 *
 * Throws a TypeError without `secrets`: decode with `{ secrets: true }`. Throws a TypeError or
 * RangeError if `decodeSession` would refuse the result.
 *
 * The source is `i2d_SSL_SESSION` of OpenSSL (ssl/ssl_asn1.c).
 */
export function encodeSession(fields: SessionFields & { secrets: SessionSecrets }): Uint8Array {
  checkObject(fields, 'fields');
  const envelope = writeEnvelope(fields.envelope);
  const parts = partsOf(fields);
  let length = 0;
  for (const part of parts) length += partLength(part);
  const total = envelope.length + headerLength(length) + length;
  if (total > LENGTH_MAX) {
    outOfRange('fields', `at most ${LENGTH_MAX} bytes of session`, total);
  }
  const out = new Uint8Array(total);
  out.set(envelope);
  let at = writeHeader(out, envelope.length, SEQUENCE, length);
  for (const part of parts) at = writePart(out, at, part);
  return out;
}

function partsOf(fields: SessionFields): Part[] {
  const { secrets } = fields;
  if (!(secrets instanceof SessionSecrets)) {
    const expected = 'SessionSecrets: decode with { secrets: true }';
    wrongType('fields.secrets', expected, secrets);
  }
  const version = checkInteger(fields.protocolVersion, 'fields.protocolVersion', 0, 0xffff);
  if (!isProtocolVersion(version)) {
    const expected = 'a version of TLS or DTLS, such as 0x0303';
    outOfRange('fields.protocolVersion', expected, version);
  }
  const cipher = checkInteger(fields.cipher, 'fields.cipher', 0, 0xffff);
  const parts = [
    integer(-1, 1),
    integer(-1, version),
    octets(-1, Uint8Array.of(cipher >> 8, cipher)),
    octets(-1, bytesAt(fields.id, 'fields.id', ID_MAX)),
    octets(-1, bytesAt(secrets.masterKey, 'secrets.masterKey', MASTER_KEY_MAX)),
  ];
  for (const row of OPTIONAL_FIELDS) {
    const from = row.secret ? secrets : fields;
    const value = (from as unknown as Record<string, unknown>)[row.key];
    if (value !== undefined) parts.push(optional(row, value));
  }
  for (const { tag, constructed, content } of secrets.unknown) {
    const value = bytesAt(content, 'secrets.unknown', LENGTH_MAX);
    parts.push({ tag, type: 0, constructed, value, length: value.length });
  }
  return parts;
}

function optional({ slot, title, kind, most }: FieldRow, given: unknown): Part {
  if (kind === Kind.OCTET)
    return octets(slot, Uint8Array.of(checkValue(given, title, kind) as number));
  if (kind > Kind.OCTET && kind !== Kind.CERTIFICATE) {
    return integer(slot, checkValue(given, title, kind));
  }
  const value = bytesAt(given, title, most);
  if (kind === Kind.TEXT && value.includes(0)) {
    throw new RangeError(`"${title}" expected bytes without a zero byte, got one`);
  }
  if (kind === Kind.CERTIFICATE && !isSequence(value)) {
    throw new RangeError(`"${title}" expected one certificate in DER, got something else`);
  }
  if (slot !== 0 && kind !== Kind.CERTIFICATE) return octets(slot, value);
  return { tag: slot, type: 0, constructed: slot !== 0, value, length: value.length };
}

/** Not copied. If a getter of a later field detaches the array, `writePart` notices. */
function bytesAt(given: unknown, title: string, most: number): Uint8Array {
  return plainBytes(checkBytes(given, title, most));
}

function octets(tag: number, value: Uint8Array): Part {
  return { tag, type: OCTET_STRING, constructed: true, value, length: value.length };
}

function integer(tag: number, value: Seconds): Part {
  return { tag, type: INTEGER, constructed: true, value, length: integerLength(value) };
}

/** Whether `bytes` are one SEQUENCE with a minimal length. */
function isSequence(bytes: Uint8Array): boolean {
  if (bytes[0] !== SEQUENCE) return false;
  for (let header = 2; header <= 5; header++) {
    const length = bytes.length - header;
    if (length < 0 || headerLength(length) !== header) continue;
    const expected = new Uint8Array(header);
    writeHeader(expected, 0, SEQUENCE, length);
    return expected.every((octet, i) => octet === bytes[i]);
  }
  return false;
}

function partLength({ tag, type, length }: Part): number {
  const inner = type === 0 ? length : headerLength(length) + length;
  return tag < 0 ? inner : headerLength(inner) + tagLength(tag) - 1 + inner;
}

function writePart(out: Uint8Array, from: number, part: Part): number {
  const { tag, type, constructed, value, length } = part;
  let at = from;
  if (tag >= 0) {
    const inner = type === 0 ? length : headerLength(length) + length;
    const form = constructed ? CONTEXT | CONSTRUCTED : CONTEXT;
    if (tag < LONG_TAG) at = writeHeader(out, at, form | tag, inner);
    else at = writeLength(out, writeLongTag(out, at, form, tag), inner);
  }
  if (type !== 0) at = writeHeader(out, at, type, length);
  if (value instanceof Uint8Array) {
    if (lengthOf(value) !== length) {
      out.fill(0);
      throw new RangeError(
        '"fields" expected arrays that keep their bytes, got one that lost them',
      );
    }
    out.set(value, at);
  } else writeInteger(out, at + length, length, value);
  return at + length;
}

function tagLength(tag: number): number {
  if (tag < LONG_TAG) return 1;
  return tag < 1 << 7 ? 2 : tag < 1 << 14 ? 3 : tag < 1 << 21 ? 4 : 5;
}

function writeLongTag(out: Uint8Array, at: number, form: number, tag: number): number {
  const end = at + tagLength(tag);
  out[at] = form | LONG_TAG;
  for (let i = end - 1, rest = tag; i > at; i--, rest >>= 7) {
    out[i] = (rest & 0x7f) | (i === end - 1 ? 0 : 0x80);
  }
  return end;
}

/** The size of a header: a tag of one byte, and the length. */
function headerLength(length: number): number {
  return length < 0x80 ? 2 : length < 0x100 ? 3 : length < 0x10000 ? 4 : 5;
}

function writeHeader(out: Uint8Array, at: number, tag: number, length: number): number {
  out[at] = tag;
  return writeLength(out, at + 1, length);
}

function writeLength(out: Uint8Array, from: number, length: number): number {
  let at = from;
  if (length < 0x80) {
    out[at++] = length;
    return at;
  }
  const count = headerLength(length) - 2;
  out[at++] = 0x80 | count;
  for (let shift = 8 * (count - 1); shift >= 0; shift -= 8) out[at++] = length >> shift;
  return at;
}
