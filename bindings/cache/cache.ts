/// <reference lib="esnext.disposable" preserve="true" />

// First, because bundles keep this order: compressors find more repetitions if the core, 17 KB of
// text, does not separate JavaScript from JavaScript.
import { checkMode, checkSize, makeEngine, setMode } from './options.ts';
import { LEFT_ABORTED, LEFT_REMOVED, LEFT_REVOKED } from '../core/abi.generated.ts';
import * as ARGS from '../core/fields/args.generated.ts';
import * as HEADER from '../core/fields/header.generated.ts';
import { addNew, addSession } from './add.ts';
import { areOptions, checkBudget, checkRole, checkSession } from './checks.ts';
import {
  checkBoolean,
  checkBytes,
  checkCallback,
  lengthOf,
  checkObject,
  checkSeconds,
  checkTag,
  checkVersion,
  type Seconds,
} from '../checks.ts';
import type { Engine } from './engine.ts';
import { createSession, finishHandshake, generateSessionId, startHandshake } from './handshake.ts';
import { register } from './internal.ts';
import { sessionsOf } from './iteration.ts';
import {
  acceptSession,
  findSession,
  findSessionAsync,
  resumeSession,
  resumeSessionAsync,
  viewSession,
} from './lookup.ts';
import { close, flushSessions, removeById, removeSession, revoke } from './remove.ts';
import type { SessionOptions } from '../session/options.ts';
import { Session } from '../session/session.ts';
import { internContext } from '../session/state.ts';
import { readStats } from './stats.ts';
import type {
  AnyConnection,
  Connection,
  CreateSessionOptions,
  FinishHandshakeOptions,
  GenerateSessionIdCallback,
  GetSessionCallback,
  NewSessionCallback,
  Profile,
  RemoveSessionCallback,
  Role,
  SessionCacheOptions,
  SessionCacheStats,
} from './types.ts';
import { TLS1_2 } from '../protocol.ts';

/**
 * OpenSSL's session cache of an SSL_CTX: bounded, expiring, with callbacks to an external cache.
 * Every session lives as bytes in WebAssembly memory.
 *
 * Invalid arguments throw a TypeError or RangeError and change nothing. After `close()` every
 * method but `close()` throws a SessionCacheError `ERR_SESSCACHE_CLOSED`. Callbacks may call any
 * method of the cache, close it, or throw: the error reaches the caller of the method that ran the
 * callback, and the cache stays consistent.
 *
 * @example
 * ```js
 * const cache = new SessionCache({ size: 10_000, timeout: 3600 });
 * cache.addSession(new Session({ id, data }));
 * cache.resumeSession(id)?.data;
 * ```
 */
export class SessionCache implements Iterable<Session> {
  readonly #engine: Engine;

  /**
   * Compiles and starts the core, synchronously in every environment.
   *
   * @throws TypeError or RangeError naming the option that is wrong; SessionCacheError
   *   `ERR_SESSCACHE_NO_MEMORY`.
   */
  constructor(options: SessionCacheOptions = {}) {
    const engine = makeEngine(options);
    this.#engine = engine;
    engine.owner = this;
    register(this, engine);
  }

  /** Whether the cache follows OpenSSL's manual pages or the code of libssl 3.0. */
  get profile(): Profile {
    return this.#engine.profile;
  }

  // ---- Settings ----

  /**
   * Sets `SessionCacheMode` flags; any 32-bit number. Sessions stay.
   *
   * @returns the previous mode.
   * @see SSL_CTX_set_session_cache_mode(3)
   */
  setSessionCacheMode(mode: number): number {
    const engine = this.#engine.open();
    const previous = engine.mode;
    setMode(engine, checkMode(mode));
    return previous;
  }

  /** @see SSL_CTX_get_session_cache_mode(3) */
  getSessionCacheMode(): number {
    return this.#engine.open().mode;
  }

  /**
   * Sets how many sessions the cache holds at most; 0: no limit. Takes effect at the next add,
   * which evicts those in excess, in 0.1 ms per thousand.
   *
   * @returns the previous size.
   * @see SSL_CTX_sess_set_cache_size(3)
   */
  setCacheSize(size: number): number {
    const previous = this.getCacheSize();
    this.#engine.memory.core.setCapacity(checkSize(size));
    return previous;
  }

