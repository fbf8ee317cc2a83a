// The engine of a cache that threads share: one in each thread, over the same memory and the same
// settings. Each thread has its own callbacks, clock, and lookups that wait for a callback.

import { HAS_EXTERNAL, VERIFY_PEER } from '../core/abi.generated.ts';
import { type Departure, Engine } from '../cache/engine.ts';
import { SessionCacheError } from '../errors.ts';
import type { Session } from '../session/session.ts';
import { idOf, scopeOf, serialOf } from '../session/session.ts';
import { internContext } from '../session/state.ts';
import type { AnyConnection } from '../cache/types.ts';
import {
  BUSY_LOOKUPS,
  BUSY_OTHERS,
  BUSY_STORES,
  CONTEXT,
  CONTEXT_LENGTH,
  countThreads,
  leaveSlot,
  MODE,
  RECOVERIES,
  SETTINGS,
  VERIFY_PEER as VERIFY_PEER_AT,
} from './control.ts';
import { busy, type BusyCounter, isBusy, type Lock, LONG, SHORT } from './lock.ts';
import type { Lifeline } from './lifeline.ts';
import { SharedRevocations } from './revocations.ts';
import type { SharedMemory } from './memory.ts';

export { BUSY_LOOKUPS, BUSY_OTHERS, BUSY_STORES };

const NO_BYTES = new Uint8Array(0);

export class SharedEngine extends Engine {
  declare readonly memory: SharedMemory;
  readonly lock: Lock;
  override readonly revocations: SharedRevocations;
  /** Called after the cache was wiped because a thread ended while it held the lock. */
  onRecovery: () => void = () => {};
  /** The threads whose end this thread notices, by their passes. */
  readonly lifelines: Map<number, Lifeline> = new Map();
  private departures: Departure[] = [];
  /** Number of the settings that this thread has. */
  settings = 0;

  /** The caller holds the lock. */
  constructor(memory: SharedMemory, lock: Lock, now: () => number) {
    super(memory, 'manual', now, NO_BYTES, false);
    const { control } = lock;
    this.lock = lock;
    this.revocations = new SharedRevocations(control);
    Object.defineProperty(this, 'mode', {
      get: () => Atomics.load(control, MODE) >>> 0,
      set: (mode: number) => {
        Atomics.store(control, MODE, mode | 0);
      },
    });
    lock.onForeign = () => {
      memory.forgetStaged();
      if (!this.hasSettings) this.readSettings();
    };
    lock.onDeath = () => {
      lock.write(); // the sequence is odd already if the thread ended during a change
      memory.raw.wipeAll();
      Atomics.add(control, RECOVERIES, 1);
      this.onRecovery();
    };
    memory.relocate = () => this.relocated();
    this.readSettings();
  }

  // ---- The lock ----

  /** Calls `act` with the lock. Throws if the lock cannot be taken, or is lost meanwhile. */
  must<Result>(act: () => Result, counter: BusyCounter = BUSY_OTHERS): Result {
    this.open();
    if (!this.lock.enter(counter === BUSY_OTHERS ? LONG : SHORT)) {
      this.lock.countBusy(counter);
      throw busy();
    }
    try {
      return act();
    } finally {
      this.leave();
    }
  }

  /** The same, but returns `otherwise` instead of throwing. Errors of `act` are thrown. */
  tries<Result>(act: () => Result, otherwise: Result, counter: BusyCounter): Result {
    this.open();
    if (!this.lock.enter(SHORT)) {
      this.lock.countBusy(counter);
      return otherwise;
    }
    try {
      return act();
    } catch (error) {
      if (!isBusy(error)) throw error;
      this.lock.countBusy(counter);
      return otherwise;
    } finally {
      this.leave();
    }
  }

  /** Calls `act` with the lock if it can be taken, and otherwise without. */
  anyhow<Result>(act: () => Result): Result {
    this.open();
    const isHeld = this.lock.enter(SHORT);
    try {
      return act();
    } finally {
      if (isHeld) this.leave();
    }
  }

  /** Releases the lock, and then calls the remove callback for the sessions removed meanwhile. */
  leave(): void {
    const { lock } = this;
    lock.leave();
    if (lock.isHeld || this.departures.length === 0) return;
    const { departures } = this;
    this.departures = [];
    this.dispatch(departures);
  }

