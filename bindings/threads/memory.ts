// The memory of a cache that threads share. It differs from any other in two ways: every access
// checks that this thread holds the lock (L1 of lock.ts), and views stay valid, because it never
// grows.
//
// The program reads and sets the handle of a session outside of any call of the cache. The handle
// first asks the engine for its entry, and then this memory for the fields of the entry. Without
// the lock the entry may be gone by then. The engine therefore leaves a copy of the fields here
// when it finds the entry, and a write to the entry is carried out only if it is still there.

import type { Core } from '../core/abi.ts';
import { CoreMemory } from '../core/core-memory.ts';
import type { Seconds } from '../checks.ts';
import {
  ARGS_AT,
  AREA_BYTES,
  AREA_COUNTERS,
  AREA_PAGES,
  COUNTERS_AT,
  HEADER_AT,
  PAGE_BYTES,
  SCRATCH_AT,
  UPDATE_TIME,
} from '../core/abi.generated.ts';
import * as ARGS from '../core/fields/args.generated.ts';
import * as HEADER from '../core/fields/header.generated.ts';
import { MODE, slotNumberOf, slotsUsed } from './control.ts';
import { busy, type Lock, LONG } from './lock.ts';

const CONTEXT_AT = ARGS_AT + ARGS.context0;

/** The additional exports of the shared build. */
export type SharedCore = Core & {
  wipeAll(): void;
  beginWrite(): void;
  endWrite(): void;
  wipeArea(area: number): void;
  unread(area: number, result: number, now: number): void;
  /** `now` in whole seconds; see assembly/reader.ts. */
  read(
    area: number,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    w4: number,
    w5: number,
    w6: number,
    w7: number,
    version: number,
    connection: number,
    now: number,
  ): number;
};

/** Functions that do not change what threads read without the lock: S1 of assembly/reader.ts. */
const HARMLESS = new Set(['find', 'first', 'next', 'cursorOf', 'firstAtCursor', 'decode', 'checkForeign']); // prettier-ignore

/** Address of the area of a pass's slot (assembly/area.ts). */
export function areaOf(core: SharedCore, pass: number): number {
  const { byteLength } = core.memory.buffer;
  return byteLength - AREA_PAGES * PAGE_BYTES + slotNumberOf(pass) * AREA_BYTES;
}

/** The fields of an entry when a handle was looked up without the lock. */
export interface Peeked {
  readonly at: number;
  readonly serial: number;
  readonly meta: number;
  readonly time: Seconds;
  readonly timeout: Seconds;
  readonly authTime: Seconds;
  readonly context: Uint8Array;
}

export class SharedMemory extends CoreMemory {
  readonly raw: SharedCore;
  /** Where the session that was peeked at is now, or 0; called with the lock. */
  relocate: () => number = () => 0;
  private readonly lock: Lock;
  private isForeign = true;
  private peeked: Peeked | undefined;
  /** A context for the entry that was peeked at. */
  private context: Uint8Array | undefined;
  private readonly allBytes: Uint8Array;
  private readonly allWords: Uint32Array;
  private readonly allLongs: BigInt64Array;

  constructor(core: SharedCore, lock: Lock) {
    super(guarded(core, lock));
    const { buffer } = core.memory;
    this.raw = core;
    this.lock = lock;
    lock.writer = core;
    this.allBytes = new Uint8Array(buffer);
    this.allWords = new Uint32Array(buffer);
    this.allLongs = new BigInt64Array(buffer);
    this.core.rescope = (at) => this.rescope(at);
  }

  override get bytes(): Uint8Array {
    if (!this.lock.isHeld) throw busy();
    return this.allBytes;
  }

  override get words(): Uint32Array {
    if (!this.lock.isHeld) throw busy();
    return this.allWords;
  }

  override get longs(): BigInt64Array {
    if (!this.lock.isHeld) throw busy();
    return this.allLongs;
  }

  /** Another thread may have staged something else. */
  forgetStaged(): void {
    this.isForeign = true;
    this.stagedOfSession = undefined;
    this.now = Number.NaN;
  }

  /** Threads usually stage the same context; then what a lookup knows about it stays valid (L4). */
  override stageDefaultContext(context: Uint8Array): void {
    if (context === this.staged && !this.isForeign) return;
    this.isForeign = false;
    if (!this.hasStaged(context)) super.stageContext(context);
    this.staged = context;
  }

  private hasStaged(context: Uint8Array): boolean {
    const { length } = context;
    if (this.word(ARGS.contextLength) !== length) return false;
    const { bytes } = this;
    for (let i = 0; i < length; i++) if (bytes[CONTEXT_AT + i] !== context[i]) return false;
    return true;
  }

  // ---- Numbers of the whole cache, which may be read at any time: each is right by itself ----

  override headerWord(field: number): number {
    return this.allWords[(HEADER_AT + field) >>> 2]!;
  }

