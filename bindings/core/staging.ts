// Writes the arguments of calls of the core, and reads their results: Args of assembly/layout.ts.

import type { Core } from './abi.ts';
import {
  ARGS_AT,
  CONTEXT_AT,
  DATA_AT,
  HEADER_AT,
  ID_AT,
  TAG_LENGTHS_AT,
  TAGS_AT,
} from './abi.generated.ts';
import * as ARGS from './fields/args.generated.ts';
import * as HEADER from './fields/header.generated.ts';
import { type Seconds, setBytes } from '../checks.ts';
import { padded, type Words, wordsOf } from './words.ts';

const TWO_32 = 2 ** 32;
const NO_BYTES = new Uint8Array(0);

/** Views of the core's memory. Growing detaches them: the accessors look first. */
class MemoryViews {
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

/** Sessions of a server have few lengths. */
const SLOTS = 16;

/** The views for sessions of one length, by the low bits of the length. */
class Slot {
  /**
   * -1: nothing. Compared instead of a view's own length, which takes V8 as long as all the rest.
   */
  length = -1;
  /** The bytes at DATA_AT. */
  data: Uint8Array = NO_BYTES;
  /** An array for the user, with a buffer of its own (store.ts). */
  lent: Uint8Array = NO_BYTES;
}

export class Staging extends MemoryViews {
  protected readonly slots: readonly Slot[] = Array.from({ length: SLOTS }, () => new Slot());
  /** The contexts that are staged for lookups and for adds, if they are some that never change. */
  protected staged: Uint8Array | undefined;
  protected stagedOfSession: Uint8Array | undefined;
  // Where names are staged: the id, the context of a connection, and that of a session. Declared:
  // a field would be emptied after the constructor of MemoryViews has filled it.
  declare private idView: Uint8Array;
  declare private askedView: Uint8Array;
  declare private contextView: Uint8Array;
  /** The present that is staged. */
  protected now = 0;

  protected override refresh(): void {
    super.refresh();
    const { buffer } = this.core.memory;
    this.idView = new Uint8Array(buffer, ID_AT, 32);
    this.askedView = new Uint8Array(buffer, ARGS_AT + ARGS.context0, 32);
    this.contextView = new Uint8Array(buffer, CONTEXT_AT, 32);
    this.slots?.forEach((slot) => (slot.length = -1));
  }

  /** Stages an id or the name of a group of `length` bytes, zero-padded. */
  stageId(id: Uint8Array, length: number = id.length): void {
    void this.words; // looks whether the memory has grown
    setName(this.idView, id, length);
  }

  /** Stages the words of an id. */
  stageWords(id: Words): void {
    const { words } = this;
    for (let i = 0; i < 8; i++) words[(ID_AT >>> 2) + i] = id[i]!;
  }

  /** The words of the staged id. */
  stagedWords(): Words {
    void this.words; // looks whether the memory has grown
    return wordsOf(this.idView);
  }

  /** Stages the context of a session to be added, of `length` bytes, which may change later. */
  stageContextOfSession(context: Uint8Array, length: number = context.length): void {
    this.stagedOfSession = undefined;
    this.stageWord(ARGS.sessionContextLength, length);
    setName(this.contextView, context, length);
  }

  /** The same for one that never changes. */
  stageOwnContextOfSession(context: Uint8Array): void {
    if (context === this.stagedOfSession) return;
    this.stageContextOfSession(context);
    this.stagedOfSession = context;
  }

  /** Stages the context of a connection, of `length` bytes, which may change later. */
  stageContext(context: Uint8Array, length: number = context.length): void {
    this.staged = undefined;
    const { words } = this;
    words[(ARGS_AT + ARGS.contextLength) >>> 2] = length;
    words[(HEADER_AT + HEADER.checkedScope) >>> 2] = 0; // L4
    setName(this.askedView, context, length);
  }

  /** Stages a context that never changes: the same one twice in a row need not be staged again. */
  stageDefaultContext(context: Uint8Array): void {
    if (context === this.staged) return;
    this.stageContext(context);
    this.staged = context;
  }

  /** Stages the present. */
  stageNow(now: number): void {
    if (now === this.now) return;
    this.now = now;
    setSeconds(this, HEADER_AT + HEADER.now, now);
  }

