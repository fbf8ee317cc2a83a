// SessionCache for several threads. Each method takes the lock, does the same as in any other
// cache, and releases the lock. If the lock cannot be taken, a lookup finds nothing and a handshake
// stores nothing; all other methods throw ERR_SESSCACHE_BUSY.
//
// Callbacks never run with the lock. A get callback is asked between the two halves of a lookup.
// The lock is released while the new callback runs (Engine.tellNew), and remove callbacks run at
// the end of the method (SharedEngine.leave).

import { SessionCache } from '../index.ts'; // what all entries import is in one file
import { checkBytes, checkObject, type Seconds } from '../checks.ts';
import { FirstError } from '../first-error.ts';
import { criteriaOf, type LookupCriteria } from '../cache/criteria.ts';
import { registerInternals } from '../cache/internal.ts';
import { answerAtOnce, answerTo, find, itself, lookUp, materialized } from '../cache/lookup.ts';
import { CallbackLookup } from '../cache/callback-lookup.ts';
import { flushSessions, UNLIMITED } from '../cache/remove.ts';
import { search } from '../cache/search.ts';
import { readStats } from '../cache/stats.ts';
import { LEFT_CLOSED } from '../core/abi.generated.ts';
import { areOptions, checkSession } from '../cache/checks.ts';
import type { SessionOptions } from '../session/options.ts';
import { handleAppDataOf, isView, materializeFound, Session } from '../session/session.ts';
import type {
  AnyConnection,
  CreateSessionOptions,
  FinishHandshakeOptions,
  Role,
  SessionCacheOptions,
  SessionCacheStats,
} from '../cache/types.ts';
import {
  BUSY_LOOKUPS,
  BUSY_OTHERS,
  BUSY_STORES,
  countThreads,
  IS_CLOSED,
  RECOVERIES,
} from './control.ts';
import { noAppData, type SharedEngine } from './engine.ts';
import { makeHandle, type SharedCacheHandle } from './handle.ts';
import { SharedInternals } from './internals.ts';
import { isBusy, SHORT } from './lock.ts';
import { Counters } from './memory.ts';
import { LOCKED, Reader } from './reader.ts';

/** No settings have this number. */
const NEVER = -0.5;

/** The result of `threadStats`, the same in all threads. */
export interface ThreadStats {
  /** Threads that share the cache, including handles that were not used yet. */
  readonly threads: number;
  /** Calls that gave up because another thread held the cache for too long. */
  readonly busy: { readonly lookups: number; readonly stores: number; readonly others: number };
  /** How often the cache was emptied because a thread ended during an operation. */
  readonly recoveries: number;
}

/**
 * *Experimental.* A `SessionCache` that several threads of a process share: one in each thread, all
 * with the same sessions, counters, limits, mode and other settings. The callbacks that a thread
 * sets are called for operations of this thread only.
 *
 * As `SessionCache`, but:
 *
 * - Lookups take no lock. One thread at a time changes the cache, for a microsecond. If a thread
 *   takes longer than 0.1 s (it was stopped, or has ended), lookups of the others may find nothing,
 *   `finishHandshake` stores nothing, and every other method throws a SessionCacheError
 *   `ERR_SESSCACHE_BUSY`; removals, revocations, flushes and settings first wait for 1 s. No call
 *   waits longer.
 * - If a thread ends during an operation, as by `worker.terminate()`, the cache is emptied and all
 *   of it is overwritten. The thread that notices emits the warning `SESSCACHE_SHARED_WIPED`, once.
 * - `viewSession` copies, because another thread may overwrite the bytes of a view.
 * - A session that is found is a handle as always: its times are those in the cache, and it tells
 *   whether it is still cached. Another thread may remove it at any moment.
 * - `appData` is refused: objects belong to one thread.
 * - `close` leaves the cache; the last thread that leaves it removes and overwrites all.
 * - Remove callbacks run when the method that removed is done with the cache.
 */
export class SharedSessionCache extends SessionCache {
  readonly #engine: SharedEngine;
  readonly #module: WebAssembly.Module;
  readonly #reader: Reader;
  readonly #counters: Counters;

  /** @internal */
  constructor(engine: SharedEngine, module: WebAssembly.Module) {
    super(engine as unknown as SessionCacheOptions);
    this.#engine = engine;
    this.#module = module;
    this.#reader = new Reader(engine);
    this.#counters = new Counters(engine.memory);
    registerInternals(this, new SharedInternals(engine, this));
  }

