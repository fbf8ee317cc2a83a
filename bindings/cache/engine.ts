// The state that the modules of one cache share: the core and its memory, the clock, callbacks, the
// lock of profile openssl-3.0, application data. It also notifies callbacks of removed sessions.

import {
  COUNT_NEWCOMER,
  HAS_EXTERNAL,
  NOT_RESUMABLE,
  REMOVAL_CAUSES,
  TAGGED,
  VERIFY_PEER,
} from '../core/abi.generated.ts';
import * as HEADER from '../core/fields/header.generated.ts';
import type { LookupCriteria } from './criteria.ts';
import type { SessionCache } from './cache.ts';
import { wrongNumber } from '../checks.ts';
import { SessionCacheError } from '../errors.ts';
import { FirstError } from '../first-error.ts';
import { Revocations } from './revocations.ts';
import { NO_TAGS, type Scope, scopeFor } from '../session/extras.ts';
import {
  idOf,
  markGone,
  scopeOf,
  serialOf,
  Session,
  setExtras,
  TRUSTED,
} from '../session/session.ts';
import { CACHED, IN_CORE, IN_SLAB, NO_BYTES, IN_ARRAY } from '../session/state.ts';
import { isForSlab } from '../core/slab.ts';
import type { CoreMemory } from '../core/core-memory.ts';
import type {
  AnyConnection,
  GenerateSessionIdCallback,
  GetSessionCallback,
  NewSessionCallback,
  Profile,
  RemoveSessionCallback,
} from './types.ts';
import { PROFILES } from './profiles.ts';
import { TLS1_2 } from '../protocol.ts';

/** A session that has left, and the number of the cause. */
export type Departure = { readonly session: Session; readonly cause: number };

/**
 * The external cache that `attachExternal` adds. It is notified of every removal that the program
 * asks for, including those of sessions that are not cached, for which no remove callback runs.
 */
export interface ExternalCache {
  removed(id: Uint8Array, version: number): void;
  revoked(tag: Uint8Array): void;
  /**
   * Whether a session that the store returned has been removed or revoked since, as far as is
   * known.
   */
  isRemoved(session: Session): boolean;
  /** Whether single-use sessions can be shared; `take` then decides which process uses one. */
  readonly takes: boolean;
  /** Whether `callback` is the store's own and wraps no callback of the program. */
  isOnlyNewCallback(callback: NewSessionCallback): boolean;
  take(id: Uint8Array, connection?: AnyConnection): Promise<Session | undefined>;
  detach(): void;
}

/** A pending call of the get callback; concurrent lookups of one id share it. */
export interface PendingGet {
  readonly answer: Promise<Session | undefined>;
  /** Number of revocations when the call began. */
  readonly revocations: number;
  /** Whether the session has been removed since the call began. */
  isRemoved: boolean;
}

/** Serials of replaced sessions that profile openssl-3.0 remembers as still resumable. */
const MAX_UNMARKED = 65536;

export class Engine {
  readonly memory: CoreMemory;
  readonly profile: Profile;
  /** The profile's bits of assembly/mode.ts. */
  readonly quirks: number;
  readonly clock: () => number;
  /** The cache that is passed to callbacks; set by its constructor. */
  owner!: SessionCache;
  /** SessionCacheMode flags; those of the core. */
  mode = 0;
  /** Result code of the core's last lookup that found nothing. */
  lastMiss = 0;
  /** Lookup criteria of a connection that gives none. */
  defaultCriteria: LookupCriteria;

  onNew: NewSessionCallback | undefined;
  onRemove: RemoveSessionCallback | undefined;
  private _onGet: GetSessionCallback | undefined;
  onGenerate: GenerateSessionIdCallback | undefined;
  external: ExternalCache | undefined;
  /**
   * The first of these handles rejections of promises that a new or remove callback returned. If
   * there is none, such a rejection stays unhandled.
   */
  readonly onRejection: Set<(error: unknown) => void> = new Set();

