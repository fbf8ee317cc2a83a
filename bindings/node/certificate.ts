// When a certificate ends. OpenSSL has read and verified it by then; node:crypto would read all of it
// once more, keys included, which takes a hundred times as long.

const SEQUENCE = 0x30;
const VERSION = 0xa0;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
/** `[YY]YYMMDDHHMMSSZ`, which RFC 5280 §4.1.2.5 demands. */
const TIME = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;

/**
 * The last second, since the epoch, at which the certificate in `bytes` from `start` to `end` is good;
 * NaN where that cannot be read. Source: RFC 5280 §4.1.
 */
export function notAfter(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let limit = end;
  /** Length and type of what begins at `at`, whose content follows. */
  const header = (): { tag: number; next: number } => {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    at += 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      length = 0;
      for (let i = 0; i < count; i++) length = length * 0x100 + (bytes[at++] ?? 0);
    }
    return { tag, next: at + length };
  };
  const enter = (): boolean => {
    const { tag, next } = header();
    if (tag !== SEQUENCE || next > limit) return false;
    limit = next;
    return true;
  };
  const skip = (): void => void (at = header().next);

  if (!enter() || !enter()) return NaN; // Certificate, TBSCertificate
  if (bytes[at] === VERSION) skip();
  for (let i = 0; i < 3; i++) skip(); // serial number, algorithm, issuer
  if (!enter()) return NaN; // Validity
  skip(); // notBefore
  const { tag, next } = header();
  if (next > limit || (tag !== UTC_TIME && tag !== GENERALIZED_TIME)) return NaN;
  let text = '';
  while (at < next) text += String.fromCharCode(bytes[at++]!);
  const fields = TIME.exec(text)?.slice(1).map(Number);
  if (fields === undefined || (text.length === 13) !== (tag === UTC_TIME)) return NaN;
  const [years, month, day, hour, minute, second] = fields as [number, number, number, number, number, number]; // prettier-ignore
  const year = tag === UTC_TIME ? years + (years < 50 ? 2000 : 1900) : years;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
