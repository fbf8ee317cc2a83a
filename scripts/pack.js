// Bytes as text that compresses as well as they do: what is sent over a network is gzipped or
// brotlied. Frequent bytes become one character each, so they stay whole and repetitions stay
// repetitions, where base64 shifts bytes by bits. bindings/core/unpack.ts reads it.

/**
 * The printable ASCII that no minifier, bundler or HTML parser rewrites or trips over in a string,
 * no quotes, `\`, `$`, `<`; those most frequent in minified JavaScript first. As the most frequent
 * bytes take the first, a compressor that mixes both in one block finds one skewed distribution.
 */
const ALPHABET =
  'etnors()i,.=ahlcudf{};gpmw0:&1Sv>b2?EOC!R3A6[]8I_4N|#kDT7+LM5UBHGPW*V-Fjz9JXKq/YQZ%^@~';
const PAIRS = 'xy';

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function pack(bytes) {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte]++;
  const ranked = [...counts.keys()].toSorted((a, b) => counts[b] - counts[a] || a - b);
  /** @type {Map<number, string>} */
  const own = new Map();
  for (const [i, char] of [...ALPHABET].entries()) own.set(ranked[i], char);
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  const chars = all.flatMap((byte) => own.get(byte) ?? []);
  const others = all.filter((byte) => !own.has(byte));
  const written = new Map(own);
  for (const [i, byte] of others.entries()) {
    written.set(byte, PAIRS[Math.floor(i / chars.length)] + chars[i % chars.length]);
  }
  const table = all.map((byte) => own.get(byte) ?? ' ');
  return table.join('') + Array.from(bytes, (byte) => written.get(byte)).join('');
}
