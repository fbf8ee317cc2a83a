import type { Engine } from '../cache/engine.ts';
import {
  checkBytes,
  checkSeconds,
  checkTimeout,
  checkVersion,
  copyOf,
  type Seconds,
} from '../checks.ts';
import { noMemory, refuseCached, setTimes } from './changes.ts';
import { newSession } from './make.ts';
import { initialize, type SessionOptions } from './options.ts';
import {
  bitsOf,
  entryOf,
  hasExtms,
  idLengthOf,
  idOf,
  isNotResumable,
  NO_BYTES,
  nextSerial,
  ownBytes,
  syncState,
} from './state.ts';

/**
 * Stands for options: the rest of the constructor's arguments are the state, checked already.
 *
 * @internal
 */
export const MADE: { readonly id: Uint8Array } = Object.freeze({ id: NO_BYTES });

/**
 * A TLS session: made with `new`, or handed out by a cache. It is a handle: while the session is
 * cached, reading and setting its times goes to the cache's entry, and any number of handles may
 * speak of one session (`serial` tells). When the entry has left its cache, every handle reports
 * `isResumable === false`.
 *
 * @see SSL_SESSION_new, SSL_SESSION_get_id and their kin in section 3 of OpenSSL's manual
 */
export class Session {
  // What SessionState says. `declare`: class fields would be defined as undefined first, and a state in
  // a #private field is an object more: together a third of the time of a lookup.
  /** @internal */
  declare ownSerial: number;
  /** @internal */
  declare ownVersion: number;
  /** @internal */
  declare ownContext: Uint8Array;
  /** @internal */
  declare ownTime: Seconds;
  /** @internal */
  declare ownTimeout: Seconds;
  /** @internal */
  declare ownBorn: Seconds;
  /** @internal */
  declare bits: number;
  /** @internal */
  declare ownTags: readonly Uint8Array[];
  /** @internal */
  declare ownData: Uint8Array;
  /** @internal */
  declare ownId: Uint8Array | undefined;
  /** @internal */
  declare home: Engine | undefined;
  /** @internal */
  declare ownAppData: unknown;
  /** For TypeScript, which would take anything that looks alike for a Session. */
  declare protected readonly nominal: never;

  /** @internal */
  constructor(
    made: { readonly id: Uint8Array },
    serial: number,
    version: number,
    context: Uint8Array,
    time: Seconds,
    timeout: Seconds,
    born: Seconds,
    bits: number,
    tags: readonly Uint8Array[],
    data: Uint8Array,
    id: Uint8Array | undefined,
    home: Engine | undefined,
  );
  /**
   * @throws TypeError or RangeError naming the option that is wrong.
   */
  constructor(options: SessionOptions);
  constructor(
    options: SessionOptions,
    serial?: number,
    version?: number,
    context?: Uint8Array,
    time?: Seconds,
    timeout?: Seconds,
    born?: Seconds,
    bits?: number,
    tags?: readonly Uint8Array[],
    data?: Uint8Array,
    id?: Uint8Array | undefined,
    home?: Engine | undefined,
  ) {
    // Without defaults, which would make it too large to be inlined: initialize sets all of them.
    this.ownSerial = serial!;
    this.ownVersion = version!;
    this.ownContext = context!;
    this.ownTime = time!;
    this.ownTimeout = timeout!;
    this.ownBorn = born!;
    this.bits = bits!;
    this.ownTags = tags!;
    this.ownData = data!;
    this.ownId = id;
    this.home = home;
    this.ownAppData = undefined;
    if (options !== MADE) initialize(this, options);
  }

  /** Identity: handles with the same serial speak of the same session. */
  get serial(): number {
    return this.ownSerial;
  }

  /** Session id; a copy. */
  get id(): Uint8Array {
    return copyOf(idOf(this));
  }

  /**
   * The session's bytes. They hold its secrets: overwrite copies when done. From `viewSession`: a
   * view of the cache's memory, good only until the next call on the cache. From `resumeSession` a
   * copy, whose `buffer` holds other copies too, like that of Node's small Buffers: to transfer it
   * to a worker, copy it first.
   */
  get data(): Uint8Array {
    return this.ownData;
  }

