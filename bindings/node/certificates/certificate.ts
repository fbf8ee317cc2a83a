// Reads a few fields of client certificates, which OpenSSL has parsed and verified. node:crypto
// would parse all of them again, keys included, which takes a hundred times as long.

import { begins, content, CONTEXT, enter, GENERALIZED_TIME, INTEGER, SEQUENCE, UTC_TIME } from './der.ts'; // prettier-ignore

/** `[YY]YYMMDDHHMMSSZ`, which RFC 5280 §4.1.2.5 demands. */
const TIME = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;

/** Fields of a certificate, as offsets into the bytes that it was read from. */
interface CertificateFields {
  serialStart: number;
  serialEnd: number;
  /** Of the whole Name, header included. */
  issuerStart: number;
  issuerEnd: number;
  /** The last second, since the epoch, at which it is valid. */
  notAfter: number;
}

/**
 * The fields of the certificate in `bytes` from `start` to `end`; undefined where it cannot be
 * read.
 *
 * Source: RFC 5280 §4.1.
 */
export function readCertificate(
  bytes: Uint8Array,
  start: number,
  end: number,
): CertificateFields | undefined {
  try {
    if (enter(bytes, start, end, SEQUENCE) !== end) return undefined; // Certificate
    const limit = enter(bytes, content, end, SEQUENCE); // TBSCertificate
    let at = content;
    if (begins(bytes, at, limit, CONTEXT)) at = enter(bytes, at, limit); // version
    const serialEnd = enter(bytes, at, limit, INTEGER);
    const serialStart = content;
    const issuerStart = enter(bytes, serialEnd, limit, SEQUENCE); // behind the algorithm
    const issuerEnd = enter(bytes, issuerStart, limit, SEQUENCE);
    const validityEnd = enter(bytes, issuerEnd, limit, SEQUENCE);
    const until = readTime(bytes, enter(bytes, content, validityEnd), validityEnd);
    if (Number.isNaN(until)) return undefined;
    return { serialStart, serialEnd, issuerStart, issuerEnd, notAfter: until };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** `readCertificate().notAfter`, or NaN. */
export function notAfter(bytes: Uint8Array, start: number, end: number): number {
  return readCertificate(bytes, start, end)?.notAfter ?? NaN;
}

/** Seconds since the epoch, or NaN. */
function readTime(bytes: Uint8Array, at: number, limit: number): number {
  const tag = bytes[at];
  const end = enter(bytes, at, limit);
  if (tag !== UTC_TIME && tag !== GENERALIZED_TIME) return NaN;
  let text = '';
  for (let i = content; i < end; i++) text += String.fromCharCode(bytes[i]!);
  const fields = TIME.exec(text)?.slice(1).map(Number);
  if (fields === undefined || (text.length === 13) !== (tag === UTC_TIME)) return NaN;
  const [years, month, day, hour, minute, second] = fields as [number, number, number, number, number, number]; // prettier-ignore
  const year = tag === UTC_TIME ? years + (years < 50 ? 2000 : 1900) : years;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
