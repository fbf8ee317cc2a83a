// What a call of the core is told, and what it leaves: Args of assembly/layout.ts.

import {
  ARGS,
  ARGS_AT,
  DATA_AT,
  EXTENDED_MASTER_SECRET,
  ID_AT,
  NOT_RESUMABLE,
  TAG_LENGTHS_AT,
  TAGS_AT,
} from './abi.ts';
import { Memory } from './memory.ts';
import type { Seconds } from '../checks.ts';

const TWO_32 = 2 ** 32;

/** What the core is told of a session to be added, besides its bytes. */
export type StagedSession = {
  readonly serial: number;
  readonly id: Uint8Array;
  readonly version: number;
  /** Never written to. */
  readonly context: Uint8Array;
  readonly tags: readonly Uint8Array[];
  readonly time: Seconds;
  readonly timeout: Seconds;
  readonly born: Seconds;
  readonly notResumable: boolean;
  readonly extms: boolean;
};

export class Staging extends Memory {
  /** The context that is staged, if nobody can have written to it since. */
  private staged: Uint8Array | undefined;

  /** Stages an id or the name of a group, zero-padded. */
  stageId(id: Uint8Array): void {
    if (id.length !== 32) return this.stageName(ID_AT, id);
    // Unrolled: a third of the time of `set`, and it is done for each lookup.
    const { words } = this;
    const at = ID_AT >>> 2;
    words[at] = id[0]! | (id[1]! << 8) | (id[2]! << 16) | (id[3]! << 24);
    words[at + 1] = id[4]! | (id[5]! << 8) | (id[6]! << 16) | (id[7]! << 24);
    words[at + 2] = id[8]! | (id[9]! << 8) | (id[10]! << 16) | (id[11]! << 24);
    words[at + 3] = id[12]! | (id[13]! << 8) | (id[14]! << 16) | (id[15]! << 24);
    words[at + 4] = id[16]! | (id[17]! << 8) | (id[18]! << 16) | (id[19]! << 24);
    words[at + 5] = id[20]! | (id[21]! << 8) | (id[22]! << 16) | (id[23]! << 24);
    words[at + 6] = id[24]! | (id[25]! << 8) | (id[26]! << 16) | (id[27]! << 24);
    words[at + 7] = id[28]! | (id[29]! << 8) | (id[30]! << 16) | (id[31]! << 24);
  }

  /** Stages a context that anybody may write to later. */
  stageContext(context: Uint8Array): void {
    this.staged = undefined;
    this.stageName(ARGS_AT + ARGS.context0, context);
  }

  /** Stages a context that never changes: the same one twice in a row need not be staged again. */
  stageOwnContext(context: Uint8Array): void {
    if (context === this.staged) return;
    this.stageContext(context);
    this.staged = context;
  }

  stageLength(contextLength: number): void {
    this.stageWord(ARGS.contextLength, contextLength);
  }

  private stageTags(tags: readonly Uint8Array[]): void {
    const { bytes } = this;
    for (const [i, tag] of tags.entries()) {
      this.stageName(TAGS_AT + i * 32, tag);
      bytes[TAG_LENGTHS_AT + i] = tag.length;
    }
  }

  private stageName(at: number, name: Uint8Array): void {
    const { bytes } = this;
    if (name.length < 32) bytes.fill(0, at, at + 32);
    bytes.set(name, at);
  }

  /** Stages the bytes of a session. */
  stageData(data: Uint8Array): void {
    this.bytes.set(data, DATA_AT);
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

  /** Stages a session with all that belongs to it. */
  stageSession(session: StagedSession, data: Uint8Array): void {
    const { words } = this;
    const { id, context, tags, time, timeout, born } = session;
    this.stageId(id);
    this.stageOwnContext(context);
    this.stageData(data);
    if (tags.length > 0) this.stageTags(tags);
    setSeconds(this, ARGS_AT + ARGS.time, time);
    setSeconds(this, ARGS_AT + ARGS.timeout, timeout);
    setSeconds(this, ARGS_AT + ARGS.born, born);
    words[(ARGS_AT + ARGS.serial) >>> 2] = session.serial;
    words[(ARGS_AT + ARGS.version) >>> 2] = session.version;
    words[(ARGS_AT + ARGS.idLength) >>> 2] = id.length;
    words[(ARGS_AT + ARGS.contextLength) >>> 2] = context.length;
    words[(ARGS_AT + ARGS.dataLength) >>> 2] = data.length;
    words[(ARGS_AT + ARGS.flags) >>> 2] =
      (session.notResumable ? NOT_RESUMABLE : 0) | (session.extms ? EXTENDED_MASTER_SECRET : 0);
    words[(ARGS_AT + ARGS.tagCount) >>> 2] = tags.length;
    words[(ARGS_AT + ARGS.replaced) >>> 2] = 0;
  }
}

function setSeconds(memory: Memory, at: number, value: Seconds): void {
  if (typeof value === 'bigint') {
    memory.longs[at >>> 3] = value;
    return;
  }
  const { words } = memory;
  words[at >>> 2] = value; // modulo 2^32
  words[(at >>> 2) + 1] = value >= 0 && value < TWO_32 ? 0 : Math.floor(value / TWO_32);
}
