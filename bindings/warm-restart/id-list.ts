/** Ids and versions of many sessions, without an object for each. */
export class IdList {
  #bytes = new Uint8Array(4096);
  #length = 0;

  add(id: Uint8Array, version: number): void {
    const needed = this.#length + 3 + id.length;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    const bytes = this.#bytes;
    bytes[this.#length] = id.length;
    bytes[this.#length + 1] = version >>> 8;
    bytes[this.#length + 2] = version & 0xff;
    bytes.set(id, this.#length + 3);
    this.#length = needed;
  }

  *[Symbol.iterator](): Generator<{ id: Uint8Array; version: number }, void, undefined> {
    for (let at = 0; at < this.#length;) {
      const length = this.#bytes[at]!;
      const version = (this.#bytes[at + 1]! << 8) | this.#bytes[at + 2]!;
      at += 3;
      yield { id: this.#bytes.subarray(at, at + length), version };
      at += length;
    }
  }
}
