import type { Core } from './abi.ts';

/** Views of the core's memory. Growing detaches them: the accessors look first. */
export class MemoryViews {
  readonly core: Core;
  // `private` and not `#`: the accessors are then small enough for V8 to inline all of a lookup.
  private _bytes!: Uint8Array;
  private _words!: Uint32Array;
  private _longs!: BigInt64Array;

  constructor(core: Core) {
    this.core = core;
    this.refresh();
  }

  get bytes(): Uint8Array {
    if (!this._bytes.length) this.refresh();
    return this._bytes;
  }

  get words(): Uint32Array {
    if (!this._words.length) this.refresh();
    return this._words;
  }

  get longs(): BigInt64Array {
    if (!this._longs.length) this.refresh();
    return this._longs;
  }

  /** Makes the views anew; subclasses, theirs too. The constructor calls it. */
  protected refresh(): void {
    const { buffer } = this.core.memory;
    this._bytes = new Uint8Array(buffer);
    this._words = new Uint32Array(buffer);
    this._longs = new BigInt64Array(buffer);
  }
}
