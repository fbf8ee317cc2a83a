import type { Engine } from '../cache/engine.ts';
import {
  checkBoolean,
  checkBytes,
  checkObject,
  checkSeconds,
  checkTags,
  checkTimeout,
  checkVersion,
  copyOf,
  type Seconds,
} from '../checks.ts';
import { systemClock } from '../clock.ts';
import { DATA_MAX } from '../core/abi.ts';
import { type Words, wordsOf } from '../core/words.ts';
import { noMemory, refuseCached, setTimes } from './changes.ts';
import {
  appDataOf,
  bornOf,
  NO_TAGS,
  type Scope,
  scopeFor,
  keepAppData,
  setBegin,
  setTags,
  tagsOf,
  type WithExtras,
} from './extras.ts';
import { newSession } from './make.ts';
import type { SessionOptions } from './options.ts';
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
  declare ownScope: Scope;
  /** @internal */
  declare ownTime: Seconds;
  /** @internal */
  declare ownTimeout: Seconds;
  /** @internal */
  declare bits: number;
  /** @internal */
  declare ownData: Uint8Array;
  /** @internal */
  declare ownId: Uint8Array | Words | undefined;
  /** @internal */
  declare home: Engine | undefined;
  /** @internal */
  declare ownExtras: WithExtras['ownExtras'];
  /** For TypeScript, which would take anything that looks alike for a Session. */
  declare protected readonly nominal: never;

  /**
   * @throws TypeError or RangeError naming the option that is wrong.
   */
  constructor(options: SessionOptions) {
    checkObject(options, 'options');
    // With several wrong, the error is about the first in this order. What is not given needs no check.
    const { time: given, id, data, protocolVersion: version, sessionIdContext: context } = options;
    const { timeout, authTime, extendedMasterSecret: extms, notResumable, tags, appData } = options;
    const time = given === undefined ? systemClock() : checkSeconds(given, 'time');
    const words = wordsOf(checkBytes(id, 'id'));
    if (data !== undefined) checkBytes(data, 'data', DATA_MAX);
    if (version !== undefined) checkVersion(version, 'protocolVersion');
    if (context !== undefined) checkBytes(context, 'sessionIdContext');
    const lifetime = timeout === undefined ? 304 : checkSeconds(timeout, 'timeout');
    if (authTime !== undefined) checkTimeout(authTime, 'authTime');
    if (extms !== undefined) checkBoolean(extms, 'extendedMasterSecret');
    if (notResumable !== undefined) checkBoolean(notResumable, 'notResumable');
    const groups = tags === undefined ? NO_TAGS : checkTags(tags, 'tags');
    // Each field once, when there is nothing more to throw: V8 stores it without looking back.
    this.ownSerial = nextSerial();
    this.ownScope = scopeFor(
      version ?? 0x0303,
      context === undefined ? NO_BYTES : ownBytes(context),
    );
    this.ownTime = time;
    this.ownTimeout = lifetime;
    this.bits = bitsOf(id.length, extms ?? false, notResumable ?? false);
    this.ownData = data ?? NO_BYTES;
    this.ownId = words;
    this.home = undefined;
    this.ownExtras = undefined;
    if (authTime !== undefined && authTime < time) setBegin(this, time, authTime);
    if (tags !== undefined) setTags(this, groups);
    if (appData !== undefined) keepAppData(this, appData);
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
    return this.ownScope.version;
  }

  /** Session id context; a copy. */
  get sessionIdContext(): Uint8Array {
    const at = entryOf(this);
    return at ? this.home!.store.contextOf(at) : copyOf(this.ownScope.context);
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

  /**
   * When the full handshake was that it goes back to, seconds since the epoch. Stays with the session
   * when it is renewed; an external store of yours keeps it beside `time`, for `new Session`.
   */
  get authTime(): Seconds {
    const at = entryOf(this);
    return at ? this.home!.store.bornOf(at) : bornOf(this);
  }

  /** Whether it was made with extended master secret (RFC 7627). */
  get extendedMasterSecret(): boolean {
    return hasExtms(this);
  }

  /** The groups that `revoke` drops it with; copies. */
  get tags(): readonly Uint8Array[] {
    return tagsOf(this).map(copyOf);
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
    return entryOf(this) ? this.home!.appData.get(this.ownSerial) : appDataOf(this);
  }

  set appData(value: unknown) {
    keepAppData(this, value);
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
    this.ownScope = scopeFor(version, this.ownScope.context);
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
      if (!store.core.rescope(at)) throw noMemory();
    }
    this.ownScope = scopeFor(this.ownScope.version, ownBytes(context));
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
    const made = newSession(id, data, this.ownScope, this.ownTime, this.ownTimeout);
    setBegin(made, this.ownTime, bornOf(this));
    made.bits = bitsOf(id.length, hasExtms(this), isNotResumable(this));
    setTags(made, tagsOf(this));
    keepAppData(made, this.appData);
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
