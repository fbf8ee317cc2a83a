// The ids of the benchmark: the same on every run, made when they are needed. An array of a million
// ids would be a million objects on the heap, and its traversal would add to every figure. A server
// has no such array either: an id arrives with a ClientHello.

export const ID_BYTES = 32;
/** Ids at and after this index are in no cache: for lookups that miss. */
export const ABSENT = 2 ** 31;
/** The common prefix of some ids: a name for a load balancer, as in OpenSSL's manual. */
const PREFIX = 'www-18.example.o';

/** Makes ids: `at(index)` fills `bytes`, always the same array, and returns it. */
export class Ids {
  bytes = new Uint8Array(ID_BYTES);
  #words = new Uint32Array(this.bytes.buffer);
  #prefixed;

  /** @param {boolean} [prefixed] whether the first 16 bytes are the same in all ids */
  constructor(prefixed = false) {
    this.#prefixed = prefixed;
    if (prefixed) for (let i = 0; i < 16; i++) this.bytes[i] = PREFIX.charCodeAt(i);
  }

  /**
   * The word at byte 16 is a bijection of `index`, so no two ids are equal. bench/native/ids.h
   * makes the same.
   * @param {number} index an unsigned 32-bit integer
   * @returns {Uint8Array}
   */
  at(index) {
    const words = this.#words;
    let word = Math.imul(index ^ (index >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    word ^= word >>> 16;
    words[4] = word;
    words[5] = Math.imul(word, 0x9e3779b1);
    words[6] = Math.imul(word, 0x27d4eb2f) ^ 0x165667b1;
    words[7] = Math.imul(word, 0x2c1b3c6d);
    if (!this.#prefixed) {
      words[0] = Math.imul(word, 0x297a2d39) ^ 0x5bd1e995;
      words[1] = Math.imul(word, 0x1b873593);
      words[2] = Math.imul(word, 0xcc9e2d51) ^ 0x38495ab5;
      words[3] = Math.imul(word, 0x7feb352d);
    }
    return this.bytes;
  }
}