  /**
   * Makes a handle for one other thread, which joins with `joinSharedCache`. Send it through
   * `postMessage` or `workerData`, with its `port` in the list of transferred objects. When the
   * thread that calls `share` ends, the others continue, but no longer notice when one of them
   * ends: share from the main thread.
   *
   * @throws SessionCacheError `ERR_SESSCACHE_SHARED`: 127 threads share it already;
   *   `ERR_SESSCACHE_BUSY`.
   * @example
   * ```js
   * const handle = cache.share();
   * new Worker(file, { workerData: handle, transferList: [handle.port] });
   * ```
   */
  share(): SharedCacheHandle {
    return this.#must(() => makeHandle(this.#engine, this.#module));
  }

  /** Counters of the sharing: threads, calls that gave up, recoveries. */
  threadStats(): ThreadStats {
    this.#engine.open();
    const { control } = this.#engine.lock;
    const read = (at: number): number => Atomics.load(control, at) >>> 0;
    return {
      threads: countThreads(control),
      busy: {
        lookups: read(BUSY_LOOKUPS),
        stores: read(BUSY_STORES),
        others: read(BUSY_OTHERS),
      },
      recoveries: read(RECOVERIES),
    };
  }

  // ---- Sessions in and out ----

  override addSession(given: Session | SessionOptions): boolean {
    this.#engine.open();
    // Sessions that cannot be shared are refused before the lock is taken.
    const session = areOptions(given) ? new Session(given) : checkSession(given);
    if (handleAppDataOf(session) !== undefined) throw noAppData();
    return this.#engine.must(() => super.addSession(session), BUSY_STORES);
  }

  override removeSession(session: Session): boolean {
    return this.#must(() => super.removeSession(session));
  }

  override removeSessionById(id: Uint8Array, protocolVersion?: number): boolean {
    return this.#must(() => super.removeSessionById(id, protocolVersion));
  }

  override abortSession(session: Session): void {
    this.#must(() => super.abortSession(session));
  }

  override flushSessions(time?: Seconds, options?: { budget?: number | undefined }): number {
    return this.#must(() => super.flushSessions(time, options));
  }

  override revoke(options: { tag: string | Uint8Array; budget?: number | undefined }): number {
    return this.#must(() => super.revoke(options));
  }

  // ---- Handshakes ----

  override createSession(options: CreateSessionOptions = {}): Session {
    const engine = this.#engine.open();
    checkObject(options, 'options');
    if (options.appData !== undefined) throw noAppData();
    if (engine.onGenerate === undefined || options.id !== undefined) {
      return super.createSession(options); // `find` takes the lock
    }
    return super.createSession({ ...options, id: this.generateSessionId(options.connection) });
  }

  override resumeSession(id: Uint8Array, connection?: AnyConnection): Session | undefined {
    const found = this.#lookUp(id, connection);
    return found instanceof CallbackLookup ? this.#conclude(found, answerAtOnce(found)) : found;
  }

  /** The same as `resumeSession`: another thread may overwrite the bytes of a view. */
  override viewSession(id: Uint8Array, connection?: AnyConnection): Session | undefined {
    return this.resumeSession(id, connection);
  }

  override async resumeSessionAsync(
    id: Uint8Array,
    connection?: AnyConnection,
  ): Promise<Session | undefined> {
    const found = this.#lookUp(id, connection);
    return found instanceof CallbackLookup ? this.#conclude(found, await answerTo(found)) : found;
  }

  override findSession(id: Uint8Array, connection?: AnyConnection): Session | undefined {
    const found = this.#find(id, connection);
    return found instanceof CallbackLookup ? this.#accept(found, answerAtOnce(found)) : found;
  }

  override async findSessionAsync(
    id: Uint8Array,
    connection?: AnyConnection,
  ): Promise<Session | undefined> {
    const found = this.#find(id, connection);
    return found instanceof CallbackLookup ? this.#accept(found, await answerTo(found)) : found;
  }

  override acceptSession(session: Session, connection?: AnyConnection): boolean {
    return this.#engine.tries(() => super.acceptSession(session, connection), false, BUSY_LOOKUPS);
  }

  override startHandshake(role: Role, options?: { renegotiation?: boolean | undefined }): void {
    this.#engine.anyhow(() => super.startHandshake(role, options)); // `count` looks whether it may
  }

  /** As in any cache. If the cache is busy, the session is not stored and nothing is counted. */
  override finishHandshake(
    role: Role,
    session: Session | undefined,
    options?: FinishHandshakeOptions,
  ): void {
    const engine = this.#engine;
    engine.open();
    const { lock } = engine;
    const isHeld = lock.enter(SHORT);
    try {
      super.finishHandshake(role, session, options);
    } catch (error) {
      if (!isBusy(error)) throw error;
    } finally {
      if (!lock.isHeld) lock.countBusy(BUSY_STORES); // or it was lost while the callback ran
      if (isHeld) engine.leave();
    }
  }

