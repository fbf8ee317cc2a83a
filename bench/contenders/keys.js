// Ways to make a string of a 32-byte id, for caches that need one. `npm run bench -- --keys` times
// each under each cache; a contender's `key` is the cheapest of its own.
//
// The winner nearly everywhere is 16 characters of two bytes: V8 makes it in one call and hashes it
// in half the steps of 32 characters of one byte. All of them keep all 256 bits; a `TextDecoder` of
// UTF-16 does not.

const { ucs2Slice, latin1Slice, hexSlice, base64Slice } = /** @type {any} */ (Buffer.prototype);

/** @typedef {(id: Uint8Array) => string} MakeKey */

/** @type {Record<string, MakeKey>} */
export const keys = {
  ucs2: (id) => ucs2Slice.call(id, 0, 32),
  latin1: (id) => latin1Slice.call(id, 0, 32),
  hex: (id) => hexSlice.call(id, 0, 32),
  base64: (id) => base64Slice.call(id, 0, 32),
  'fromCharCode, 32 bytes': (id) =>
    String.fromCharCode.apply(null, /** @type {number[]} */ (/** @type {unknown} */ (id))),
  'fromCharCode, 16 words': (id) => {
    const words = new Uint16Array(id.buffer, id.byteOffset, 16);
    return String.fromCharCode.apply(
      null,
      /** @type {number[]} */ (/** @type {unknown} */ (words)),
    );
  },
  'fromCharCode, 16 arguments': (id) =>
    String.fromCharCode(
      id[0] | (id[1] << 8),
      id[2] | (id[3] << 8),
      id[4] | (id[5] << 8),
      id[6] | (id[7] << 8),
      id[8] | (id[9] << 8),
      id[10] | (id[11] << 8),
      id[12] | (id[13] << 8),
      id[14] | (id[15] << 8),
      id[16] | (id[17] << 8),
      id[18] | (id[19] << 8),
      id[20] | (id[21] << 8),
      id[22] | (id[23] << 8),
      id[24] | (id[25] << 8),
      id[26] | (id[27] << 8),
      id[28] | (id[29] << 8),
      id[30] | (id[31] << 8),
    ),
};