  /** Protocol version on the wire, such as 0x0303. */
  get protocolVersion(): number {
    return this.ownVersion;
  }

  /** Session id context; a copy. */
  get sessionIdContext(): Uint8Array {
    const at = entryOf(this);
    return at ? this.home!.store.contextOf(at) : copyOf(this.ownContext);
  }

  /** When it was made or last renewed, seconds since the epoch. */
  get time(): Seconds {
    const at = entryOf(this);
    return at ? this.home!.store.timeOf(at) : this.ownTime;
  }

  /** How long it lives from `time`, seconds. */
  get timeout(): Seconds {
    const at = entryOf(this);
    return at ? this.home!.store.timeoutOf(at) : this.ownTimeout;
  }

  /** Whether it was made with extended master secret (RFC 7627). */
  get extendedMasterSecret(): boolean {
    return hasExtms(this);
  }

  /** The groups that `revoke` drops it with; copies. */
  get tags(): readonly Uint8Array[] {
    return this.ownTags.map(copyOf);
  }

  /** Whether a cache holds it. */
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
    return !isNotResumable(this) && idLengthOf(this) > 0;
  }

  /** Anything of yours; while the session is cached, every handle of it sees the same. */
  get appData(): unknown {
    return entryOf(this) ? this.home!.appData.get(this.ownSerial) : this.ownAppData;
  }

  set appData(value: unknown) {
    this.ownAppData = value;
    if (entryOf(this)) this.home!.setAppData(this.ownSerial, value);
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
   * Sets how long it lives from `time`, seconds, 0 or more. A cached session moves behind all that
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
   * Sets the id, 0 to 32 bytes. That makes it a session of its own, with a serial of its own: other
   * handles stay with the session that has the old id.
   *
   * @throws SessionCacheError `ERR_SESSCACHE_CACHED`: a cached session keeps its id.
   */
  setId(id: Uint8Array): void {
    checkBytes(id, 'id');
    refuseCached(this, 'id');
    this.ownId = copyOf(id);
    this.bits = bitsOf(id.length, hasExtms(this), isNotResumable(this));
    this.ownSerial = nextSerial();
  }

  /**
   * Sets the protocol version. That makes it a session of its own, as `setId` does.
   *
   * @throws SessionCacheError `ERR_SESSCACHE_CACHED`: a cached session keeps its version.
   */
  setProtocolVersion(version: number): void {
    checkVersion(version, 'version');
    refuseCached(this, 'protocol version');
    this.ownVersion = version;
    this.ownSerial = nextSerial();
  }

  /**
   * Sets the session id context, 0 to 32 bytes, also of a cached session.
   *
   * @throws SessionCacheError `ERR_SESSCACHE_NO_MEMORY`
   */
  setSessionIdContext(context: Uint8Array): void {
    checkBytes(context, 'context');
    const at = entryOf(this);
    if (at) {
      const { store } = this.home!;
      store.stageContext(context);
      store.stageLength(context.length);
      if (!store.core.rescope(at)) throw noMemory();
    }
    this.ownContext = ownBytes(context);
  }

  /**
   * A session of its own with the same content, mark included; not cached.
   *
   * @see SSL_SESSION_dup(3)
   */
  dup(): Session {
    const at = entryOf(this);
    syncState(this);
    const data = at ? this.home!.store.copyData(at) : copyOf(this.ownData);
    const id = idOf(this);
    const made = newSession(
      id,
      data,
      this.ownVersion,
      this.ownContext,
      this.ownTime,
      this.ownTimeout,
    );
    made.ownBorn = this.ownBorn;
    made.bits = bitsOf(id.length, hasExtms(this), isNotResumable(this));
    made.ownTags = this.ownTags;
    made.ownAppData = this.appData;
    return made;
  }

  /** What `console.log` and `JSON.stringify` show: no id, no data. */
  toJSON(): object {
    return {
      serial: this.serial,
      idLength: idLengthOf(this),
      dataLength: this.ownData.length,
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
