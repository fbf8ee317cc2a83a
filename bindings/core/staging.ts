// What a call of the core is told, and what it leaves: Args of assembly/layout.ts.

import { ARGS_AT, DATA_AT, HEADER_AT, ID_AT, TAG_LENGTHS_AT, TAGS_AT } from './abi.ts';
import * as ARGS from './fields/args.ts';
import * as HEADER from './fields/header.ts';
import { Memory } from './memory.ts';
import type { Seconds } from '../checks.ts';
import { idLengthOf, type SessionState } from '../session/state.ts';
import { bornOf, tagsOf } from '../session/extras.ts';
import type { Words } from './words.ts';

const TWO_32 = 2 ** 32;

export class Staging extends Memory {
  /** The context that is staged, if nobody can have written to it since. */
  private staged: Uint8Array | undefined;
  /** The present that is staged. */
  private now = 0;

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
    const { words } = this;
    words[(ARGS_AT + ARGS.contextLength) >>> 2] = context.length;
    words[(HEADER_AT + HEADER.passed) >>> 2] = 0; // L4
  }

  /** Stages a context that never changes: the same one twice in a row need not be staged again. */
  stageOwnContext(context: Uint8Array): void {
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

  /** The core's add, of a session with all that belongs to it. */
  add(session: SessionState, id: Words, data: Uint8Array, notify: number): number {
    const { core } = this;
    const { ownScope: scope, ownTime: time, ownTimeout: timeout } = session;
    const [born, tags] = [bornOf(session), tagsOf(session)];
    this.stageOwnContext(scope.context);
    this.stageData(data);
    if (tags.length > 0) this.stageTags(tags);
    if (!isNarrow(time) || !isNarrow(timeout) || !isNarrow(born)) {
      this.stageFields(session, id, data);
      return core.addStaged(notify);
    }
    return core.add(
      id[0]!,
      id[1]!,
      id[2]!,
      id[3]!,
      id[4]!,
      id[5]!,
      id[6]!,
      id[7]!,
      session.ownSerial,
      scope.version,
      idLengthOf(session),
      data.length,
      session.bits, // the core takes the two that it knows
      tags.length,
      time,
      timeout,
      born,
      notify,
    );
  }

  private stageFields(session: SessionState, id: Words, data: Uint8Array): void {
    this.words.set(id, ID_AT >>> 2);
    this.stageSeconds(ARGS.time, session.ownTime);
    this.stageSeconds(ARGS.timeout, session.ownTimeout);
    this.stageSeconds(ARGS.born, bornOf(session));
    this.stageWord(ARGS.serial, session.ownSerial);
    this.stageWord(ARGS.version, session.ownScope.version);
    this.stageWord(ARGS.idLength, idLengthOf(session));
    this.stageWord(ARGS.dataLength, data.length);
    this.stageWord(ARGS.flags, session.bits);
    this.stageWord(ARGS.tagCount, tagsOf(session).length);
    this.stageWord(ARGS.replaced, 0);
  }
}

/** Whether the core takes it as a number of 32 bits. */
function isNarrow(seconds: Seconds): seconds is number {
  return typeof seconds === 'number' && seconds >= 0 && seconds < TWO_32;
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
