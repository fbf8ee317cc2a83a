// The end of a certificate, read from its DER (RFC 5280 §4.1): Node makes an object of a whole
// certificate for that, which costs as much as a tenth of a handshake.

const SEQUENCE = 0x30;
const VERSION = 0xa0;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/**
 * The last second at which a certificate is good, since the epoch.
 *
 * @returns Infinity if it cannot be read: OpenSSL has checked it, and what it does not say limits
 *   nothing.
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
  let text = String.fromCharCode(...der.subarray(content.start, content.end));
  if (der[at] === UTC_TIME) text = `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}`;
  else if (der[at] !== GENERALIZED_TIME) return Infinity;
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (found === null) return Infinity;
  const [year = 0, month = 0, ...rest] = found.slice(1).map(Number);
  return Date.UTC(year, month - 1, ...rest) / 1000;
}

function endOf(der: Uint8Array, at: number): number | undefined {
  return contentOf(der, at)?.end;
}

/** Where the content of the element at `at` is; undefined if it is not all there. */
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
