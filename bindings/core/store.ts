// The core's memory, read and written. Nothing here decides anything.

import {
  COUNTERS_AT,
  DATA_AT,
  DATA_LENGTH_MASK,
  HEADER_AT,
  ID_AT,
  MEMBERSHIP_BYTES,
  NAME_LENGTH_MASK,
  NAME_LENGTH_SHIFT,
  NOT_RESUMABLE,
  PACKED,
  PAGE_BYTES,
  RECORD_BYTES,
  SCOPE_VERSION,
  WIDE,
  WIDE_BYTES,
} from './abi.ts';
import * as ARGS from './fields/args.ts';
import * as ENTRY from './fields/entry.ts';
import * as HEADER from './fields/header.ts';
import * as TEMPLATE from './fields/template.ts';
import * as WIDE_FIELDS from './fields/wide.ts';
import { fromBigint, type Seconds } from '../checks.ts';
import { Slab } from './slab.ts';
import { Staging } from './staging.ts';

const TWO_32 = 2 ** 32;
/** Sessions of a server have few lengths. */
const VIEWS = 16;
const LAST_VIEW = VIEWS - 1;
const NO_VIEW = new Uint8Array(0);
const NONE = -1;

export class Store extends Staging {
  private readonly slab = new Slab();
  /** Views that were handed out last, by the low bits of their length; and their lengths. */
  private readonly views: Uint8Array[] = Array.from({ length: VIEWS }, () => NO_VIEW);
  private readonly lengths: number[] = Array.from({ length: VIEWS }, () => NONE);
  private readonly views32: Uint8Array[] = [...this.views];

  protected override refresh(): void {
    super.refresh();
    this.lengths.fill(NONE);
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

  /** The id of an entry; a copy. */
  idOf(at: number): Uint8Array {
    return this.nameOf(at);
  }

  /** A view of an entry's bytes, good until the next call of the core. */
  dataOf(at: number): Uint8Array {
    this.core.show(at);
    return this.shownStill(this.metaOf(at) & DATA_LENGTH_MASK);
  }

  /** A copy of an entry's bytes. */
  copyData(at: number): Uint8Array {
    return this.slab.copy(this.dataOf(at), 0);
  }

  /** The bytes that the core shows, the same array each time: good until the next call. */
  shown(length: number): Uint8Array {
    void this.bytes; // looks whether the memory has grown
    return this.shownStill(length);
  }

  /** The same for who has read something of the memory since the last call of the core. */
  shownStill(length: number): Uint8Array {
    const slot = length & LAST_VIEW;
    // Not by the view's own length, which takes V8 as long as finding the view.
    return this.lengths[slot] === length ? this.views[slot]! : this.viewShown(length);
  }

  private viewShown(length: number): Uint8Array {
    const { buffer } = this.bytes;
    this.lengths[length & LAST_VIEW] = length;
    return (this.views[length & LAST_VIEW] = new Uint8Array(buffer, DATA_AT, length));
  }

  /** A copy of the bytes that the core shows. The staged id lies before them: see `idBefore`. */
  copyShown(length: number): Uint8Array {
    const known = this.views32[length & LAST_VIEW]!;
    const both = known.length === 32 + length ? known : this.viewBoth(length);
    return this.slab.copy(both, 32);
  }

  private viewBoth(length: number): Uint8Array {
    const { buffer } = this.bytes;
    return (this.views32[length & LAST_VIEW] = new Uint8Array(buffer, ID_AT, 32 + length));
  }

  timeOf(at: number): Seconds {
    return this.secondsOf(at, ENTRY.time, WIDE_FIELDS.time);
  }

  timeoutOf(at: number): Seconds {
    return this.secondsOf(at, ENTRY.timeout, WIDE_FIELDS.timeout);
  }

  bornOf(at: number): Seconds {
    return this.secondsOf(at, ENTRY.born, WIDE_FIELDS.born);
  }

  versionOf(at: number): number {
    return this.words[(this.scopeOf(at) + SCOPE_VERSION) >>> 2]!;
  }

  contextOf(at: number): Uint8Array {
    const named = this.scopeOf(at);
    if (!(this.metaOf(at) & PACKED)) return this.nameOf(named);
    return this.nameOf(this.words[(named + TEMPLATE.scope) >>> 2]!);
  }

  /** The tags of an entry that is TAGGED; copies. */
  tagsOf(at: number): Uint8Array[] {
    const meta = this.metaOf(at);
    const list = this.tailOf(at) + (meta & WIDE ? WIDE_BYTES : 0);
    const count = this.words[list >>> 2]!;
    return Array.from({ length: count }, (_, i) =>
      this.nameOf(this.words[(list + 4 + i * MEMBERSHIP_BYTES) >>> 2]!),
    );
  }

  /** The scope of an entry, or the template that it is stored by. */
  private scopeOf(at: number): number {
    return this.words[(at + ENTRY.scope) >>> 2]!;
  }

  private secondsOf(at: number, narrow: number, wide: number): Seconds {
    if (!(this.metaOf(at) & WIDE)) return this.words[(at + narrow) >>> 2]!;
    // Wide fields lie on a multiple of 4, not of 8.
    const low = (this.tailOf(at) + wide) >>> 2;
    const high = this.words[low + 1]! | 0;
    return fromBigint((BigInt(high) << 32n) | BigInt(this.words[low]!));
  }

  private tailOf(at: number): number {
    const meta = this.metaOf(at);
    const idLength = (meta >>> NAME_LENGTH_SHIFT) & NAME_LENGTH_MASK;
    const stored =
      meta & PACKED
        ? this.words[(this.scopeOf(at) + TEMPLATE.own) >>> 2]!
        : meta & DATA_LENGTH_MASK;
    const end = at + RECORD_BYTES + idLength + stored;
    return ((end + 3) & ~3) >>> 0; // addresses reach 2^32
  }

  private nameOf(at: number): Uint8Array {
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

  /** Overwrites all of the memory with zeros. Pages that are not in use hold nothing else. */
  wipe(): void {
    this.bytes.fill(0, 0, this.headerWord(HEADER.pages) * PAGE_BYTES);
  }
}
