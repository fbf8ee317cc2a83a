import type { Core } from './abi.ts';

/** Views of the core's memory. Growing detaches them: the accessors look first. */
export class Memory {
  readonly core: Core;
  // `private` and not `#`: the accessors are then small enough for V8 to inline all of a lookup.
  private ownBytes: Uint8Array;
  private ownWords: Uint32Array;
  private ownLongs: BigInt64Array;

  constructor(core: Core) {
    this.core = core;
    const { buffer } = core.memory;
    this.ownBytes = new Uint8Array(buffer);
    this.ownWords = new Uint32Array(buffer);
    this.ownLongs = new BigInt64Array(buffer);
  }

  get bytes(): Uint8Array {
    if (!this.ownBytes.length) this.refresh();
    return this.ownBytes;
  }

  get words(): Uint32Array {
    if (!this.ownWords.length) this.refresh();
    return this.ownWords;
  }

  get longs(): BigInt64Array {
    if (!this.ownLongs.length) this.refresh();
    return this.ownLongs;
  }

  /** Makes the views anew; subclasses, theirs too. */
  protected refresh(): void {
    const { buffer } = this.core.memory;
    this.ownBytes = new Uint8Array(buffer);
    this.ownWords = new Uint32Array(buffer);
    this.ownLongs = new BigInt64Array(buffer);
  }
}