  override tell(departure: Departure): void {
    if (this.lock.isHeld) this.departures.push(departure);
    else super.tell(departure);
  }

  override tellNew(connection: AnyConnection | undefined, session: Session): unknown {
    if (this.onNew === undefined) return undefined;
    return this.lock.without(() => super.tellNew(connection, session));
  }

  /** Leaves the cache for good. The last thread that leaves wipes the memory. */
  retire(): void {
    const { lock } = this;
    this.isClosed = true;
    this.pending.clear();
    leaveSlot(lock.control, lock.pass);
    lock.isRetired = true;
    this.wipeIfLast();
  }

  /** Wipes the memory of a cache that this thread has left, if no other thread uses it. */
  wipeIfLast(): void {
    const { lock, memory } = this;
    if (countThreads(lock.control) > 0) return;
    lock.isRetired = false;
    try {
      if (!lock.enter(SHORT)) return;
      memory.wipe();
      lock.leave();
    } finally {
      lock.isRetired = true;
    }
  }

  // ---- Entries ----

  /** Without the lock, the result tells only whether there was an entry. */
  override find(id: Uint8Array, version: number, length: number = id.length): number {
    if (this.lock.isHeld || this.isClosed) return super.find(id, version, length);
    return this.tries(() => super.find(id, version, length), 0, BUSY_LOOKUPS);
  }

  override entryOf(session: Session): number {
    if (this.lock.isHeld) return super.entryOf(session);
    if (this.isClosed) return 0;
    return this.must(() => {
      const at = super.entryOf(session);
      if (at !== 0) {
        this.memory.peek(at);
        this.peekedId = idOf(session);
        this.peekedVersion = scopeOf(session).version;
        this.peekedSerial = serialOf(session);
      }
      return at;
    }, BUSY_LOOKUPS);
  }

  private peekedId: Uint8Array = NO_BYTES;
  private peekedVersion = 0;
  private peekedSerial = 0;

  private relocated(): number {
    const at = super.find(this.peekedId, this.peekedVersion);
    return at !== 0 && this.memory.serialOf(at) === this.peekedSerial ? at : 0;
  }

  /** Objects of one thread cannot be used by another. */
  override setAppData(_serial: number, value: unknown): void {
    if (value !== undefined) throw noAppData();
  }

  override noteRemoved(id: Uint8Array, version: number): void {
    this.revocations.noteRemoved(id, version);
    super.noteRemoved(id, version);
  }

  // ---- Settings that threads share ----

  /** Whether this thread has the settings of the cache. */
  get hasSettings(): boolean {
    return Atomics.load(this.lock.control, SETTINGS) === this.settings;
  }

  override get context(): Uint8Array {
    return super.context;
  }

  /** The caller holds the lock. */
  override set context(context: Uint8Array) {
    const { control } = this.lock;
    new Uint8Array(control.buffer).set(context, 4 * CONTEXT);
    Atomics.store(control, CONTEXT_LENGTH, context.length);
    super.context = context;
    this.noteSettings();
  }

  override get verifyPeer(): boolean {
    return super.verifyPeer;
  }

  /** The caller holds the lock. */
  override set verifyPeer(on: boolean) {
    Atomics.store(this.lock.control, VERIFY_PEER_AT, Number(on));
    super.verifyPeer = on;
    this.noteSettings();
  }

  private noteSettings(): void {
    this.settings = (Atomics.add(this.lock.control, SETTINGS, 1) + 1) | 0;
  }

  private readSettings(): void {
    const { control } = this.lock;
    this.settings = Atomics.load(control, SETTINGS);
    const start = 4 * CONTEXT;
    const length = Atomics.load(control, CONTEXT_LENGTH);
    const context = internContext(new Uint8Array(control.buffer).slice(start, start + length));
    const flags = this.defaultCriteria.flags & HAS_EXTERNAL;
    const verifies = Atomics.load(control, VERIFY_PEER_AT) !== 0;
    this.defaultCriteria = {
      ...this.defaultCriteria,
      context,
      flags: verifies ? flags | VERIFY_PEER : flags,
    };
  }
}

export function noAppData(): SessionCacheError {
  return new SessionCacheError(
    'ERR_SESSCACHE_SHARED',
    'a cache that threads share cannot keep appData, which belongs to one thread: leave it out',
  );
}
