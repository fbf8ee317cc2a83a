// The port between a cache and the adapters: the operations they need that are not in the public
// API. Besides index.ts, adapters import no other module of cache/, session/ and core/; the linter
// enforces this.

import { sameBytes, type Seconds } from '../checks.ts';
import {
  CACHE_FULL,
  LEFT_REMOVED,
  NOT_RESUMABLE,
  REMOVAL_CAUSES,
  REMOVE_ABSENT,
} from '../core/abi.generated.ts';
import * as ARGS from '../core/fields/args.generated.ts';
import { scopeFor } from '../session/extras.ts';
import { newSession, type Session } from '../session/session.ts';
import { flagsFor } from '../session/state.ts';
import type { SessionCache } from './cache.ts';
import { type CachedSession, drainNext, readEntry } from './drain.ts';
import type { Engine, ExternalCache } from './engine.ts';
import { lookUpOrMiss, concludeTaken } from './lookup.ts';
import { addLocated, type LocatedSession } from './located.ts';
import { LATEST, removeById, removeFound, revoke, UNLIMITED } from './remove.ts';
import type {
  Connection,
  GetSessionCallback,
  MissCause,
  NewSessionCallback,
  RemovalCause,
} from './types.ts';

export { AHEAD_MAX, DATA_MAX, NAME_MAX, TAGS_MAX } from '../core/abi.generated.ts';
export { authTimeOf, bytesInPlaceOf, tagsOf } from '../session/session.ts';
export type { CachedSession } from './drain.ts';
export type { ExternalCache } from './engine.ts';
export { LocatedSession } from './located.ts';

declare const ENTRY: unique symbol;
/**
 * The address of a session in its cache; valid until a session is added, removed or gets another
 * time.
 */
export type Entry = number & { readonly [ENTRY]: true };

export class CacheInternals {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  // ---- Settings ----

  get isClosed(): boolean {
    return this.#engine.isClosed;
  }

  /** @throws SessionCacheError `ERR_SESSCACHE_CLOSED` */
  open(): this {
    this.#engine.open();
    return this;
  }

  /** Whole seconds, by the cache's clock. Throws what the option `now` throws. */
  now(): number {
    return this.#engine.now();
  }

  /** The cache's clock: the option `now`, or `systemClock` of clock.ts. */
  get clock(): () => number {
    return this.#engine.clock;
  }

  /** The session id context of sessions and connections that name none. Not a copy. */
  get sessionIdContext(): Uint8Array {
    return this.#engine.context;
  }

  /** Whether the mode has a flag. */
  has(flag: number): boolean {
    return this.#engine.has(flag);
  }

  /** Whether the program has a new callback, which may keep sessions and read their bytes later. */
  get showsNewSessions(): boolean {
    const { onNew, external } = this.#engine;
    return onNew !== undefined && external?.isOnlyNewCallback(onNew) !== true;
  }

  /** How many sessions have been evicted; 0 once the cache is closed. */
  get evictions(): number {
    return this.#engine.isClosed ? 0 : this.#engine.memory.counter(CACHE_FULL);
  }

  /** Whether other threads may change the cache between any two calls. */
  get isShared(): boolean {
    return false;
  }

  /** Number of this thread, if others share the cache. */
  get thread(): number | undefined {
    return undefined;
  }

  /**
   * Returns itself, for adapters that need a cache which no other thread changes.
   *
   * @throws SessionCacheError `ERR_SESSCACHE_SHARED`: threads share it.
   */
  alone(): this {
    return this;
  }

  /**
   * Calls `act`, and returns its result. No other thread changes the cache during that call, except
   * while the cache runs a callback within it.
   *
   * @throws SessionCacheError `ERR_SESSCACHE_BUSY`: another thread holds the lock, and `act` did
   *   not run.
   */
  atomically<Result>(act: () => Result): Result {
    return act();
  }

  // ---- Lookups ----

