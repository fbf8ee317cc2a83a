// The end of a certificate's validity, read from its DER (RFC 5280 §4.1): Node would parse the
// whole certificate into an object, which costs a tenth of a handshake.

const SEQUENCE = 0x30;
const VERSION = 0xa0;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const ZERO = 0x30;
const ZULU = 0x5a;

/**
 * The last second at which a certificate is valid, since the epoch.
 *
 * @returns Infinity if it cannot be read: OpenSSL has checked the certificate already.
 */
export function notAfter(der: Uint8Array): number {
  const certificate = contentOf(der, 0);
  let at = certificate && contentOf(der, certificate.start)?.start;
  if (at === undefined) return Infinity;
  if (der[at] === VERSION) at = endOf(der, at);
  for (let skipped = 0; skipped < 3 && at !== undefined; skipped++) at = endOf(der, at); // serial number, signature, issuer
  const validity = at === undefined || der[at] !== SEQUENCE ? undefined : contentOf(der, at);
  const last = validity && endOf(der, validity.start); // behind notBefore
  return last === undefined ? Infinity : timeAt(der, last);
}

/** YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ. */
function timeAt(der: Uint8Array, at: number): number {
  const content = contentOf(der, at);
  if (content === undefined) return Infinity;
  const isShort = der[at] === UTC_TIME;
  if (!isShort && der[at] !== GENERALIZED_TIME) return Infinity;
  const start = isShort ? content.start : content.start + 2;
  if (content.end !== start + 13 || der[start + 12] !== ZULU) return Infinity;
  const two = pairAt(der, start);
  const year = isShort ? two + (two < 50 ? 2000 : 1900) : pairAt(der, content.start) * 100 + two;
  const date = [1, 2, 3, 4, 5].map((pair) => pairAt(der, start + 2 * pair));
  const [month = NaN, day, hour, minute, second] = date;
  const time = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  return Number.isNaN(time) ? Infinity : time;
}

/** Two decimal digits as a number; NaN if they are not digits. */
function pairAt(der: Uint8Array, at: number): number {
  const tens = der[at]! - ZERO;
  const ones = der[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : NaN;
}

function endOf(der: Uint8Array, at: number): number | undefined {
  return contentOf(der, at)?.end;
}

/** Where the content of the element at `at` is; undefined if it is incomplete. */
function contentOf(der: Uint8Array, at: number): { start: number; end: number } | undefined {
  const first = der[at + 1];
  if (first === undefined) return undefined;
  const more = first < 0x80 ? 0 : first & 0x7f;
  if (more > 3 || first === 0x80) return undefined;
  let length = more === 0 ? first : 0;
  for (let i = 0; i < more; i++) length = length * 0x100 + (der[at + 2 + i] ?? 0);
  const start = at + 2 + more;
  return start + length <= der.length ? { start, end: start + length } : undefined;
}
