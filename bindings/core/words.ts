// Ids as the core takes them: eight words, zero-padded.

/** Eight words of 32 bits, signed, little-endian. */
export type Words = readonly number[];

/** The words of an id of `length` bytes, at most 32. */
export function wordsOf(id: Uint8Array, length: number = id.length): Words {
  const b = length === 32 ? id : padded(id, length);
  return [
    b[0]! | (b[1]! << 8) | (b[2]! << 16) | (b[3]! << 24),
    b[4]! | (b[5]! << 8) | (b[6]! << 16) | (b[7]! << 24),
    b[8]! | (b[9]! << 8) | (b[10]! << 16) | (b[11]! << 24),
    b[12]! | (b[13]! << 8) | (b[14]! << 16) | (b[15]! << 24),
    b[16]! | (b[17]! << 8) | (b[18]! << 16) | (b[19]! << 24),
    b[20]! | (b[21]! << 8) | (b[22]! << 16) | (b[23]! << 24),
    b[24]! | (b[25]! << 8) | (b[26]! << 16) | (b[27]! << 24),
    b[28]! | (b[29]! << 8) | (b[30]! << 16) | (b[31]! << 24),
  ];
}

/** The way back. */
export function bytesOf(words: Words, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = words[i >>> 2]! >>> ((i & 3) << 3);
  return bytes;
}

/**
 * The first `length` bytes of an id, with zeros up to `size`. Read one by one: it may be shorter.
 */
export function padded(id: Uint8Array, length: number, size: number = 32): Uint8Array {
  const whole = new Uint8Array(size);
  for (let i = 0; i < length; i++) whole[i] = id[i]!;
  return whole;
}