  /**
   * As `viewSession`, but returns the reason if the cache itself has no session to resume.
   * undefined: the get callback returned no session that may be resumed.
   */
  lookUp(id: Uint8Array, connection: Connection | undefined): Session | MissCause | undefined {
    return lookUpOrMiss(this.#engine, id, connection);
  }

  /**
   * Tests and counts a session taken from a store, as a lookup does with one of the get callback.
   * The session is not added.
   */
  acceptTaken(session: Session, connection: Connection | undefined): Session | undefined {
    return concludeTaken(this.#engine, connection, session);
  }

  /** How many tags have been revoked: the argument of `hasRevokedSince`. */
  get revocations(): number {
    return this.#engine.revocations.count;
  }

  /**
   * Whether one of `tags` has been revoked since `revocations` was `count`; also true if that is no
   * longer known.
   */
  hasRevokedSince(count: number, tags: readonly Uint8Array[]): boolean {
    return this.#engine.revocations.since(count, tags);
  }

  // ---- Entries ----

  /** The entry of an id and a version, and of `context` if one is given; 0 if there is none. */
  find(id: Uint8Array, version: number, context?: Uint8Array): Entry | 0 {
    const at = this.#engine.find(id, version) as Entry | 0;
    return at === 0 ||
      context === undefined ||
      sameBytes(this.#engine.memory.contextOf(at), context)
      ? at
      : 0;
  }

  /** All entries, the next to expire first. */
  *entries(): Iterable<Entry> {
    const { core } = this.#engine.memory;
    for (let at = core.first() >>> 0; at !== 0; at = core.next(at) >>> 0) yield at as Entry;
  }

  /**
   * The content of an entry; `data` is a view that is valid only until the next call on the cache.
   */
  read(entry: Entry): CachedSession {
    return readEntry(this.#engine, entry);
  }

  /** Whether an entry's session was made after that of another. */
  isNewer(entry: Entry, other: Entry): boolean {
    const { memory } = this.#engine;
    return ((memory.serialOf(entry) - memory.serialOf(other)) | 0) > 0; // serials wrap
  }

  /**
   * The last second in which an entry may be resumed, by its timeout and the cache's `maxLifetime`.
   */
  expiryOf(entry: Entry): Seconds {
    const { memory } = this.#engine;
    memory.core.cursorOf(entry);
    if (memory.long(ARGS.timeout) !== 0n) return Infinity; // beyond 2^63
    return BigInt.asIntN(64, memory.long(ARGS.time) ^ (1n << 63n));
  }

  /** A handle of an entry, as from `viewSession`; undefined if the session must not be resumed. */
  view(entry: Entry, id: Uint8Array): Session | undefined {
    const engine = this.#engine;
    const { memory } = engine;
    if (memory.metaOf(entry) & NOT_RESUMABLE) return undefined;
    memory.core.decode(entry);
    return engine.viewAt(entry, scopeFor(memory.versionOf(entry), memory.contextOf(entry)), id);
  }

  // ---- Removal ----

  /** Removes an entry, and calls the remove callback; the external store keeps its copy. */
  remove(entry: Entry, cause: RemovalCause): void {
    removeFound(this.#engine, entry, REMOVAL_CAUSES.indexOf(cause));
  }

  /** Removes the session of an id and a version from the cache and from the external store. */
  removeById(id: Uint8Array, version: number, cause: RemovalCause): boolean {
    return removeById(this.#engine, id, version, REMOVAL_CAUSES.indexOf(cause));
  }

  /**
   * Revokes a tag, as `revoke` does; with `last`, only sessions whose absolute lifetime began at
   * `last` or before.
   */
  revoke(tag: Uint8Array, last: Seconds = LATEST): number {
    return revoke(this.#engine, tag, UNLIMITED, REMOVAL_CAUSES.indexOf('revoked'), last);
  }

  /** See drain.ts. */
  drainNext(session: LocatedSession, take: () => boolean): boolean {
    return drainNext(this.#engine, session, take);
  }

  // ---- Sessions of a larger array ----

  /** See located.ts. */
  addLocated(session: LocatedSession): boolean {
    return addLocated(this.#engine, session);
  }

  // ---- Callbacks ----

  /** Functions to report rejections of asynchronous callbacks to; the first one is called. */
  get onRejection(): Set<(error: unknown) => void> {
    return this.#engine.onRejection;
  }

  /** Calls the remove callback for a session that the cache does not have, in profile `manual`. */
  tellRemoved(session: Session): void {
    const engine = this.#engine;
    if (!engine.hasQuirk(REMOVE_ABSENT)) engine.tell({ session, cause: LEFT_REMOVED });
  }

  // ---- The external store ----

  get external(): ExternalCache | undefined {
    return this.#engine.external;
  }

  /** Attaches an external store. Returns the new callback that was set before. */
  attachExternal(
    external: ExternalCache,
    onNew: NewSessionCallback,
    onGet: GetSessionCallback,
  ): NewSessionCallback | undefined {
    const engine = this.#engine;
    const previous = engine.onNew;
    engine.onNew = onNew;
    engine.onGet = onGet;
    engine.external = external;
    return previous;
  }

  /** Detaches it; callbacks that the program has set since stay. */
  detachExternal(
    onNew: NewSessionCallback,
    onGet: GetSessionCallback,
    previous: NewSessionCallback | undefined,
  ): void {
    const engine = this.#engine;
    if (engine.onGet === onGet) engine.onGet = undefined;
    if (engine.onNew === onNew) engine.onNew = previous;
    engine.external = undefined;
  }
}

// ---- Sessions ----

/** A new session that is not cached. It keeps the bytes without a copy, and checks nothing. */
export function makeSession(of: Omit<CachedSession, 'data'> & { data: Uint8Array }): Session {
  const { id, data, protocolVersion, sessionIdContext, extendedMasterSecret, ...rest } = of;
  return newSession({
    ...rest,
    id,
    data,
    scope: scopeFor(protocolVersion, sessionIdContext),
    flags: flagsFor(id.length, extendedMasterSecret, false),
  });
}

// ---- Registration ----

interface Parts {
  readonly engine: Engine;
  internals: CacheInternals | undefined;
}

const caches = new WeakMap<SessionCache, Parts>();

/** Registers the engine of a cache; called only by its constructor. */
export function register(cache: SessionCache, engine: Engine): void {
  caches.set(cache, { engine, internals: undefined });
}

/** Registers another port for a cache; called by the constructor of one that threads share. */
export function registerInternals(cache: SessionCache, internals: CacheInternals): void {
  caches.get(cache)!.internals = internals;
}

export function internalsOf(cache: SessionCache): CacheInternals {
  const parts = caches.get(cache)!;
  return (parts.internals ??= new CacheInternals(parts.engine));
}

/** For tests, and for the playground; the linter refuses it to adapters. */
export function engineOf(cache: SessionCache): Engine {
  return caches.get(cache)!.engine;
}
