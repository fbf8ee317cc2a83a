// The handle of a session. Its state is in private fields, so that printing, cloning, serializing
// or comparing a Session never shows its id, its bytes or the memory behind it. Eight private
// fields, set once in the constructor, cost as much as eight properties.

import type { Engine } from '../cache/engine.ts';
import {
  checkBoolean,
  checkBytes,
  checkObject,
  checkSeconds,
  checkTags,
  checkTimeout,
  checkVersion,
  copyBytes,
  copyOf,
  lengthOf,
  listOf,
  type Seconds,
} from '../checks.ts';
import { systemClock } from '../clock.ts';
import {
  DATA_LENGTH_MASK,
  DATA_MAX,
  EXTENDED_MASTER_SECRET,
  NOT_RESUMABLE,
} from '../core/abi.generated.ts';
import type { CoreMemory } from '../core/core-memory.ts';
import { isForSlab } from '../core/slab.ts';
import { bytesOf, padded, type Words, wordsOf } from '../core/words.ts';
import { SessionCacheError } from '../errors.ts';
import { NO_TAGS, type Scope, scopeFor } from './extras.ts';
import type { SessionOptions } from './options.ts';
import {
  CACHED,
  flagsFor,
  idLengthIn,
  IN_CORE,
  IN_CORE_WITH_ID,
  IN_SLAB,
  internContext,
  LASTING,
  NAME_LENGTH,
  nextSerial,
  NO_BYTES,
  IN_ARRAY,
  LOCATION,
} from './state.ts';
import { TLS1_2 } from '../protocol.ts';

/** The first argument of the constructor if the others have been checked. Never exported. */
export const TRUSTED: unique symbol = Symbol('trusted');

let initialize: (session: Session, options: SessionOptions) => void;
let dataLengthOf: (session: Session) => number;
let bytesIfHere: (session: Session) => Uint8Array | undefined;
/** Lets the core assemble the bytes of a view; undefined if the session has left. */
let decodeView: (session: Session) => Engine['memory'] | undefined;
let handOut: (session: Session) => Uint8Array;
let setArray: (session: Session, bytes: Uint8Array) => void;
let setScope: (session: Session, version: number, context: Uint8Array) => void;
let setTimes: (
  session: Session,
  time: Seconds | undefined,
  timeout: Seconds | undefined,
) => boolean;

// ---- Access to a session for other modules of the package -------------------------------------
//
// Assigned in the static block of Session, the only place that sees the private fields. Functions
// with `handle` in their name concern the state of the handle alone; while the session is cached,
// the times and marks of the entry count.

/** Identity of the session. */
export let serialOf: (session: Session) => number;
/** Version, context and extras. */
export let scopeOf: (session: Session) => Scope;
export let flagsOf: (session: Session) => number;
/** The id; not a copy. */
export let idOf: (session: Session) => Uint8Array;
/** Stages the id. */
export let stageIdOf: (session: Session, memory: CoreMemory) => void;
/** The cache that held it last; it may have left, and may have come back through another handle. */
export let cacheOf: (session: Session) => Engine | undefined;
export let handleTimeOf: (session: Session) => Seconds;
export let handleTimeoutOf: (session: Session) => Seconds;
/** Start of the absolute lifetime, as the handle knows it. */
export let authTimeOf: (session: Session) => Seconds;
/** Not copies. */
export let tagsOf: (session: Session) => readonly Uint8Array[];
export let handleAppDataOf: (session: Session) => unknown;
/** Address of the entry of a session, or 0. When it is seen to have left, it is marked. */
export let entryOf: (session: Session) => number;
/** Marks a session as not resumable, in a cache as well. */
export let mark: (session: Session) => void;
/** Takes over what may have changed in the entry, before it is copied. */
export let syncWithEntry: (session: Session) => void;
/** The same of an entry of its cache, which may be detached. */
export let syncWith: (session: Session, at: number) => void;
/** Records that a cache holds the session. */
export let markCached: (session: Session, cache: Engine) => void;
/** Records that no cache holds the session any more, and whether it must not be resumed. */
export let markGone: (session: Session, notResumable: boolean) => void;
/** Sets the extras; `authTime` is the start of the absolute lifetime. */
export let setExtras: (
  session: Session,
  authTime: Seconds,
  tags: readonly Uint8Array[],
  appData: unknown,
) => void;
/** Sets the times in the handle. */
export let setHandleTimes: (session: Session, time: Seconds, authTime: Seconds) => void;
export let setHandleAppData: (session: Session, appData: unknown) => void;
/** Whether the session's bytes are a view of the core's memory. */
export let isView: (session: Session) => boolean;
/** Gives a view bytes of its own; does nothing to other sessions. */
export let materialize: (session: Session) => void;
/** The same for a view that the last call of the core has found: its id is still staged. */
export let materializeFound: (session: Session) => void;

