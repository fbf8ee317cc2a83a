import {
  checkBytes,
  checkSeconds,
  checkTimeout,
  checkVersion,
  copyOf,
  type Seconds,
} from '../checks.ts';
import { SessionCacheError } from '../errors.ts';
import { type SessionOptions, stateFrom } from './options.ts';
import { entryOf, newState, ownBytes, renumber, SessionState, syncState } from './state.ts';

let stateOfSession: (session: Session) => SessionState;
let sessionOfState: (state: SessionState) => Session;

/**
 * A TLS session: made with `new`, or handed out by a cache. It is a handle: while the session is
 * cached, reading and setting its times goes to the cache's entry, and any number of handles may
 * speak of one session (`serial` tells). When the entry has left its cache, every handle reports
 * `isResumable === false`.
 *
 * @see SSL_SESSION_new, SSL_SESSION_get_id and their kin in section 3 of OpenSSL's manual
 */
export class Session {
  #state: SessionState;

  static {
    stateOfSession = (session) => session.#state;
    // The constructor checks what it gets; a state has been checked already.
    sessionOfState = (state) => new Session(state as unknown as SessionOptions);
  }

  /**
   * @throws TypeError or RangeError naming the option that is wrong.
   */
  constructor(options: SessionOptions) {
    // The rest in a function of its own: V8 then inlines the making of a handle.
    this.#state = options instanceof SessionState ? options : stateFrom(options);
  }

  /** Identity: handles with the same serial speak of the same session. */
  get serial(): number {
    return this.#state.serial;
  }

