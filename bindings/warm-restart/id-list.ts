const BLOCK = 65_536;
/** Largest entry: length of the id (u8), version (u16), id. */
const ENTRY_MAX = 3 + 32;

/**
 * Ids and versions of many sessions, without an object for each: in blocks, for an array that grows
 * is copied whole, which stops the process for 20 ms at a million.
 */
export class IdList {
  readonly #blocks: Uint8Array[] = [];
  #last = new Uint8Array(0);
  #length = 0;

  /** Adds an id that lies in a larger array. */
  add(bytes: Uint8Array, at: number, length: number, version: number): void {
    if (this.#length + ENTRY_MAX > this.#last.length) {
      this.#last = new Uint8Array(BLOCK);
      this.#blocks.push(this.#last);
      this.#length = 0;
    }
    const last = this.#last;
    let to = this.#length;
    last[to++] = length;
    last[to++] = version >>> 8;
    last[to++] = version & 0xff;
    for (let i = 0; i < length; i++) last[to++] = bytes[at + i]!;
    this.#length = to;
  }

  *[Symbol.iterator](): Generator<{ id: Uint8Array; version: number }, void, undefined> {
    for (const block of this.#blocks) {
      // A length of 0 ends a block.
      for (let at = 0; at + ENTRY_MAX <= BLOCK && block[at]! > 0;) {
        const length = block[at]!;
        const version = (block[at + 1]! << 8) | block[at + 2]!;
        at += 3;
        yield { id: block.subarray(at, at + length), version };
        at += length;
      }
    }
  }
}
