// The core's memory, read and written. Nothing here decides anything.

import {
  ARGS,
  ARGS_AT,
  type Core,
  COUNTERS_AT,
  DATA_LENGTH_MASK,
  ENTRY,
  HEADER_AT,
  MEMBERSHIP_BYTES,
  NAME_LENGTH_MASK,
  NAME_LENGTH_SHIFT,
  NOT_RESUMABLE,
  RECORD_BYTES,
  SCOPE_VERSION,
  TAG_LENGTHS_AT,
  TAGS_AT,
  WIDE,
  WIDE_BYTES,
  WIDE_FIELDS,
} from './abi.ts';
import { fromBigint, type Seconds } from '../checks.ts';

const TWO_32 = 2 ** 32;

/** Views of the core's memory. Growing detaches them: `bytes`, `words` and `longs` look first. */
export class Store {
  readonly core: Core;
  #bytes: Uint8Array;
  #words: Uint32Array;
  #longs: BigInt64Array;

  constructor(core: Core) {
    this.core = core;
    this.#bytes = new Uint8Array(core.memory.buffer);
    this.#words = new Uint32Array(core.memory.buffer);
    this.#longs = new BigInt64Array(core.memory.buffer);
  }

  get bytes(): Uint8Array {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#bytes;
  }

  get words(): Uint32Array {
    if (this.#words.length === 0) this.#refresh();
    return this.#words;
  }

  get longs(): BigInt64Array {
    if (this.#longs.length === 0) this.#refresh();
    return this.#longs;
  }

  #refresh(): void {
    const { buffer } = this.core.memory;
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Uint32Array(buffer);
    this.#longs = new BigInt64Array(buffer);
  }

  // ---- Args ----

  /** Stages an id or the name of a group, zero-padded. */
  stageId(id: Uint8Array): void {
    this.#stageName(ARGS_AT + ARGS.id0, id);
  }

  stageContext(context: Uint8Array): void {
    this.#stageName(ARGS_AT + ARGS.context0, context);
  }

  stageLength(contextLength: number): void {
    this.stageWord(ARGS.contextLength, contextLength);
  }

  stageTags(tags: readonly Uint8Array[]): void {
    const { bytes } = this;
    for (const [i, tag] of tags.entries()) {
      this.#stageName(TAGS_AT + i * 32, tag);
      bytes[TAG_LENGTHS_AT + i] = tag.length;
    }
    this.stageWord(ARGS.tagCount, tags.length);
  }

  #stageName(at: number, name: Uint8Array): void {
    const { bytes } = this;
    if (name.length < 32) bytes.fill(0, at, at + 32);
    bytes.set(name, at);
  }

  stageWord(field: number, value: number): void {
    this.words[(ARGS_AT + field) >>> 2] = value;
  }

  word(field: number): number {
    return this.words[(ARGS_AT + field) >>> 2]!;
  }

  stageSeconds(field: number, value: Seconds): void {
    this.#setLong(ARGS_AT + field, value);
  }

  long(field: number): bigint {
    return this.longs[(ARGS_AT + field) >>> 3]!;
  }

