const SPACE = 0x20;
/** A pair of characters that stands for a byte together begins with 'x' or 'y'. */
const X = 0x78;

/**
 * Bytes that scripts/pack.js has written as printable ASCII. The text begins with 256 characters:
 * for each byte its own, or a space. Bytes without one are written as pairs, in the order of the
 * bytes: 'x' and any of those characters for the first of them, 'y' for the others.
 */
export function unpack(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text); // what it stands for is written over it
  const owners = bytes.subarray(0, 256).filter((code) => code !== SPACE);
  const table = new Uint8Array(3 * 128); // for a character alone, after 'x', after 'y'
  let pairs = 0;
  for (let byte = 0; byte < 256; byte++) {
    const code = bytes[byte]!;
    if (code === SPACE) {
      const page = pairs < owners.length ? 128 : 256;
      table[page + owners[pairs++ % owners.length]!] = byte;
    } else {
      table[code] = byte;
    }
  }
  const { length } = bytes;
  let used = 0;
  for (let i = 256; i < length; i++) {
    const code = bytes[i]!;
    bytes[used++] =
      code < X || code > X + 1 ? table[code]! : table[128 * (code - X + 1) + bytes[++i]!]!;
  }
  return bytes.subarray(0, used);
}