  /** A remove callback runs under OpenSSL's write lock: calls that need it are refused. */
  isLocked = false;
  isClosed = false;
  isClosing = false;
  /** `close()` was called under the lock; it takes effect when the lock is released. */
  closeRequested = false;

  /** Application data by serial. */
  readonly appData: Map<number, unknown> = new Map();
  /** openssl-3.0: sessions that left the cache without being marked, oldest first. */
  readonly unmarkedSerials: Set<number> = new Set();
  /** Pending calls of the get callback, by `pendingKey`. */
  readonly pending: Map<string, PendingGet> = new Map();
  readonly revocations: Revocations = new Revocations();

  /**
   * An object of each class whose objects do not live long. If a full garbage collection finds no
   * object of a class, V8 drops the class's hidden class, and the compiled code of all functions
   * that use it: the next 30,000 lookups took 1,500 ns on average instead of 125.
   */
  readonly kept: readonly object[] = [
    new Session(TRUSTED, 0, scopeFor(0, NO_BYTES), 0, 0, 0, NO_BYTES, NO_BYTES, undefined),
    new FirstError(),
  ];

  constructor(
    memory: CoreMemory,
    profile: Profile,
    clock: () => number,
    context: Uint8Array,
    verifyPeer: boolean,
  ) {
    this.memory = memory;
    this.profile = profile;
    this.quirks = PROFILES[profile].quirks;
    this.clock = clock;
    this.defaultCriteria = {
      version: TLS1_2,
      context,
      extras: undefined,
      flags: verifyPeer ? VERIFY_PEER : 0,
    };
  }

  /** Default context of sessions and connections. Read-only. */
  get context(): Uint8Array {
    return this.defaultCriteria.context;
  }

  set context(context: Uint8Array) {
    this.defaultCriteria = { ...this.defaultCriteria, context };
  }

  get verifyPeer(): boolean {
    return (this.defaultCriteria.flags & VERIFY_PEER) !== 0;
  }

  set verifyPeer(on: boolean) {
    this.setFlag(VERIFY_PEER, on);
  }

  get onGet(): GetSessionCallback | undefined {
    return this._onGet;
  }

  set onGet(callback: GetSessionCallback | undefined) {
    this._onGet = callback;
    this.setFlag(HAS_EXTERNAL, callback !== undefined);
  }

  private setFlag(flag: number, on: boolean): void {
    const flags = on ? this.defaultCriteria.flags | flag : this.defaultCriteria.flags & ~flag;
    this.defaultCriteria = { ...this.defaultCriteria, flags };
  }

  /** Throws if the cache is closed. */
  open(): Engine {
    if (!this.isClosed) return this;
    throw new SessionCacheError('ERR_SESSCACHE_CLOSED', 'the session cache is closed');
  }

  hasQuirk(bit: number): boolean {
    return (this.quirks & bit) !== 0;
  }

  has(bit: number): boolean {
    return (this.mode & bit) !== 0;
  }

  /** Whole seconds. */
  now(): number {
    const now = this.clock();
    return Number.isSafeInteger(now) ? now : wrongNumber(now, 'now()', 'whole seconds');
  }

  /** Whether a callback or the external cache must be notified of each removed session. */
  get notifies(): boolean {
    return this.onRemove !== undefined || this.appData.size > 0;
  }

  // ---- Entries ----

  /** Address of the entry under an id of `length` bytes and a version, or 0. */
  find(id: Uint8Array, version: number, length: number = id.length): number {
    if (this.isClosed) return 0;
    this.memory.stageId(id, length);
    return this.memory.core.find(version, length) >>> 0;
  }

  /** Address of the entry of a session, or 0 if it has left. */
  entryOf(session: Session): number {
    const at = this.find(idOf(session), scopeOf(session).version);
    return at && this.memory.serialOf(at) === serialOf(session) ? at : 0;
  }

  /** openssl-3.0: whether the lock keeps an entry from changing; a newcomer is not owned yet. */
  locks(at: number): boolean {
    return this.isLocked && this.memory.headerWord(HEADER.unsorted) !== at;
  }

