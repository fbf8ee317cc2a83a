// The core's memory, read and written. Nothing here decides anything.

import {
  COUNTERS_AT,
  DATA_LENGTH_MASK,
  HEADER_AT,
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
} from './abi.generated.ts';
import * as ARGS from './fields/args.generated.ts';
import * as ENTRY from './fields/entry.generated.ts';
import * as HEADER from './fields/header.generated.ts';
import * as TEMPLATE from './fields/template.generated.ts';
import * as WIDE_FIELDS from './fields/wide.generated.ts';
import { copyOf, fromBigint, type Seconds, setBytes } from '../checks.ts';
import { isForSlab, Slab } from './slab.ts';
import { Staging } from './staging.ts';

const TWO_32 = 2 ** 32;

export class CoreMemory extends Staging {
  private readonly slab = new Slab();
  /** Whether an array of the user's has been written since they were wiped. */
  private isLent = false;

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

  /** A view of an entry's bytes, good until the next call of the core. Not for the user. */
  dataOf(at: number): Uint8Array {
    this.core.decode(at);
    return this.decodedBytes(this.metaOf(at) & DATA_LENGTH_MASK);
  }

  /** Whether the core shows the bytes of the session of this serial. */
  hasDecoded(serial: number): boolean {
    const { words } = this;
    const at = words[(HEADER_AT + HEADER.decoded) >>> 2]!;
    return at !== 0 && words[(at + ENTRY.serial) >>> 2] === serial >>> 0;
  }

  /** A copy of the bytes that the core shows: a slab's piece. */
  copyDecoded(length: number): Uint8Array {
    return this.slab.copy(this.decodedBytes(length));
  }

  /**
   * A copy of an entry's bytes: a piece of a slab, or an array of its own if it is not for that.
   */
  copyData(at: number): Uint8Array {
    const bytes = this.dataOf(at);
    return isForSlab(bytes.length) ? this.slab.copy(bytes) : copyOf(bytes);
  }

  // ---- What `viewSession` lends ----
  //
  // A view is an array of the session's length that is written anew for each view: its buffer,
  // unlike the memory's, holds only one session. The lent bytes are wiped before a session leaves
  // the cache.

  /** The bytes that the core shows, in an array for the user. */
  lend(length: number): Uint8Array {
    const { data, lent } = this.slotFor(length);
    setBytes(lent, data);
    this.isLent = true;
    return lent;
  }

  /** Wipes what has been lent. */
  recall(): void {
    if (this.isLent) this.wipeLent();
  }

  private wipeLent(): void {
    this.isLent = false;
    for (const { lent } of this.slots) lent.fill(0);
  }

  timeOf(at: number): Seconds {
    return this.secondsOf(at, ENTRY.time, WIDE_FIELDS.time);
  }

  timeoutOf(at: number): Seconds {
    return this.secondsOf(at, ENTRY.timeout, WIDE_FIELDS.timeout);
  }

  authTimeOf(at: number): Seconds {
    return this.secondsOf(at, ENTRY.authTime, WIDE_FIELDS.authTime);
  }

  versionOf(at: number): number {
    return this.words[(this.scopeOf(at) + SCOPE_VERSION) >>> 2]!;
  }

  contextOf(at: number): Uint8Array {
    return this.nameOf(this.contextAt(at));
  }

  /** Address of the record that an entry's context is the name of. */
  contextAt(at: number): number {
    const named = this.scopeOf(at);
    return this.metaOf(at) & PACKED ? this.words[(named + TEMPLATE.scope) >>> 2]! : named;
  }

  /** The tags of an entry that is TAGGED; copies. */
  tagsOf(at: number): Uint8Array[] {
    const meta = this.metaOf(at);
    const list = this.tailOf(at) + (meta & WIDE ? WIDE_BYTES : 0);
    const end = list + 4 + this.words[list >>> 2]! * MEMBERSHIP_BYTES;
    const tags: Uint8Array[] = [];
    for (let i = list + 4; i < end; i += MEMBERSHIP_BYTES)
      tags.push(this.nameOf(this.words[i >>> 2]!));
    return tags;
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
        ? this.words[(this.scopeOf(at) + TEMPLATE.privateBytes) >>> 2]!
        : meta & DATA_LENGTH_MASK;
    const end = at + RECORD_BYTES + idLength + stored;
    return ((end + 3) & ~3) >>> 0; // addresses reach 2^32
  }

  /** The name of a record, which is an entry's id; a copy. */
  nameOf(at: number): Uint8Array {
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
    this.recall();
    this.bytes.fill(0, 0, this.headerWord(HEADER.pages) * PAGE_BYTES);
  }
}
