// The tags under which the sessions of a client certificate are revoked.

import { createHash } from 'node:crypto';
import { copyOf, sameBytes } from '../../checks.ts';
import { readCertificate } from './certificate.ts';
import { content, enter, malformed, OBJECT_IDENTIFIER, SEQUENCE, SET } from './der.ts';

const SPACES = /[\t-\r ]+/g;
const UTF8_STRING = 0x0c;
/** Types of text that OpenSSL compares as text, and the encoding of each. */
const ENCODINGS = new Map<number, 'utf8' | 'latin1' | 'utf16be' | 'utf32be'>([
  [UTF8_STRING, 'utf8'],
  [0x13, 'latin1'], // PrintableString
  [0x14, 'latin1'], // T61String
  [0x16, 'latin1'], // IA5String
  [0x1a, 'latin1'], // VisibleString
  [0x1c, 'utf32be'], // UniversalString
  [0x1e, 'utf16be'], // BMPString
]);

/**
 * Two tags of the certificate in `bytes` from `start` to `end`: its SHA-256 fingerprint, and a
 * digest of its issuer and serial number, by which a CRL names it. Undefined where it cannot be
 * read.
 */
export function tagsOfCertificate(
  bytes: Uint8Array,
  start: number,
  end: number,
): readonly [fingerprint: Uint8Array, issuerAndSerial: Uint8Array] | undefined {
  const fields = readCertificate(bytes, start, end);
  if (fields === undefined) return undefined;
  const { issuerStart, issuerEnd, serialStart, serialEnd } = fields;
  try {
    const issuer = nameOfIssuer(bytes.subarray(issuerStart, issuerEnd));
    const fingerprint = createHash('sha256').update(bytes.subarray(start, end)).digest();
    return [copyOf(fingerprint), tagOfSerial(issuer, bytes.subarray(serialStart, serialEnd))];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

let lastName: Uint8Array = new Uint8Array(0);
let lastCanonical = '';

/** `canonicalName`, remembered for the last name: a server has few authorities. */
function nameOfIssuer(name: Uint8Array): string {
  if (!sameBytes(name, lastName)) {
    lastCanonical = canonicalName(name, 0, name.length);
    lastName = copyOf(name);
  }
  return lastCanonical;
}

/** The tag of an issuer in the form of `canonicalName` and the content of a serial number. */
export function tagOfSerial(issuer: string, serial: Uint8Array): Uint8Array {
  const hash = createHash('sha256').update(`sesscache issuer and serial number\0${issuer}\0`);
  return copyOf(hash.update(minimal(serial)).digest());
}

/**
 * A name in a form that is the same for all names that OpenSSL takes for equal: neither case nor
 * blanks nor the type of a text count. An authority may write itself differently in certificates
 * and in lists.
 *
 * @throws RangeError if it is none
 * @see X509_NAME_cmp(3), x509_name_canon in OpenSSL's crypto/x509/x_name.c
 */
export function canonicalName(bytes: Uint8Array, start: number, end: number): string {
  const limit = enter(bytes, start, end, SEQUENCE);
  const parts: string[] = [];
  for (let at = content; at < limit;) {
    const setEnd = enter(bytes, at, limit, SET);
    const attributes: string[] = [];
    for (let next = content; next < setEnd;) {
      const attributeEnd = enter(bytes, next, setEnd, SEQUENCE);
      const typeEnd = enter(bytes, content, attributeEnd, OBJECT_IDENTIFIER);
      const type = hexOf(bytes, content, typeEnd);
      const tag = bytes[typeEnd]!;
      const valueEnd = enter(bytes, typeEnd, attributeEnd);
      attributes.push(`${type}=${canonicalValue(bytes, tag, content, valueEnd)}`);
      next = attributeEnd;
    }
    parts.push(attributes.toSorted().join('+'));
    at = setEnd;
  }
  return parts.join(',');
}

/** Writes a value in hexadecimal, so that no value looks like the end of another. */
function canonicalValue(bytes: Uint8Array, tag: number, start: number, end: number): string {
  const encoding = ENCODINGS.get(tag);
  if (encoding === undefined) return `${tag}:${hexOf(bytes, start, end)}`;
  const text = decode(bytes.subarray(start, end), encoding)
    .replace(SPACES, ' ')
    .replace(/^ | $/g, '');
  const folded = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return `text:${Buffer.from(folded).toString('hex')}`;
}

function decode(bytes: Uint8Array, encoding: 'utf8' | 'latin1' | 'utf16be' | 'utf32be'): string {
  if (encoding === 'utf8' || encoding === 'latin1') return Buffer.from(bytes).toString(encoding);
  const size = encoding === 'utf16be' ? 2 : 4;
  if (bytes.length % size !== 0) malformed('a text that is cut off', bytes.byteOffset);
  if (encoding === 'utf16be') return Buffer.from(bytes).swap16().toString('utf16le');
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const point = Buffer.from(bytes).readUInt32BE(at);
    text += String.fromCodePoint(point <= 0x10ffff ? point : 0xfffd);
  }
  return text;
}

/** A number's content without redundant leading bytes, which a lax authority may have left. */
function minimal(serial: Uint8Array): Uint8Array {
  let from = 0;
  while (from + 1 < serial.length) {
    const [octet, next] = [serial[from]!, serial[from + 1]!];
    if (!(octet === 0 && next < 0x80) && !(octet === 0xff && next >= 0x80)) break;
    from++;
  }
  return serial.subarray(from);
}

function hexOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start, end)).toString('hex');
}