  #setLong(at: number, value: Seconds): void {
    if (typeof value === 'bigint') {
      this.longs[at >>> 3] = value;
    } else {
      const { words } = this;
      words[at >>> 2] = value; // modulo 2^32
      words[(at >>> 2) + 1] = Math.floor(value / TWO_32);
    }
  }

  // ---- Header ----

  headerWord(field: number): number {
    return this.words[(HEADER_AT + field) >>> 2]!;
  }

  setHeaderWord(field: number, value: number): void {
    this.words[(HEADER_AT + field) >>> 2] = value;
  }

  headerLong(field: number): Seconds {
    return fromBigint(this.longs[(HEADER_AT + field) >>> 3]!);
  }

  counter(index: number): number {
    const at = (COUNTERS_AT >>> 2) + 2 * index;
    const { words } = this;
    return words[at]! + words[at + 1]! * TWO_32;
  }

  // ---- Entries ----

  serialOf(at: number): number {
    return this.words[(at + ENTRY.serial) >>> 2]!;
  }

  metaOf(at: number): number {
    return this.words[(at + ENTRY.meta) >>> 2]!;
  }

  /** Id and data, which lie in one piece; a copy. */
  copyIdAndData(at: number): Uint8Array {
    const meta = this.metaOf(at);
    const idLength = (meta >>> NAME_LENGTH_SHIFT) & NAME_LENGTH_MASK;
    const start = at + RECORD_BYTES;
    return this.bytes.slice(start, start + idLength + (meta & DATA_LENGTH_MASK));
  }

  /** A view of the session's bytes, good until the next call of the core. */
  dataOf(at: number): Uint8Array {
    const meta = this.metaOf(at);
    const start = at + RECORD_BYTES + ((meta >>> NAME_LENGTH_SHIFT) & NAME_LENGTH_MASK);
    return this.bytes.subarray(start, start + (meta & DATA_LENGTH_MASK));
  }

  /** A copy of the session's bytes. */
  copyData(at: number): Uint8Array {
    return new Uint8Array(this.dataOf(at));
  }

  /** Where the data of an entry with an id of `idLength` bytes begins. */
  writeData(at: number, idLength: number, data: Uint8Array): void {
    this.bytes.set(data, at + RECORD_BYTES + idLength);
  }

  timeOf(at: number): Seconds {
    return this.#secondsOf(at, ENTRY.time, WIDE_FIELDS.time);
  }

  timeoutOf(at: number): Seconds {
    return this.#secondsOf(at, ENTRY.timeout, WIDE_FIELDS.timeout);
  }

  bornOf(at: number): Seconds {
    return this.#secondsOf(at, ENTRY.born, WIDE_FIELDS.born);
  }

  versionOf(at: number): number {
    return this.words[(this.#scopeOf(at) + SCOPE_VERSION) >>> 2]!;
  }

  contextOf(at: number): Uint8Array {
    return this.#nameOf(this.#scopeOf(at));
  }

  /** The tags of an entry that is TAGGED; copies. */
  tagsOf(at: number): Uint8Array[] {
    const meta = this.metaOf(at);
    const list = this.#tailOf(at) + (meta & WIDE ? WIDE_BYTES : 0);
    const count = this.words[list >>> 2]!;
    return Array.from({ length: count }, (_, i) =>
      this.#nameOf(this.words[(list + 4 + i * MEMBERSHIP_BYTES) >>> 2]!),
    );
  }

  #scopeOf(at: number): number {
    return this.words[(at + ENTRY.scope) >>> 2]!;
  }

  #secondsOf(at: number, narrow: number, wide: number): Seconds {
    if (!(this.metaOf(at) & WIDE)) return this.words[(at + narrow) >>> 2]!;
    // Wide fields lie on a multiple of 4, not of 8.
    const low = (this.#tailOf(at) + wide) >>> 2;
    const high = this.words[low + 1]! | 0;
    return fromBigint((BigInt(high) << 32n) | BigInt(this.words[low]!));
  }

  #tailOf(at: number): number {
    const meta = this.metaOf(at);
    const idLength = (meta >>> NAME_LENGTH_SHIFT) & NAME_LENGTH_MASK;
    const end = at + RECORD_BYTES + idLength + (meta & DATA_LENGTH_MASK);
    return ((end + 3) & ~3) >>> 0; // addresses reach 2^32
  }

  #nameOf(at: number): Uint8Array {
    const length = (this.metaOf(at) >>> NAME_LENGTH_SHIFT) & NAME_LENGTH_MASK;
    return this.bytes.slice(at + RECORD_BYTES, at + RECORD_BYTES + length);
  }

  mark(at: number): void {
    this.words[(at + ENTRY.meta) >>> 2] = this.metaOf(at) | NOT_RESUMABLE;
  }

  /** Sets both times of an entry. Returns whether there was memory for that. */
  retime(at: number, time: Seconds, timeout: Seconds): boolean {
    this.stageSeconds(ARGS.time, time);
    this.stageSeconds(ARGS.timeout, timeout);
    return this.core.retime(at) !== 0;
  }

  /** Overwrites all of the memory with zeros. */
  wipe(): void {
    this.bytes.fill(0);
  }
}
