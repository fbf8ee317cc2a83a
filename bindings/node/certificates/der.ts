// DER as certificates and revocation lists are written in (X.690): definite lengths, in the fewest
// bytes.

export const INTEGER = 0x02;
export const OCTET_STRING = 0x04;
export const OBJECT_IDENTIFIER = 0x06;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
export const SET = 0x31;
/** A context tag around other elements, such as `[0]`. */
export const CONTEXT = 0xa0;

/** First byte of the content whose header was read last. */
export let content = 0;

/**
 * Reads the header at `at`, leaves `content` at its first byte and returns the byte after its last.
 * `tag`: what it must be.
 *
 * @throws RangeError unless it is one, and ends at `limit` or before
 */
export function enter(bytes: Uint8Array, at: number, limit: number, tag?: number): number {
  if (at + 2 > limit) malformed('an element that is cut off', at);
  const octet = bytes[at]!;
  if (tag !== undefined && octet !== tag) malformed('another type than expected', at);
  if ((octet & 0x1f) === 0x1f) malformed('a tag of several bytes', at);
  let next = at + 2;
  let length = bytes[at + 1]!;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0) malformed('an indefinite length', at);
    if (count > 4 || count > limit - next) malformed('a length that is cut off or too large', at);
    length = 0;
    for (let i = 0; i < count; i++) length = length * 0x100 + bytes[next++]!;
    if (length < (count === 1 ? 0x80 : 2 ** (8 * (count - 1)))) {
      malformed('a length that is not minimal', at);
    }
  }
  if (length > limit - next) malformed('a length beyond the end', at);
  content = next;
  return next + length;
}

/** Whether an element with this tag begins at `at`. */
export function begins(bytes: Uint8Array, at: number, limit: number, tag: number): boolean {
  return at < limit && bytes[at] === tag;
}

export function malformed(what: string, offset: number): never {
  throw new RangeError(`expected strict DER, got ${what} at offset ${offset}`);
}
