// Random tags, which tell the sessions of one full handshake from all others.

import { randomFillSync } from 'node:crypto';

/** Tags that one call makes: a call for each would take four microseconds. */
const BLOCK = 256;

export class RandomTags {
  readonly #bytes: number;
  readonly #block: Uint8Array;
  #unused = 0;

  /** @param bytes of a tag */
  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#block = new Uint8Array(BLOCK * bytes);
  }

  /** A tag of its own bytes, which was given to nothing before. */
  next(): Uint8Array {
    if (this.#unused === 0) {
      randomFillSync(this.#block);
      this.#unused = this.#block.length;
    }
    this.#unused -= this.#bytes;
    return this.#block.slice(this.#unused, this.#unused + this.#bytes);
  }
}