  isMarked(at: number): boolean {
    return (this.memory.metaOf(at) & NOT_RESUMABLE) !== 0;
  }

  /** A view of an entry for an id that stays the caller's. The core must be showing its bytes. */
  viewAt(at: number, scope: Scope, id: Uint8Array): Session {
    return this.handleAt(at, scope, NO_BYTES, id, IN_CORE);
  }

  /** A handle with copies of everything. */
  copyAt(at: number): Session {
    const { memory } = this;
    const scope = scopeFor(memory.versionOf(at), memory.contextOf(at));
    const data = memory.copyData(at);
    return this.handleAt(
      at,
      scope,
      data,
      memory.nameOf(at),
      isForSlab(data.length) ? IN_SLAB : IN_ARRAY,
    );
  }

  private handleAt(
    at: number,
    scope: Scope,
    data: Uint8Array,
    id: Uint8Array,
    location: number,
  ): Session {
    const { memory } = this;
    const serial = memory.serialOf(at);
    const meta = memory.metaOf(at);
    const session = new Session(
      TRUSTED,
      serial,
      scope,
      memory.timeOf(at),
      memory.timeoutOf(at),
      meta | CACHED | location,
      data,
      id,
      this,
    );
    const tags = meta & TAGGED ? memory.tagsOf(at) : NO_TAGS;
    setExtras(session, memory.authTimeOf(at), tags, this.appData.get(serial));
    return session;
  }

  setAppData(serial: number, value: unknown): void {
    if (value === undefined) this.appData.delete(serial);
    else this.appData.set(serial, value);
  }

  /**
   * Records a removal, for lookups that are still waiting for the get callback's copy of the
   * session.
   */
  noteRemoved(id: Uint8Array, version: number): void {
    if (this.pending.size === 0) return;
    const pendingGet = this.pending.get(pendingKey(id, version));
    if (pendingGet) pendingGet.isRemoved = true;
  }

  // ---- Departures ----

  /** Copies a detached entry for the callback, and wipes and frees it. */
  collectDetached(at: number, cause: number): Departure {
    const session = this.copyAt(at);
    this.memory.core.release(at);
    this.appData.delete(serialOf(session));
    markGone(session, true);
    return { session, cause };
  }

  /**
   * Calls the remove callback for each session, in order. An error does not end the loop: the first
   * one is thrown after the last call.
   */
  dispatch(departures: readonly Departure[]): void {
    const errors = new FirstError();
    for (const departure of departures) {
      errors.of(() => this.tell(departure));
    }
    errors.throw();
  }

  /** Calls the new callback. */
  tellNew(connection: AnyConnection | undefined, session: Session): unknown {
    return this.onNew?.(connection, session);
  }

  tell({ session, cause }: Departure): void {
    this.mind(this.onRemove?.(this.owner, session, REMOVAL_CAUSES[cause]!));
  }

  /** Handles the promise of an asynchronous callback; its result is ignored. */
  mind(result: unknown): void {
    const [told] = this.onRejection;
    if (told !== undefined && result instanceof Promise) result.catch(told);
  }

  /** openssl-3.0: calls the remove callback under the lock. */
  tellLocked(departure: Departure): void {
    this.isLocked = true;
    try {
      this.tell(departure);
    } finally {
      this.isLocked = false;
    }
  }

  /** Whether the bindings evict during an add, to call the callback for each session. */
  get evictsStepwise(): boolean {
    return this.hasQuirk(COUNT_NEWCOMER);
  }

  /** openssl-3.0: the session has left but may still be resumed. */
  noteUnmarked(serial: number): void {
    this.unmarkedSerials.delete(serial);
    this.unmarkedSerials.add(serial);
    if (this.unmarkedSerials.size > MAX_UNMARKED) {
      for (const oldest of this.unmarkedSerials) {
        this.unmarkedSerials.delete(oldest);
        break;
      }
    }
  }
}

export function pendingKey(id: Uint8Array, version: number): string {
  return `${version}:${String.fromCharCode(...id)}`;
}