/**
 * A TLS session: made with `new`, or returned by a cache. It is a handle: while the session is
 * cached, its times are read from and written to the cache's entry, and several handles may refer
 * to one session (with the same `serial`). When the entry has left its cache, every handle reports
 * `isResumable === false`.
 *
 * @see SSL_SESSION_new, SSL_SESSION_get_id and their kin in section 3 of OpenSSL's manual
 */
export class Session {
  /** Session id; a copy. */
  declare readonly id: Uint8Array;

  /**
   * The session's bytes, in a buffer that holds nothing else. They are secrets: overwrite copies
   * after use. In a new Session: the array it was made with. From `resumeSession`, callbacks and
   * iteration: a copy, made when it is first read. From `viewSession`: valid only until the next
   * call on the cache, which may overwrite it; empty once the session has left the cache.
   */
  declare readonly data: Uint8Array;

  #serial: number;
  #scope!: Scope;
  #time!: Seconds;
  #timeout!: Seconds;
  /** See state.ts. */
  #flags!: number;
  /** The bytes, unless LOCATION says that they are in the core's memory. */
  #data!: Uint8Array;
  /** As words where that is cheaper: of `new Session`, and of a copy. */
  #id!: Uint8Array | Words;
  #cache: Engine | undefined;

  /**
   * @internal For arguments that have been checked; small enough for V8 to inline it into a lookup.
   */
  constructor(
    trusted: typeof TRUSTED,
    serial: number,
    scope: Scope,
    time: Seconds,
    timeout: Seconds,
    flags: number,
    data: Uint8Array,
    id: Uint8Array | Words,
    cache: Engine | undefined,
  );
  /**
   * @throws TypeError or RangeError naming the option that is wrong.
   */
  constructor(options: SessionOptions);
  constructor(
    options: SessionOptions | typeof TRUSTED,
    serial?: number,
    scope?: Scope,
    time?: Seconds,
    timeout?: Seconds,
    flags?: number,
    data?: Uint8Array,
    id?: Uint8Array | Words,
    cache?: Engine,
  ) {
    if (options === TRUSTED) {
      this.#serial = serial!;
      this.#scope = scope!;
      this.#time = time!;
      this.#timeout = timeout!;
      this.#flags = flags!;
      this.#data = data!;
      this.#id = id!;
      this.#cache = cache;
    } else {
      this.#serial = nextSerial();
      initialize(this, options);
    }
  }