  /** Session id; a copy. */
  get id(): Uint8Array {
    return copyOf(this.#state.id);
  }

  /**
   * The session's bytes. They hold its secrets: overwrite copies when done. From `viewSession`: a
   * view of the cache's memory, good only until the next call on the cache. From `resumeSession` a
   * copy, whose `buffer` holds other copies too, like that of Node's small Buffers: to transfer it
   * to a worker, copy it first.
   */
  get data(): Uint8Array {
    return this.#state.data;
  }

  /** Protocol version on the wire, such as 0x0303. */
  get protocolVersion(): number {
    return this.#state.version;
  }

  /** Session id context; a copy. */
  get sessionIdContext(): Uint8Array {
    const at = entryOf(this.#state);
    return at ? this.#state.home!.store.contextOf(at) : copyOf(this.#state.context);
  }

  /** When it was made or last renewed, seconds since the epoch. */
  get time(): Seconds {
    const at = entryOf(this.#state);
    return at ? this.#state.home!.store.timeOf(at) : this.#state.time;
  }

  /** How long it lives from `time`, seconds. */
  get timeout(): Seconds {
    const at = entryOf(this.#state);
    return at ? this.#state.home!.store.timeoutOf(at) : this.#state.timeout;
  }

  /** Whether it was made with extended master secret (RFC 7627). */
  get extendedMasterSecret(): boolean {
    return this.#state.extms;
  }

  /** The groups that `revoke` drops it with; copies. */
  get tags(): readonly Uint8Array[] {
    return this.#state.tags.map(copyOf);
  }

  /** Whether a cache holds it. */
  get isCached(): boolean {
    return entryOf(this.#state) !== 0;
  }

  /**
   * Whether it may be resumed: it has an id, nothing has marked it, and it has not left a cache.
   *
   * @see SSL_SESSION_is_resumable(3)
   */
  get isResumable(): boolean {
    entryOf(this.#state);
    return !this.#state.notResumable && this.#state.idLength > 0;
  }

  /** Anything of yours; while the session is cached, every handle of it sees the same. */
  get appData(): unknown {
    const state = this.#state;
    return entryOf(state) ? state.home!.appData.get(state.serial) : state.appData;
  }

  set appData(value: unknown) {
    const state = this.#state;
    state.appData = value;
    if (entryOf(state)) state.home!.setAppData(state.serial, value);
  }

  /**
   * Sets when it was made, seconds since the epoch. A cached session moves behind all that expire
   * no later. The absolute lifetime still counts from its first time, or from `time` if earlier.
   *
   * @returns true; false only in a callback that profile `openssl-3.0` runs under its lock.
   * @throws SessionCacheError `ERR_SESSCACHE_NO_MEMORY`
   * @see SSL_SESSION_set_time(3)
   */
  setTime(time: Seconds): boolean {
    return setTimes(this.#state, checkSeconds(time, 'time'), undefined);
  }

  /**
   * Sets how long it lives from `time`, seconds, 0 or more. A cached session moves behind all that
   * expire no later.
   *
   * @returns true; false only in a callback that profile `openssl-3.0` runs under its lock.
   * @throws SessionCacheError `ERR_SESSCACHE_NO_MEMORY`
   * @see SSL_SESSION_set_timeout(3)
   */
  setTimeout(timeout: Seconds): boolean {
    return setTimes(this.#state, undefined, checkTimeout(timeout, 'timeout'));
  }

  /**
   * Sets the id, 0 to 32 bytes. That makes it a session of its own, with a serial of its own: other
   * handles stay with the session that has the old id.
   *
   * @throws SessionCacheError `ERR_SESSCACHE_CACHED`: a cached session keeps its id.
   */
  setId(id: Uint8Array): void {
    checkBytes(id, 'id');
    refuseCached(this.#state, 'id');
    this.#state.id = copyOf(id);
    renumber(this.#state);
  }

  /**
   * Sets the protocol version. That makes it a session of its own, as `setId` does.
   *
   * @throws SessionCacheError `ERR_SESSCACHE_CACHED`: a cached session keeps its version.
   */
  setProtocolVersion(version: number): void {
    checkVersion(version, 'version');
    refuseCached(this.#state, 'protocol version');
    this.#state.version = version;
    renumber(this.#state);
  }

  /**
   * Sets the session id context, 0 to 32 bytes, also of a cached session.
   *
   * @throws SessionCacheError `ERR_SESSCACHE_NO_MEMORY`
   */
  setSessionIdContext(context: Uint8Array): void {
    checkBytes(context, 'context');
    const at = entryOf(this.#state);
    if (at) {
      const { store } = this.#state.home!;
      store.stageContext(context);
      store.stageLength(context.length);
      if (!store.core.rescope(at)) throw noMemory();
    }
    this.#state.context = ownBytes(context);
  }

  /**
   * A session of its own with the same content, mark included; not cached.
   *
   * @see SSL_SESSION_dup(3)
   */
  dup(): Session {
    const from = this.#state;
    const at = entryOf(from);
    syncState(from);
    const state = newState(
      from.id,
      at ? from.home!.store.copyData(at) : copyOf(from.data),
      from.version,
      from.context,
      from.time,
      from.timeout,
    );
    state.born = from.born;
    state.extms = from.extms;
    state.notResumable = from.notResumable;
    state.tags = from.tags;
    state.appData = this.appData;
    return sessionOfState(state);
  }

  /** What `console.log` and `JSON.stringify` show: no id, no data. */
  toJSON(): object {
    return {
      serial: this.serial,
      idLength: this.#state.idLength,
      dataLength: this.#state.data.length,
      protocolVersion: this.protocolVersion,
      time: String(this.time),
      timeout: String(this.timeout),
      isCached: this.isCached,
      isResumable: this.isResumable,
    };
  }

  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: object,
    inspect: (value: object, options: object) => string,
  ): string {
    return `Session ${inspect(this.toJSON(), options)}`;
  }
}

/** The state behind a handle. */
export function stateOf(session: Session): SessionState {
  return stateOfSession(session);
}

/** A handle on a state. */
export function sessionOf(state: SessionState): Session {
  return sessionOfState(state);
}

function setTimes(
  state: SessionState,
  time: Seconds | undefined,
  timeout: Seconds | undefined,
): boolean {
  const at = entryOf(state);
  if (at) {
    if (state.home!.locks(at)) return false;
    const { store } = state.home!;
    const newTime = time ?? store.timeOf(at);
    if (!store.retime(at, newTime, timeout ?? store.timeoutOf(at))) throw noMemory();
  }
  state.time = time ?? state.time;
  state.timeout = timeout ?? state.timeout;
  if (state.time < state.born) state.born = state.time;
  return true;
}

function refuseCached(state: SessionState, what: string): void {
  if (entryOf(state) === 0) return;
  throw new SessionCacheError(
    'ERR_SESSCACHE_CACHED',
    `the ${what} of a cached session cannot change: remove the session first, or dup() it`,
  );
}

function noMemory(): SessionCacheError {
  return new SessionCacheError('ERR_SESSCACHE_NO_MEMORY', 'no memory left for this change');
}