  override headerLong(field: number): Seconds {
    const value = this.allLongs[(HEADER_AT + field) >>> 3]!;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  override counter(index: number): number {
    const { allLongs } = this;
    let sum = allLongs[(COUNTERS_AT >>> 3) + index]!;
    for (let slot = slotsUsed(this.lock.control); slot > 0; slot--) {
      sum += allLongs[((areaOf(this.raw, slot) + AREA_COUNTERS) >>> 3) + index]!;
    }
    return Number(sum);
  }

  // ---- All of it ----

  /** The areas of readers are wiped by their threads, and when a slot is freed. */
  override wipe(): void {
    this.lock.write();
    this.recall();
    this.allBytes.fill(0, SCRATCH_AT, this.headerWord(HEADER.pages) * PAGE_BYTES);
  }

  /** Wipes what a thread that has ended may have left in its area. */
  wipeArea(pass: number): void {
    this.raw.wipeArea(areaOf(this.raw, pass));
  }

  // ---- Entries ----

  /** Copies the fields of an entry, for reads without the lock. */
  peek(at: number): void {
    this.peeked = {
      at,
      serial: this.serialOf(at),
      meta: this.metaOf(at),
      time: this.timeOf(at),
      timeout: this.timeoutOf(at),
      authTime: this.authTimeOf(at),
      context: this.contextOf(at),
    };
  }

  override metaOf(at: number): number {
    return this.lock.isHeld ? super.metaOf(at) : this.peekedAt(at).meta;
  }

  override timeOf(at: number): Seconds {
    return this.lock.isHeld ? super.timeOf(at) : this.peekedAt(at).time;
  }

  override timeoutOf(at: number): Seconds {
    return this.lock.isHeld ? super.timeoutOf(at) : this.peekedAt(at).timeout;
  }

  override authTimeOf(at: number): Seconds {
    return this.lock.isHeld ? super.authTimeOf(at) : this.peekedAt(at).authTime;
  }

  override contextOf(at: number): Uint8Array {
    return this.lock.isHeld ? super.contextOf(at) : this.peekedAt(at).context.slice();
  }

  override mark(at: number): void {
    this.change(
      at,
      (now) => {
        this.lock.write();
        super.mark(now);
      },
      undefined,
    );
  }

  override retime(at: number, time: Seconds, timeout: Seconds): boolean {
    return this.change(at, (now) => super.retime(now, time, timeout), true);
  }

  override stageOwnContextOfSession(context: Uint8Array): void {
    if (this.lock.isHeld) super.stageOwnContextOfSession(context);
    else this.context = context;
  }

  private rescope(at: number): number {
    const { context, lock } = this;
    this.context = undefined;
    return this.change(
      at,
      (now) => {
        if (context !== undefined) super.stageContextOfSession(context);
        lock.write();
        return this.raw.rescope(now);
      },
      1,
    );
  }

  /** Writes to an entry; without the lock, to the one that was peeked at, unless it has left. */
  private change<Result>(at: number, write: (at: number) => Result, ifGone: Result): Result {
    const { lock } = this;
    if (lock.isHeld) return write(at);
    if (this.peeked?.at !== at || !lock.enter(LONG)) throw busy();
    try {
      const now = this.relocate();
      return now === 0 ? ifGone : write(now);
    } finally {
      lock.leave();
    }
  }

  private peekedAt(at: number): Peeked {
    const { peeked } = this;
    if (peeked?.at === at) return peeked;
    throw busy();
  }
}

/** Reads counters without the lock: those of the cache, and those in the areas of readers. */
export class Counters extends CoreMemory {
  private readonly memory: SharedMemory;

  constructor(memory: SharedMemory) {
    super(memory.raw);
    this.memory = memory;
  }

  override counter(index: number): number {
    return this.memory.counter(index);
  }
}

/** The functions of the core, each of which refuses to run without the lock. */
function guarded(core: SharedCore, lock: Lock): Core {
  const check = (): void => {
    if (!lock.isHeld) throw busy();
  };
  const { lookup, count, checkEntry } = core;
  /** A lookup may change the times of what it finds. */
  const checkLookup = (): void => {
    check();
    if (lock.control[MODE]! & UPDATE_TIME) lock.write();
  };
  const functions: Record<string, unknown> = { memory: core.memory };
  for (const [name, value] of Object.entries(core)) {
    if (typeof value !== 'function') continue;
    const call = value as (...given: number[]) => number;
    const isHarmless = HARMLESS.has(name);
    functions[name] = (a: number, b: number, c: number, d: number): number => {
      check();
      if (!isHarmless) lock.write();
      return call(a, b, c, d);
    };
  }
  const guards: Pick<Core, 'checkEntry' | 'count' | 'lookup'> = {
    lookup(w0, w1, w2, w3, w4, w5, w6, w7, version, length, flags) {
      checkLookup();
      return lookup(w0, w1, w2, w3, w4, w5, w6, w7, version, length, flags);
    },
    checkEntry(at, version, connection) {
      checkLookup();
      return checkEntry(at, version, connection);
    },
    /** At the end of operations: one that has lost the lock leaves it out. */
    count(counter) {
      if (lock.isHeld) count(counter);
    },
  };
  return { ...functions, ...guards } as unknown as Core;
}
