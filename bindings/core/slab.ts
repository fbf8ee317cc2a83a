// Copies of sessions, many to one allocation: an ArrayBuffer of its own costs each copy 300 to
// 1,000 ns and its share of a garbage collection, a view of a common one 50. So a lookup copies to
// a slab, and a session gets a buffer of its own when the user asks for its bytes. No piece of a
// slab is ever handed out: its `buffer` holds the secrets of other sessions.

const SLAB_BYTES = 16384;
/** Up to this length V8 keeps an array's bytes in its own heap: cheaper than a piece of a slab. */
const IN_HEAP_MAX = 64;
/** Larger ones get a buffer of their own, so that one kept session holds on to little else. */
const PIECE_MAX = 2048;

/** Whether bytes of this length are better copied to a slab than to a buffer of their own. */
export function isForSlab(length: number): boolean {
  return length > IN_HEAP_MAX && length <= PIECE_MAX;
}

export class Slab {
  private buffer = new ArrayBuffer(0); // its view's `buffer` would be a call out of compiled code
  private bytes = new Uint8Array(this.buffer);
  private used = 0;

  /** A copy of `bytes`. */
  copy(bytes: Uint8Array): Uint8Array {
    const { length } = bytes;
    let at = this.used;
    if (at + length > this.bytes.length) {
      this.renew();
      at = 0;
    }
    this.used = at + length;
    this.bytes.set(bytes, at);
    return new Uint8Array(this.buffer, at, length);
  }

  private renew(): void {
    this.buffer = new ArrayBuffer(SLAB_BYTES);
    this.bytes = new Uint8Array(this.buffer);
  }
}
