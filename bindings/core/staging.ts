// What a call of the core is told, and what it leaves: Args of assembly/layout.ts.

import { ARGS_AT, DATA_AT, HEADER_AT, ID_AT, TAG_LENGTHS_AT, TAGS_AT } from './abi.generated.ts';
import * as ARGS from './fields/args.generated.ts';
import * as HEADER from './fields/header.generated.ts';
import { MemoryViews } from './memory-views.ts';
import { type Seconds, setBytes } from '../checks.ts';
import { padded, type Words } from './words.ts';

const TWO_32 = 2 ** 32;
const CONTEXT_AT = ARGS_AT + ARGS.context0;
const NO_BYTES = new Uint8Array(0);

/** Sessions of a server have few lengths. */
const SLOTS = 16;

/** What is kept for sessions of one length, by the low bits of the length. */
class Slot {
  /**
   * -1: nothing. Compared instead of a view's own length, which takes V8 as long as all the rest.
   */
  length = -1;
  /** The bytes at DATA_AT. */
  data: Uint8Array = NO_BYTES;
  /** The staged id and the bytes at DATA_AT. */
  dataWithId: Uint8Array = NO_BYTES;
  /** An array for the user, with a buffer of its own (store.ts). */
  lent: Uint8Array = NO_BYTES;
}

export class Staging extends MemoryViews {
  protected readonly slots: readonly Slot[] = Array.from({ length: SLOTS }, () => new Slot());
  /** The context that is staged, if it is one that never changes. */
  protected staged: Uint8Array | undefined;
  /** The present that is staged. */
  protected now = 0;

  protected override refresh(): void {
    super.refresh();
    for (const slot of this.slots) slot.length = -1;
  }

  /** Stages an id or the name of a group of `length` bytes, zero-padded. */
  stageId(id: Uint8Array, length: number = id.length): void {
    this.stageName(ID_AT, id, length);
  }

  /** Stages the words of an id. */
  stageWords(id: Words): void {
    this.words.set(id, ID_AT >>> 2);
  }

  /** Stages a context of `length` bytes that may change later. */
  stageContext(context: Uint8Array, length: number = context.length): void {
    this.staged = undefined;
    this.stageName(ARGS_AT + ARGS.context0, context, length);
    const { words } = this;
    words[(ARGS_AT + ARGS.contextLength) >>> 2] = length;
    words[(HEADER_AT + HEADER.checkedScope) >>> 2] = 0; // L4
  }

  /** Stages a context that never changes: the same one twice in a row need not be staged again. */
  stageDefaultContext(context: Uint8Array): void {
    if (context === this.staged) return;
    this.stageContext(context);
    this.staged = context;
  }

  /** Stages an id that lies in a larger array. */
  stageIdFrom(from: Uint8Array, at: number, length: number): void {
    const { bytes } = this;
    for (let i = 0; i < 32; i++) bytes[ID_AT + i] = i < length ? from[at + i]! : 0;
  }

  /** Stages a context that lies in a larger array, unless it is the one that is staged. */
  stageContextFrom(from: Uint8Array, at: number, length: number): void {
    const { bytes } = this;
    let isStaged = this.word(ARGS.contextLength) === length;
    for (let i = 0; isStaged && i < length; i++) isStaged = bytes[CONTEXT_AT + i] === from[at + i];
    if (!isStaged) this.stageContext(from.subarray(at, at + length));
  }

  /** Stages the present. */
  stageNow(now: number): void {
    if (now === this.now) return;
    this.now = now;
    setSeconds(this, HEADER_AT + HEADER.now, now);
  }

  /** Stages the tags of a session. */
  stageTags(tags: readonly Uint8Array[]): void {
    const { bytes } = this;
    for (const [i, tag] of tags.entries()) {
      this.stageName(TAGS_AT + i * 32, tag, tag.length);
      bytes[TAG_LENGTHS_AT + i] = tag.length;
    }
  }

  /** Writes exactly 32 bytes, whatever has become of an array since `length` was read. */
  private stageName(to: number, name: Uint8Array, length: number): void {
    const { words } = this;
    const n = length === 32 ? name : padded(name, length);
    for (let i = 0; i < 32; i += 4) {
      words[(to + i) >>> 2] = n[i]! | (n[i + 1]! << 8) | (n[i + 2]! << 16) | (n[i + 3]! << 24);
    }
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
    slot.dataWithId = new Uint8Array(buffer, ID_AT, 32 + length);
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

/** Whether the core's `add` takes it as a number of 32 bits. */
export function isNarrow(seconds: Seconds): seconds is number {
  return typeof seconds === 'number' && seconds >= 0 && seconds < TWO_32;
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
