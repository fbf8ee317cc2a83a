// The lock of a cache that threads share. A thread that holds it runs no callback of the program.
//
// L1  memory is written only by the holder, and read by it or by the core's `read`: memory.ts
//     refuses every other access
// L2  a lock is taken from its holder only if the holder's thread is known to have ended: then it
//     never writes again. A holder that is only slow, or stopped by a debugger, keeps it for as
//     long as it takes; the others give up after a while, and do without the cache
// L3  a thread that takes the lock from a dead holder first wipes the cache, so that nothing is
//     left of the interrupted operation. If it ends while wiping, the next one does the same
// L4  every wait is bounded
// L5  data that threads read without the lock (assembly/reader.ts) is changed only after `write`
// L6  a thread that calls in a loop does not starve the others: a thread that has waited for a
//     slice announces this, and threads that come later let it go first, for a millisecond at most

import {
  BUSY_LOOKUPS,
  BUSY_OTHERS,
  BUSY_STORES,
  HUNGRY,
  isDead,
  LOCK,
  SEQUENCE,
  WAITERS,
} from './control.ts';
import { SessionCacheError } from '../errors.ts';
import type { SharedCore } from './memory.ts';
import { canSleep } from './platform.ts';

/** Milliseconds that a lookup or a store waits: the handshake can do without it. */
export const SHORT = 100;
/** Milliseconds that a removal waits: without it a session that must not resume would stay. */
export const LONG = 1000;
/**
 * Milliseconds that a call waits if an earlier wait for the same operation of another thread
 * failed: short enough for a server that continues without the cache, and long enough for a holder
 * that only waits for a processor.
 */
const AGAIN = 1;
/** Milliseconds after which a waiting thread checks again whether the holder is dead. */
const SLICE = 5;
/** Attempts to take a lock before the thread goes to sleep; an operation takes 1 µs. */
const SPINS = 400;

export type BusyCounter = typeof BUSY_LOOKUPS | typeof BUSY_STORES | typeof BUSY_OTHERS;

export class Lock {
  readonly control: Int32Array;
  /** The value of the lock while this thread holds it. */
  readonly pass: number;
  /** The functions of the core that tell readers of a change. */
  writer: Pick<SharedCore, 'beginWrite' | 'endWrite'> | undefined;
  /** Called with the lock, when another thread may have changed anything. */
  onForeign: () => void = () => {};
  /** Called with the lock, when it has been taken from a dead thread. */
  onDeath: () => void = () => {};
  /** Called without the lock, from time to time, while another thread holds it for long. */
  onSilence: (holder: number) => void = () => {};

  /**
   * The thread has left the cache. Its slot may belong to another thread by now, so that its end
   * would not be noticed.
   */
  isRetired = false;
  private readonly canSleep = canSleep();
  private depth = 0;
  private isWriting = false;
  private sequence = -1;
  private isRobbed = false;
  /** The holder, and its operation, for which a wait has failed. */
  private stuckPass = 0;
  private stuckSequence = 0;

  constructor(control: Int32Array, pass: number) {
    this.control = control;
    this.pass = pass;
  }

  get isHeld(): boolean {
    return this.depth !== 0;
  }

  /**
   * Takes the lock, or takes it once more. Returns false if another thread has held it for
   * `patience` milliseconds.
   */
  enter(patience: number): boolean {
    if (this.depth !== 0) {
      this.depth++;
      return true;
    }
    if (this.isRetired) return false;
    const { control } = this;
    const isFree =
      control[HUNGRY] === 0 && Atomics.compareExchange(control, LOCK, 0, this.pass) === 0;
    if (!isFree && !this.wait(patience)) return false;
    this.begin();
    return true;
  }

  /** Releases what `enter` has taken. Does nothing if the lock was lost meanwhile (`without`). */
  leave(): void {
    if (this.depth !== 0 && --this.depth === 0) this.release();
  }