  /** Stages the tags of a session, whose number is staged by stageNumbers. */
  stageTags(tags: readonly Uint8Array[]): void {
    const { bytes } = this;
    for (const [i, tag] of tags.entries()) {
      const at = TAGS_AT + i * 32;
      setName(bytes.subarray(at, at + 32), tag, tag.length);
      bytes[TAG_LENGTHS_AT + i] = tag.length;
    }
  }

  /**
   * Stages numbers of a session to be added. Of the flags the core takes the two that it knows.
   * With `notify` (1, or 0) the add ends with VICTIM for each session that it evicts.
   */
  stageNumbers(
    serial: number,
    version: number,
    idLength: number,
    dataLength: number,
    flags: number,
    tagCount: number,
    notify: number,
  ): void {
    const { words } = this;
    words[(ARGS_AT + ARGS.serial) >>> 2] = serial;
    words[(ARGS_AT + ARGS.version) >>> 2] = version;
    words[(ARGS_AT + ARGS.idLength) >>> 2] = idLength;
    words[(ARGS_AT + ARGS.dataLength) >>> 2] = dataLength;
    words[(ARGS_AT + ARGS.flags) >>> 2] = flags;
    words[(ARGS_AT + ARGS.tagCount) >>> 2] = tagCount;
    words[(ARGS_AT + ARGS.notify) >>> 2] = notify;
  }

  /** Stages times that are numbers of 32 bits: nearly all are. */
  stageTimes(time: number, timeout: number, authTime: number): void {
    const { words } = this;
    words[(ARGS_AT + ARGS.time) >>> 2] = time;
    words[(ARGS_AT + ARGS.time + 4) >>> 2] = 0;
    words[(ARGS_AT + ARGS.timeout) >>> 2] = timeout;
    words[(ARGS_AT + ARGS.timeout + 4) >>> 2] = 0;
    words[(ARGS_AT + ARGS.authTime) >>> 2] = authTime;
    words[(ARGS_AT + ARGS.authTime + 4) >>> 2] = 0;
  }

  /** Stages the `length` bytes of a session; throws if another thread has made it longer since. */
  stageData(data: Uint8Array, length: number): void {
    setBytes(this.decodedBytes(length), data);
  }

  /** The bytes that the core shows, the same array each time: good until the next call. */
  decodedBytes(length: number): Uint8Array {
    void this.words; // looks whether the memory has grown
    return this.slotFor(length).data;
  }

  /** For callers that have read `words` or `bytes` since the last call of the core. */
  protected slotFor(length: number): Slot {
    const slot = this.slots[length & (SLOTS - 1)]!;
    if (slot.length !== length) this.fillSlot(slot, length);
    return slot;
  }

  private fillSlot(slot: Slot, length: number): void {
    const { buffer } = this.core.memory;
    slot.data = new Uint8Array(buffer, DATA_AT, length);
    slot.lent.fill(0);
    slot.lent = new Uint8Array(length);
    slot.length = length;
  }

  stageWord(field: number, value: number): void {
    this.words[(ARGS_AT + field) >>> 2] = value;
  }

  /** Address of the entry that the last call was about. */
  entry(): number {
    return this.words[(ARGS_AT + ARGS.entry) >>> 2]!;
  }

  word(field: number): number {
    return this.words[(ARGS_AT + field) >>> 2]!;
  }

  stageSeconds(field: number, value: Seconds): void {
    setSeconds(this, ARGS_AT + field, value);
  }

  long(field: number): bigint {
    return this.longs[(ARGS_AT + field) >>> 3]!;
  }
}

/** Whether it is a number of 32 bits. */
export function isWord(value: unknown): value is number {
  return typeof value === 'number' && value >>> 0 === value;
}

function setSeconds(memory: MemoryViews, at: number, value: Seconds): void {
  if (typeof value === 'bigint') {
    memory.longs[at >>> 3] = value;
    return;
  }
  const { words } = memory;
  words[at >>> 2] = value; // modulo 2^32
  words[(at >>> 2) + 1] = value >= 0 && value < TWO_32 ? 0 : Math.floor(value / TWO_32);
}

/**
 * Writes a name of `length` bytes, zero-padded. By the language's own `set`, which takes a step
 * where a loop takes 32, compiled or not; throws if another thread has made the array longer since.
 */
function setName(to: Uint8Array, name: Uint8Array, length: number): void {
  setBytes(to, length === 32 ? name : padded(name, length));
}
