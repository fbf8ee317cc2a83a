// Copies of sessions, many to one allocation: an ArrayBuffer of its own costs each copy 300–450 ns
// and its share of a garbage collection, a view of a common one 15. As with Node's Buffer pool, the
// `buffer` of a copy holds other copies too, all of one cache.

const SLAB_BYTES = 16384;
/** Larger pieces get a buffer of their own, so that one kept session holds on to little else. */
const PIECE_MAX = 2048;

export class Slab {
  private buffer = new ArrayBuffer(0); // its view's `buffer` would be a call out of compiled code
  private bytes = new Uint8Array(this.buffer);
  private used = 0;

  /** A copy of `bytes` without the first `skip` of them, which lie before it in its buffer. */
  copy(bytes: Uint8Array, skip: number): Uint8Array {
    const { length } = bytes;
    if (length > PIECE_MAX) return new Uint8Array(new Uint8Array(bytes).buffer, skip);
    let at = this.used;
    if (at + length > this.bytes.length) {
      this.renew();
      at = 0;
    }
    this.used = at + length;
    this.bytes.set(bytes, at);
    return new Uint8Array(this.buffer, at + skip, length - skip);
  }

  private renew(): void {
    this.buffer = new ArrayBuffer(SLAB_BYTES);
    this.bytes = new Uint8Array(this.buffer);
  }
}

/** The id of `idLength` bytes that was copied together with `data`, padded to 32. */
export function idBefore(data: Uint8Array, idLength: number): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset - 32, idLength);
}