  // Functions, not methods: an object of a class with private methods has a brand more to store.
  static {
    initialize = (session, options) => {
      checkObject(options, 'options');
      // Each option is read once, and all code of the user has run before anything is measured.
      // With several wrong, the error is about the first in this order.
      const { time: given, id, data = NO_BYTES, protocolVersion: version = TLS1_2 } = options;
      const { sessionIdContext, timeout = 304, authTime } = options;
      const { notResumable = false, appData, extendedMasterSecret: extms = false } = options;
      const listed = options.tags === undefined ? undefined : listOf(options.tags);
      const time = given === undefined ? systemClock() : checkSeconds(given, 'time');
      const idLength = lengthOf(checkBytes(id, 'id'));
      const words = wordsOf(id, idLength);
      checkBytes(data, 'data', DATA_MAX);
      checkVersion(version, 'protocolVersion');
      const context =
        sessionIdContext === undefined
          ? NO_BYTES
          : internContext(checkBytes(sessionIdContext, 'sessionIdContext'));
      const lifetime = checkSeconds(timeout, 'timeout');
      if (authTime !== undefined) checkTimeout(authTime, 'authTime');
      checkBoolean(extms, 'extendedMasterSecret');
      checkBoolean(notResumable, 'notResumable');
      const tags = listed === undefined ? NO_TAGS : checkTags(listed, 'tags');
      session.#scope = scopeFor(version, context);
      session.#time = time;
      session.#timeout = lifetime;
      session.#flags = flagsFor(idLength, extms, notResumable);
      session.#data = data;
      session.#id = words;
      const first = authTime !== undefined && authTime < time ? authTime : time;
      setExtras(session, first, tags, appData);
    };

    // `id` and `data`. util.inspect can be told to run the getters of prototypes, up to the first
    // that seems to be built in: so they are on one that does, between Session's and Object's.
    Object.setPrototypeOf(
      this.prototype,
      Object.create(Object.prototype, {
        constructor: { value: Object },
        id: {
          get(this: Session) {
            return copyOf(idOf(this));
          },
        },
        data: {
          get(this: Session) {
            return (this.#flags & LOCATION) === IN_ARRAY ? this.#data : handOut(this);
          },
        },
      }) as object,
    );

    // Access for other modules of the package
    serialOf = (session) => session.#serial;
    scopeOf = (session) => session.#scope;
    flagsOf = (session) => session.#flags;
    cacheOf = (session) => session.#cache;
    idOf = (session) => {
      const id = session.#id;
      const length = idLengthIn(session.#flags);
      if (isWords(id)) return (session.#id = bytesOf(id, length));
      if ((session.#flags & LOCATION) !== IN_CORE) return id;
      // The caller's array, with the length that it had when it was checked.
      session.#flags |= IN_CORE_WITH_ID;
      return (session.#id = padded(id, length, length));
    };
    stageIdOf = (session, memory) => {
      const id = session.#id;
      if (isWords(id)) memory.stageWords(id);
      else memory.stageId(idOf(session));
    };
    handleTimeOf = (session) => session.#time;
    handleTimeoutOf = (session) => session.#timeout;
    authTimeOf = (session) => {
      const { extras } = session.#scope;
      return extras === undefined ? session.#time : extras.authTime;
    };
    tagsOf = (session) => {
      const { extras } = session.#scope;
      return extras === undefined ? NO_TAGS : extras.tags;
    };
    handleAppDataOf = (session) => session.#scope.extras?.appData;
    setExtras = (session, authTime, tags, appData) => {
      const { version, context, extras } = session.#scope;
      if (extras || authTime !== session.#time || tags.length > 0 || appData !== undefined) {
        session.#scope = { version, context, extras: { authTime, tags, appData } };
      }
    };
    setHandleTimes = (session, time, authTime) => {
      session.#time = time;
      setExtras(session, authTime, tagsOf(session), handleAppDataOf(session));
    };
    setHandleAppData = (session, appData) => {
      setExtras(session, authTimeOf(session), tagsOf(session), appData);
    };

    isView = (session) => (session.#flags & IN_CORE) !== 0;
    bytesIfHere = (session) =>
      isView(session) ? decodeView(session)?.decodedBytes(dataLengthOf(session)) : session.#data;
    decodeView = (session) => {
      const memory = session.#cache?.memory;
      if (memory?.hasDecoded(session.#serial)) return memory;
      // Another call has overwritten the bytes. They can be read again while the session is cached.
      const at = entryOf(session);
      if (at === 0) return undefined;
      memory!.core.decode(at);
      return memory;
    };
    dataLengthOf = (session) =>
      isView(session) ? session.#flags & DATA_LENGTH_MASK : lengthOf(session.#data);
    handOut = (session) => {
      if (isView(session)) {
        return decodeView(session)?.lend(session.#flags & DATA_LENGTH_MASK) ?? new Uint8Array(0);
      }
      const piece = session.#data;
      setArray(session, copyOf(piece));
      piece.fill(0);
      return session.#data;
    };
    setArray = (session, bytes) => {
      session.#data = bytes;
      session.#flags &= ~LOCATION;
    };
    materialize = (session) => {
      if (!isView(session)) return;
      idOf(session); // or it would stay the caller's
      setArray(session, copyOf(bytesInPlaceOf(session)));
    };
    materializeFound = (session) => {
      const length = session.#flags & DATA_LENGTH_MASK;
      if (!isForSlab(length)) return materialize(session);
      const { memory } = session.#cache!;
      session.#data = memory.copyDecoded(length);
      session.#id = memory.stagedWords();
      session.#flags = (session.#flags & ~LOCATION) | IN_SLAB;
    };

    entryOf = (session) => {
      const cache = session.#cache;
      if (cache === undefined) return 0;
      const at = cache.entryOf(session);
      if (at) {
        const marked = cache.isMarked(at) ? NOT_RESUMABLE : 0;
        session.#flags = (session.#flags & ~NOT_RESUMABLE) | CACHED | marked;
      } else if (session.#flags & CACHED) {
        session.#flags &= ~CACHED;
        if (!cache.unmarkedSerials.has(session.#serial)) session.#flags |= NOT_RESUMABLE;
      }
      if (cache.isClosed) session.#cache = undefined; // or a handle would keep all its memory
      return at;
    };
    mark = (session) => {
      const at = entryOf(session);
      if (at) session.#cache!.memory.mark(at);
      session.#flags |= NOT_RESUMABLE;
    };
    markCached = (session, cache) => {
      session.#cache = cache;
      session.#flags |= CACHED;
    };
    markGone = (session, notResumable) => {
      session.#flags = (session.#flags & ~CACHED) | (notResumable ? NOT_RESUMABLE : 0);
    };
    syncWithEntry = (session) => {
      const at = entryOf(session);
      if (at) syncWith(session, at);
    };
    syncWith = (session, at) => {
      const { memory } = session.#cache!;
      setHandleTimes(session, memory.timeOf(at), memory.authTimeOf(at));
      session.#timeout = memory.timeoutOf(at);
      setScope(session, session.#scope.version, memory.contextOf(at));
    };

    // Shared by the methods below
    setScope = (session, version, context) => {
      const { extras } = session.#scope;
      session.#scope =
        extras === undefined ? scopeFor(version, context) : { version, context, extras };
    };
    setTimes = (session, time, timeout) => {
      const at = entryOf(session);
      if (at) {
        const cache = session.#cache!;
        if (cache.locks(at)) return false;
        const { memory } = cache;
        const newTime = time ?? memory.timeOf(at);
        if (!memory.retime(at, newTime, timeout ?? memory.timeoutOf(at))) throw noMemory('change');
      }
      const newTime = time ?? session.#time;
      const authTime = authTimeOf(session);
      setHandleTimes(session, newTime, newTime < authTime ? newTime : authTime);
      session.#timeout = timeout ?? session.#timeout;
      return true;
    };
  }

  /** Identity: handles with the same serial refer to the same session. */
  get serial(): number {
    return this.#serial;
  }

  /** Protocol version on the wire, such as 0x0303. */
  get protocolVersion(): number {
    return this.#scope.version;
  }

  /** Session id context; a copy. */
  get sessionIdContext(): Uint8Array {
    const at = entryOf(this);
    return at ? this.#cache!.memory.contextOf(at) : copyOf(this.#scope.context);
  }

  /** When it was made or last renewed, seconds since the epoch. */
  get time(): Seconds {
    const at = entryOf(this);
    return at ? this.#cache!.memory.timeOf(at) : this.#time;
  }

  /** Lifetime from `time`, in seconds. */
  get timeout(): Seconds {
    const at = entryOf(this);
    return at ? this.#cache!.memory.timeoutOf(at) : this.#timeout;
  }

  /**
   * Time of the full handshake that it goes back to, seconds since the epoch. A renewal does not
   * change it. If you store sessions elsewhere, store it beside `time`; `new Session` takes both.
   */
  get authTime(): Seconds {
    const at = entryOf(this);
    return at ? this.#cache!.memory.authTimeOf(at) : authTimeOf(this);
  }

  /** Whether it was made with extended master secret (RFC 7627). */
  get extendedMasterSecret(): boolean {
    return (this.#flags & EXTENDED_MASTER_SECRET) !== 0;
  }

  /** The groups that `revoke` drops it with; copies. */
  get tags(): readonly Uint8Array[] {
    return tagsOf(this).map(copyOf);
  }

  /** Whether it is in a cache. */
  get isCached(): boolean {
    return entryOf(this) !== 0;
  }

  /**
   * Whether it may be resumed: it has an id, nothing has marked it, and it has not left a cache.
   *
   * @see SSL_SESSION_is_resumable(3)
   */
  get isResumable(): boolean {
    entryOf(this);
    return (this.#flags & NOT_RESUMABLE) === 0 && idLengthIn(this.#flags) > 0;
  }

  /** Data of the application; the same for every handle of a cached session. */
  get appData(): unknown {
    return entryOf(this) ? this.#cache!.appData.get(this.#serial) : handleAppDataOf(this);
  }

  set appData(value: unknown) {
    setHandleAppData(this, value);
    if (entryOf(this)) this.#cache!.setAppData(this.#serial, value);
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
    return setTimes(this, checkSeconds(time, 'time'), undefined);
  }

  /**
   * Sets the lifetime from `time`, in seconds, 0 or more. A cached session moves behind all that
   * expire no later.
   *
   * @returns true; false only in a callback that profile `openssl-3.0` runs under its lock.
   * @throws SessionCacheError `ERR_SESSCACHE_NO_MEMORY`
   * @see SSL_SESSION_set_timeout(3)
   */
  setTimeout(timeout: Seconds): boolean {
    return setTimes(this, undefined, checkTimeout(timeout, 'timeout'));
  }

  /**
   * Sets the id, 0 to 32 bytes. The session becomes another one with a new serial; other handles
   * still refer to the session with the old id.
   *
   * @throws SessionCacheError `ERR_SESSCACHE_CACHED`: a cached session keeps its id.
   */
  setId(id: Uint8Array): void {
    const copy = copyBytes(id, 'id');
    refuseCached(this, 'id');
    this.#id = copy;
    this.#flags = (this.#flags & ~NAME_LENGTH) | flagsFor(copy.length, false, false);
    this.#serial = nextSerial();
  }

  /**
   * Sets the protocol version. The session becomes another one, as with `setId`.
   *
   * @throws SessionCacheError `ERR_SESSCACHE_CACHED`: a cached session keeps its version.
   */
  setProtocolVersion(version: number): void {
    checkVersion(version, 'version');
    refuseCached(this, 'protocol version');
    setScope(this, version, this.#scope.context);
    this.#serial = nextSerial();
  }

  /**
   * Sets the session id context, 0 to 32 bytes, also of a cached session.
   *
   * @throws SessionCacheError `ERR_SESSCACHE_NO_MEMORY`
   */
  setSessionIdContext(context: Uint8Array): void {
    const interned = internContext(checkBytes(context, 'context'));
    const at = entryOf(this);
    if (at) {
      const { memory } = this.#cache!;
      memory.stageOwnContextOfSession(interned);
      if (!memory.core.rescope(at)) throw noMemory('change');
    }
    setScope(this, this.#scope.version, interned);
  }

  /**
   * A new session with the same content, including the mark; not cached.
   *
   * @see SSL_SESSION_dup(3)
   */
  dup(): Session {
    return duplicate(this);
  }

  /** For `console.log` and `JSON.stringify`: without id and data. */
  toJSON(): object {
    return {
      serial: this.serial,
      idLength: idLengthIn(this.#flags),
      dataLength: dataLengthOf(this),
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

/**
 * The session's bytes without a copy. Read them at once, and never pass them to code of the user:
 * their buffer may hold other sessions.
 *
 * @throws SessionCacheError `ERR_SESSCACHE_VIEW_GONE`: of a view whose session has left.
 */
export function bytesInPlaceOf(session: Session): Uint8Array {
  const bytes = bytesIfHere(session);
  if (bytes !== undefined) return bytes;
  throw new SessionCacheError(
    'ERR_SESSCACHE_VIEW_GONE',
    'the session of this view has left its cache, and its bytes with it: use resumeSession',
  );
}

/** Throws if a cache holds the session. */
function refuseCached(session: Session, what: string): void {
  if (entryOf(session) === 0) return;
  throw new SessionCacheError(
    'ERR_SESSCACHE_CACHED',
    `the ${what} of a cached session cannot change: remove the session first, or dup() it`,
  );
}

/** The parts of a new session: checked, and owned by the session. */
interface NewSession {
  readonly id: Uint8Array;
  readonly data: Uint8Array;
  readonly scope: Scope;
  readonly time: Seconds;
  readonly timeout: Seconds;
  /** See state.ts. */
  readonly flags: number;
  readonly authTime: Seconds;
  readonly tags: readonly Uint8Array[];
  readonly appData?: unknown;
}

/** Makes a session that is not cached from checked parts. */
export function newSession(of: NewSession): Session {
  const { id, data, scope, time, timeout, flags } = of;
  const serial = nextSerial();
  const made = new Session(TRUSTED, serial, scope, time, timeout, flags, data, id, undefined);
  setExtras(made, of.authTime, of.tags, of.appData);
  return made;
}

function duplicate(session: Session): Session {
  syncWithEntry(session);
  const { version, context } = scopeOf(session);
  return newSession({
    id: copyOf(idOf(session)),
    data: copyBytes(bytesInPlaceOf(session), 'data', DATA_MAX),
    scope: scopeFor(version, context),
    time: handleTimeOf(session),
    timeout: handleTimeoutOf(session),
    flags: flagsOf(session) & LASTING,
    authTime: authTimeOf(session),
    tags: tagsOf(session),
    appData: session.appData,
  });
}

function isWords(id: Uint8Array | Words): id is Words {
  return Array.isArray(id);
}

export function noMemory(what: string): SessionCacheError {
  return new SessionCacheError('ERR_SESSCACHE_NO_MEMORY', `no memory left for this ${what}`);
}