  /** @see SSL_CTX_sess_get_cache_size(3) */
  getCacheSize(): number {
    return Number(this.#engine.open().memory.headerLong(HEADER.capacity));
  }

  /**
   * Sets the timeout of new sessions, in seconds. Existing sessions keep theirs.
   *
   * @returns the previous timeout.
   * @see SSL_CTX_set_timeout(3)
   */
  setTimeout(seconds: Seconds): Seconds {
    const previous = this.getTimeout();
    this.#engine.memory.stageSeconds(ARGS.timeout, checkSeconds(seconds, 'seconds'));
    this.#engine.memory.core.setTimeout();
    return previous;
  }

  /** @see SSL_CTX_get_timeout(3) */
  getTimeout(): Seconds {
    return this.#engine.open().memory.headerLong(HEADER.timeout);
  }

  /**
   * Sets the context of sessions and connections that name none: 0 to 32 bytes, copied. Sessions
   * are resumed only by connections of their own context. With `verifyPeer` a context is required.
   *
   * @see SSL_CTX_set_session_id_context(3)
   */
  setSessionIdContext(context: Uint8Array): void {
    this.#engine.open().context = internContext(checkBytes(context, 'context'));
  }

  /** Sets whether clients are asked for certificates: SSL_VERIFY_PEER. */
  setVerifyPeer(on: boolean): void {
    this.#engine.open().verifyPeer = checkBoolean(on, 'on');
  }

  // ---- Callbacks ----

  /** Sets, or with `undefined` unsets, the callback for new sessions. */
  setNewSessionCallback(callback: NewSessionCallback | undefined): void {
    this.#engine.open().onNew = checkCallback(callback, 'callback');
  }

  /** The callback for new sessions. */
  getNewSessionCallback(): NewSessionCallback | undefined {
    return this.#engine.open().onNew;
  }

  /** Sets, or with `undefined` unsets, the callback for sessions that leave. */
  setRemoveSessionCallback(callback: RemoveSessionCallback | undefined): void {
    this.#engine.open().onRemove = checkCallback(callback, 'callback');
  }

  /** The callback for sessions that leave. */
  getRemoveSessionCallback(): RemoveSessionCallback | undefined {
    return this.#engine.open().onRemove;
  }

  /** Sets, or with `undefined` unsets, the callback that finds sessions elsewhere. */
  setGetSessionCallback(callback: GetSessionCallback | undefined): void {
    this.#engine.open().onGet = checkCallback(callback, 'callback');
  }

  /** The callback that finds sessions elsewhere. */
  getGetSessionCallback(): GetSessionCallback | undefined {
    return this.#engine.open().onGet;
  }

  /**
   * Sets, or with `undefined` unsets, the callback that makes session ids.
   *
   * @returns true; false only in a callback that profile `openssl-3.0` runs under its lock.
   */
  setGenerateSessionIdCallback(callback: GenerateSessionIdCallback | undefined): boolean {
    const engine = this.#engine.open();
    checkCallback(callback, 'callback');
    if (engine.isLocked) return false;
    engine.onGenerate = callback;
    return true;
  }

  /** The callback that makes session ids. */
  getGenerateSessionIdCallback(): GenerateSessionIdCallback | undefined {
    return this.#engine.open().onGenerate;
  }

  // ---- Sessions in and out ----

  /**
   * Adds a session, whatever the mode; copies its bytes. Another session of the same id and
   * version is replaced. A full cache evicts those that expire first.
   *
   * The options of `new Session` may be passed instead of a Session: that takes a quarter less time
   * and makes no handle. Invalid options throw what `new Session` throws.
   *
   * @returns whether it was not cached already.
   * @throws SessionCacheError `ERR_SESSCACHE_NO_MEMORY`, `ERR_SESSCACHE_MAX_BYTES`,
   *   `ERR_SESSCACHE_OTHER_CACHE`: then it is not added, and nothing else changes.
   * @see SSL_CTX_add_session(3)
   */
  addSession(session: Session | SessionOptions): boolean {
    const engine = this.#engine.open();
    // Opened again: `serial` of a subclass is code of the user, which may have closed the cache.
    return areOptions(session)
      ? addNew(engine, session)
      : addSession(engine.open(), checkSession(session));
  }

  /**
   * Removes a session, or the cached one of the same id and version, and marks it as not resumable.
   * Does nothing to a session without an id.
   *
   * @returns whether one was cached.
   * @see SSL_CTX_remove_session(3)
   */
  removeSession(session: Session): boolean {
    return removeSession(this.#engine.open(), checkSession(session), LEFT_REMOVED);
  }

  /** Removes the session of an id and version (default 0x0303). Returns whether there was one. */
  removeSessionById(id: Uint8Array, protocolVersion: number = TLS1_2): boolean {
    const engine = this.#engine.open();
    checkBytes(id, 'id');
    checkVersion(protocolVersion, 'protocolVersion');
    return removeById(engine, id, protocolVersion, LEFT_REMOVED);
  }

  /**
   * Drops a session after a fatal alert or an unclean end of a connection (RFC 5246 §7.2.2): it is
   * removed and marked.
   */
  abortSession(session: Session): void {
    removeSession(this.#engine.open(), checkSession(session), LEFT_ABORTED);
  }

  /**
   * Removes the sessions that are expired at `time`, seconds since the epoch; with time 0 all. It
   * takes about 0.3 ms per thousand sessions removed, or 13 ms for a million if all leave. With a
   * `budget` it stops after that many; call it again for the rest.
   *
   * @returns how many it removed.
   * @see SSL_CTX_flush_sessions(3)
   */
  flushSessions(time?: Seconds, options: { budget?: number | undefined } = {}): number {
    const engine = this.#engine.open();
    checkObject(options, 'options');
    const budget = checkBudget(options.budget);
    return flushSessions(engine, checkSeconds(time ?? engine.now(), 'time'), budget);
  }

  /**
   * Removes all sessions that carry a tag, 1 to 32 bytes (a string stands for its UTF-8), in time
   * proportional to their number; `budget` as for `flushSessions`.
   *
   * @returns how many it removed.
   */
  revoke(options: { tag: string | Uint8Array; budget?: number | undefined }): number {
    const engine = this.#engine.open();
    checkObject(options, 'options');
    const tag = checkTag(options.tag, 'tag');
    return revoke(engine, tag, checkBudget(options.budget), LEFT_REVOKED);
  }

  /**
   * Whether a session of this id and version is cached, whatever the mode. An id longer than 32
   * bytes never is.
   *
   * @see SSL_has_matching_session_id(3)
   */
  hasMatchingSessionId(id: Uint8Array, protocolVersion: number = TLS1_2): boolean {
    const engine = this.#engine.open();
    const length = lengthOf(checkBytes(id, 'id', Infinity));
    checkVersion(protocolVersion, 'protocolVersion');
    return length <= 32 && !engine.isLocked && engine.find(id, protocolVersion, length) !== 0;
  }

  // ---- Handshakes ----

  /**
   * Makes a session id that is not in the cache: by the generate callback, or of 32 random bytes.
   *
   * @throws SessionCacheError `ERR_SESSION_ID_CALLBACK_FAILED`, `ERR_SESSION_ID_HAS_BAD_LENGTH`,
   *   `ERR_SESSION_ID_CONFLICT`
   * @see SSL_CTX_set_generate_session_id(3)
   */
  generateSessionId(connection?: AnyConnection): Uint8Array {
    const engine = this.#engine.open();
    const { protocolVersion = TLS1_2 } = (connection ?? {}) as Connection;
    const version = checkVersion(protocolVersion, 'protocolVersion');
    return generateSessionId(engine, connection, version);
  }

  /**
   * A new session for a connection, as ssl_get_new_session makes it: id from
   * `generateSessionId`, made now, with the cache's timeout (7,200 s if that is 0), and the
   * connection's version, context and extended master secret. It is not added.
   *
   * @throws as `generateSessionId`.
   */
  createSession(options: CreateSessionOptions = {}): Session {
    const engine = this.#engine.open();
    checkObject(options, 'options');
    return createSession(engine, options);
  }

  /**
   * Finds the session that a client offers, and tests whether this connection may resume it: same
   * version and context, not expired, extended master secret (RFC 7627 §5.3). Unless the mode says
   * otherwise, it searches the cache, then calls the get callback and adds the session that it
   * returns. An expired session is removed.
   *
   * @returns a handle with a copy of the bytes, made when `data` is first read; or undefined: do a
   *   full handshake.
   * @throws SessionCacheError `ERR_SESSION_ID_CONTEXT_UNINITIALIZED`, `ERR_INCONSISTENT_EXTMS`:
   *   OpenSSL ends the connection in these cases; `ERR_SESSCACHE_ASYNC_CALLBACK`.
   */
  resumeSession(id: Uint8Array, connection?: AnyConnection): Session | undefined {
    return resumeSession(this.#engine.open(), id, connection);
  }

  /**
   * As `resumeSession`, without a copy, for consumers that read the bytes at once: `data` is an
   * array of the cache that is valid only until the next call on it. Read later, `data` is looked
   * up again, and is empty if the session has left. `id` must not change while the handle is in
   * use.
   */
  viewSession(id: Uint8Array, connection?: AnyConnection): Session | undefined {
    return viewSession(this.#engine.open(), id, connection);
  }

  /**
   * As `resumeSession`, for a get callback that returns a promise. Concurrent calls for one id
   * share one call of the callback.
   */
  async resumeSessionAsync(
    id: Uint8Array,
    connection?: AnyConnection,
  ): Promise<Session | undefined> {
    return resumeSessionAsync(this.#engine.open(), id, connection);
  }

  /**
   * The first half of `resumeSession`: finds the session that a client offers, in the cache or
   * through the get callback, without testing it. For servers that must do something before the
   * tests: in TLS 1.3, verify the PSK binder (RFC 8446 §4.2.11.2). Then call `acceptSession`, the
   * second half.
   *
   * @returns a handle whose `data` is a copy, or undefined: do a full handshake.
   * @throws SessionCacheError `ERR_SESSCACHE_ASYNC_CALLBACK`.
   */
  findSession(id: Uint8Array, connection?: AnyConnection): Session | undefined {
    return findSession(this.#engine.open(), id, connection);
  }

  /**
   * As `findSession`, for a get callback that returns a promise. Concurrent calls for one id share
   * one call of the callback.
   */
  async findSessionAsync(id: Uint8Array, connection?: AnyConnection): Promise<Session | undefined> {
    return findSessionAsync(this.#engine.open(), id, connection);
  }

  /**
   * The second half of `resumeSession`: tests whether this connection may resume a session, and
   * counts the hit or the reason of the miss. The session may also come from elsewhere, such as a
   * ticket. An expired session stays cached. For single use, remove it afterwards: only the
   * connection for which `removeSession` returns true may resume it.
   *
   * @throws SessionCacheError `ERR_SESSION_ID_CONTEXT_UNINITIALIZED`, `ERR_INCONSISTENT_EXTMS`:
   *   OpenSSL ends the connection in these cases.
   */
  acceptSession(session: Session, connection?: AnyConnection): boolean {
    return acceptSession(this.#engine.open(), checkSession(session), connection);
  }

  /** Counts the start of a handshake. */
  startHandshake(role: Role, options: { renegotiation?: boolean | undefined } = {}): void {
    const engine = this.#engine.open();
    checkObject(options, 'options');
    const renegotiation = checkBoolean(options.renegotiation ?? false, 'renegotiation');
    startHandshake(engine, checkRole(role), renegotiation);
  }

  /**
   * Ends a handshake that succeeded: adds its session, if it is new and the mode says so, calls
   * the new callback, flushes after every 255th handshake of the role, and counts.
   *
   * If there is no room for the session, it is not stored, but the new callback is still called. If
   * a handshake makes several sessions, as in TLS 1.3, call this for each, with `further` from the
   * second one on.
   *
   * @throws what callbacks throw.
   */
  finishHandshake(
    role: Role,
    session: Session | undefined,
    options: FinishHandshakeOptions = {},
  ): void {
    const engine = this.#engine.open();
    checkObject(options, 'options');
    if (session !== undefined) checkSession(session);
    finishHandshake(engine, checkRole(role), session, options);
  }

  // ---- The whole cache ----

  /**
   * Returns a snapshot of the counters and sizes.
   *
   * @see SSL_CTX_sess_number(3)
   */
  stats(): SessionCacheStats {
    return readStats(this.#engine.open().memory);
  }

  /**
   * Yields all sessions, the next to be evicted first. The cache may change during the iteration:
   * sessions that leave before their turn are left out.
   */
  [Symbol.iterator](): Generator<Session, void, undefined> {
    return sessionsOf(this.#engine.open());
  }

  /**
   * Removes all sessions, calls the remove callback for each with cause `closed`, and wipes the
   * memory. Closing twice does nothing.
   *
   * @see SSL_CTX_free(3)
   */
  close(): void {
    close(this.#engine);
  }

  /** Same as `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For `console.log` and `JSON.stringify`: counts, without sessions. */
  toJSON(): object {
    const { profile } = this;
    if (this.#engine.isClosed) return { profile, closed: true };
    const { number, bytes, memory } = this.stats();
    return { profile, mode: this.getSessionCacheMode(), size: this.getCacheSize(), number, bytes, memory }; // prettier-ignore
  }

  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: object,
    inspect: (value: object, options: object) => string,
  ): string {
    return `SessionCache ${inspect(this.toJSON(), options)}`;
  }
}
