// Ids as the core takes them: eight words, zero-padded.

/** Eight words of 32 bits, signed, little-endian. */
export type Words = readonly number[];

/** The words of an id of at most 32 bytes. */
export function wordsOf(id: Uint8Array): Words {
  const b = id.length === 32 ? id : padded(id);
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
  return Uint8Array.from({ length }, (_, i) => words[i >>> 2]! >>> ((i & 3) << 3));
}

/** An id with zeros up to 32 bytes. */
export function padded(id: Uint8Array): Uint8Array {
  const whole = new Uint8Array(32);
  whole.set(id);
  return whole;
}