  /**
   * Calls `call` without the lock, and takes the lock again. If that fails, the operation in
   * progress continues without it, and its next access to memory throws.
   */
  without<Result>(call: () => Result): Result {
    const { depth } = this;
    if (depth === 0) return call();
    this.depth = 0;
    this.release();
    try {
      return call();
    } finally {
      if (this.enter(SHORT)) this.depth = depth;
    }
  }

  /**
   * The holder calls this before it changes data that others read without the lock. They see no
   * change until the lock is released.
   */
  write(): void {
    if (this.isWriting) return;
    this.isWriting = true;
    this.writer?.beginWrite();
  }

  /** Counts a call that gave up. */
  countBusy(counter: BusyCounter): void {
    Atomics.add(this.control, counter, 1);
  }

  private begin(): void {
    const { control } = this;
    this.depth = 1;
    const sequence = control[SEQUENCE]!;
    const next = (sequence + 1) | 0;
    control[SEQUENCE] = next;
    const isForeign = sequence !== this.sequence;
    this.sequence = next;
    if (isForeign) this.onForeign();
    if (this.isRobbed) {
      this.isRobbed = false;
      this.onDeath();
    }
  }

  private release(): void {
    const { control } = this;
    if (this.isWriting) {
      this.isWriting = false;
      this.writer?.endWrite();
    }
    Atomics.store(control, LOCK, 0);
    if (Atomics.load(control, WAITERS) === 0) return;
    Atomics.notify(control, LOCK, control[HUNGRY] === 0 ? 1 : Infinity);
  }

  private wait(patience: number): boolean {
    const { control } = this;
    for (let i = 0; i < SPINS && control[HUNGRY] === 0; i++) {
      if (Atomics.load(control, LOCK) === 0 && this.swap(0)) return true;
    }
    const isOurs = this.waitLonger(this.canSleep ? patience : 0);
    Atomics.compareExchange(control, HUNGRY, this.pass, 0);
    return isOurs;
  }

  private waitLonger(most: number): boolean {
    const { control, pass } = this;
    const start = performance.now();
    for (;;) {
      const holder = Atomics.load(control, LOCK);
      const hungry = Atomics.load(control, HUNGRY);
      if (holder === 0 && (hungry === 0 || hungry === pass)) {
        if (this.swap(0)) return true;
      } else if (holder !== 0 && isDead(control, holder)) {
        this.isRobbed = this.swap(holder);
        if (this.isRobbed) return true;
      }
      const patience = most <= SHORT && this.isStuck(holder) ? Math.min(AGAIN, most) : most;
      const waited = performance.now() - start;
      if (waited >= patience) {
        this.stuckPass = holder;
        this.stuckSequence = control[SEQUENCE]!;
        return false;
      }
      if (holder !== 0) {
        this.sleep(holder, Math.min(patience - waited, SLICE));
        if (waited > SLICE) {
          this.onSilence(holder);
          Atomics.compareExchange(control, HUNGRY, 0, pass);
        }
      } else if (hungry !== 0 && hungry !== pass) {
        // It has its chance now, unless it is no more.
        Atomics.wait(control, HUNGRY, hungry, 1);
        Atomics.compareExchange(control, HUNGRY, hungry, 0);
      }
    }
  }

  private swap(holder: number): boolean {
    return Atomics.compareExchange(this.control, LOCK, holder, this.pass) === holder;
  }

  private isStuck(holder: number): boolean {
    return (
      holder !== 0 && holder === this.stuckPass && this.control[SEQUENCE] === this.stuckSequence
    );
  }

  private sleep(holder: number, milliseconds: number): void {
    const { control } = this;
    Atomics.add(control, WAITERS, 1);
    Atomics.wait(control, LOCK, holder, milliseconds);
    Atomics.sub(control, WAITERS, 1);
  }
}

/** The error of a call that could not take the lock, or lost it. */
export function busy(): SessionCacheError {
  return new SessionCacheError(
    'ERR_SESSCACHE_BUSY',
    'another thread has held the cache for too long: nothing was changed, try again',
  );
}

export function isBusy(error: unknown): boolean {
  return error instanceof SessionCacheError && error.code === 'ERR_SESSCACHE_BUSY';
}