  // ---- Settings ----

  override setSessionCacheMode(mode: number): number {
    return this.#must(() => super.setSessionCacheMode(mode));
  }

  override setCacheSize(size: number): number {
    return this.#must(() => super.setCacheSize(size));
  }

  override setTimeout(seconds: Seconds): Seconds {
    return this.#must(() => super.setTimeout(seconds));
  }

  override setSessionIdContext(context: Uint8Array): void {
    this.#must(() => super.setSessionIdContext(context));
  }

  override setVerifyPeer(on: boolean): void {
    this.#must(() => super.setVerifyPeer(on));
  }

  // ---- All of it ----

  /**
   * Counters and sizes of all threads together. If the cache is busy, they may be read during an
   * operation: each is right by itself.
   */
  override stats(): SessionCacheStats {
    return this.#engine.anyhow(() => readStats(this.#counters));
  }

  override *[Symbol.iterator](): Generator<Session, void, undefined> {
    const sessions = super[Symbol.iterator]();
    for (;;) {
      const next = this.#must(() => sessions.next());
      if (next.done) return;
      yield next.value;
    }
  }

  /** Leaves the cache. The last thread that leaves removes all sessions and wipes the memory. */
  override close(): void {
    const engine = this.#engine;
    if (engine.isClosed || engine.isClosing) return;
    const { control } = engine.lock;
    const isLast = countThreads(control) === 1;
    const errors = new FirstError();
    if (isLast) {
      Atomics.store(control, IS_CLOSED, 1);
      // Remove callbacks still find the cache open.
      errors.of(() => engine.must(() => flushSessions(engine, 0, UNLIMITED, LEFT_CLOSED)));
    }
    engine.isClosing = true;
    engine.external?.detach();
    engine.retire();
    errors.throw();
  }

  // ---- Lookups ----

  #lookUp(
    id: Uint8Array,
    connection: AnyConnection | undefined,
  ): Session | CallbackLookup | undefined {
    const engine = this.#engine;
    engine.open();
    const { lock } = engine;
    if (lock.isHeld || !engine.hasSettings) {
      return this.#locked(id, connection, engine.defaultCriteria, 0, NEVER);
    }
    let criteria = engine.defaultCriteria;
    if (connection) {
      checkBytes(id, 'id');
      criteria = criteriaOf(engine, connection);
    }
    const now = engine.now();
    engine.open(); // that was the user's code
    const { settings } = engine;
    const found = this.#reader.read(id, criteria, now);
    if (found !== LOCKED) {
      if (engine.hasSettings) return found;
      // The settings may have changed since, and another thread may rely on the new ones.
      this.#reader.unread(found, now);
    }
    return this.#locked(id, connection, criteria, now, settings);
  }

  /**
   * A lookup with the lock. If this cache has the settings `settings`, the user's code (getters,
   * clock) has run already; otherwise it runs now.
   */
  #locked(
    id: Uint8Array,
    connection: AnyConnection | undefined,
    criteria: LookupCriteria,
    now: number,
    settings: number,
  ): Session | CallbackLookup | undefined {
    const engine = this.#engine;
    const { lock } = engine;
    if (!lock.enter(SHORT)) {
      lock.countBusy(BUSY_LOOKUPS);
      checkBytes(id, 'id');
      return undefined;
    }
    try {
      const found =
        engine.settings === settings
          ? search(engine, id, connection, criteria, now, itself)
          : lookUp(engine, id, connection, itself);
      if (found instanceof Session && isView(found)) materializeFound(found);
      return found;
    } finally {
      engine.leave();
    }
  }

  #conclude(lookup: CallbackLookup, found: Session | undefined | null): Session | undefined {
    return this.#engine.tries(() => materialized(lookup.conclude(found)), undefined, BUSY_LOOKUPS);
  }

  #find(
    id: Uint8Array,
    connection: AnyConnection | undefined,
  ): Session | CallbackLookup | undefined {
    const engine = this.#engine;
    return engine.tries(() => find(engine, id, connection), undefined, BUSY_LOOKUPS);
  }

  #accept(lookup: CallbackLookup, found: Session | undefined | null): Session | undefined {
    return this.#engine.tries(() => materialized(lookup.accept(found)), undefined, BUSY_LOOKUPS);
  }

  #must<Result>(act: () => Result): Result {
    return this.#engine.must(act);
  }
}
