// The ids and data of the benchmark: the same on every run, made when they are needed. Kept in an
// array, a million ids would be a million objects of JavaScript's heap, and every contender would
// pay for the walk over them. A server does not have them either: an id arrives with its hello.

export const ID_BYTES = 32;
export const DATA_BYTES = 160;
/** Ids at and after this index are in no cache: for lookups that miss. */
export const ABSENT = 2 ** 31;

/** Makes ids: `at(index)` fills `bytes`, always the same array, and returns it. */
export class Ids {
  bytes = new Uint8Array(ID_BYTES);
  #words = new Uint32Array(this.bytes.buffer);

  /**
   * The first word is a bijection of `index`, so no two ids are equal.
   * @param {number} index an unsigned 32-bit integer
   * @returns {Uint8Array}
   */
  at(index) {
    const words = this.#words;
    let word = Math.imul(index ^ (index >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    word ^= word >>> 16;
    words[0] = word;
    words[1] = Math.imul(word, 0x9e3779b1);
    words[2] = Math.imul(word, 0x27d4eb2f) ^ 0x165667b1;
    words[3] = Math.imul(word, 0x2c1b3c6d);
    words[4] = Math.imul(word, 0x297a2d39) ^ 0x5bd1e995;
    words[5] = Math.imul(word, 0x1b873593);
    words[6] = Math.imul(word, 0xcc9e2d51) ^ 0x38495ab5;
    words[7] = Math.imul(word, 0x7feb352d);
    return this.bytes;
  }
}

/**
 * A function that returns integers from 0 to below `limit` at random, from a fixed seed: a linear
 * congruential generator of full period, of which the high bits are used.
 * @param {number} limit
 * @returns {() => number}
 */
export function randomIndex(limit) {
  const scale = limit / 2 ** 32;
  let state = 0x5e55ca;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return ((state >>> 0) * scale) | 0;
  };
}

/**
 * The data of session `index`: its first four bytes are the index, so that a wrong one shows.
 * @param {number} index
 * @param {number} [length]
 * @returns {Uint8Array}
 */
export function dataOf(index, length = DATA_BYTES) {
  const data = new Uint8Array(length);
  new DataView(data.buffer).setUint32(0, index);
  return data;
}

/**
 * Whether `data` is what `dataOf(index, length)` made.
 * @param {Uint8Array | undefined} data
 * @param {number} index
 * @param {number} [length]
 * @returns {boolean}
 */
export function isDataOf(data, index, length = DATA_BYTES) {
  if (data?.length !== length) return false;
  return new DataView(data.buffer, data.byteOffset).getUint32(0) === index;
}
