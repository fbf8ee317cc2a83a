/// <reference lib="esnext.disposable" preserve="true" />

import { randomBytes } from 'node:crypto';
import {
  checkBoolean,
  checkBytes,
  checkCallback,
  checkInteger,
  checkObject,
  describe,
} from '../checks.ts';
import { DATA_MAX } from '../core/abi.ts';
import { SessionCache, SessionCacheError, SessionCacheMode } from '../index.ts';
import { lifetimeOf, peekOrNothing } from './lifetime.ts';
import { type Entry, KEY_BYTES, Slots } from './slots.ts';
import { type ClientSessionStats, newStats, type RefusalCause } from './stats.ts';

const DAY = 86_400;
const WEEK = 7 * DAY;
const NO_ROOM: ReadonlySet<string> = new Set([
  'ERR_SESSCACHE_NO_MEMORY',
  'ERR_SESSCACHE_MAX_BYTES',
]);
/** Option names that the statistics remember. */
const NAMES_MAX = 16;

/** What `new ClientSessionCache` takes. */
export interface ClientSessionCacheOptions {
  /**
   * A cache of yours in CLIENT mode, of profile `manual` and without UPDATE_TIME; you close it.
   * Default: one of its own.
   */
  cache?: SessionCache | undefined;
  /** Most sessions in all; the one that expires first makes room. Not with `cache`. Default: 1,024. */
  size?: number | undefined;
  /** Most TLS 1.3 tickets of one peer under one policy, 1 to 64. Default: 8, as in rustls. */
  ticketsPerPeer?: number | undefined;
  /**
   * Whether the last TLS 1.3 ticket of a peer stays usable: more connections resume, and whoever
   * watches the network can link them (RFC 8446 C.4). Default: false.
   */
  keepLast?: boolean | undefined;
  /**
   * Most seconds from a full handshake to the last resumption that goes back to it, 1 to 604,800; up
   * to TLS 1.2 a cache of its own allows 86,400. Default: 604,800 (RFC 8446 §4.6.1).
   */
  maxLifetime?: number | undefined;
  /** The clock: whole seconds since the epoch. Not with `cache`. Default: that of `Date`. */
  now?: (() => number) | undefined;
}

/** A connection as far as a session's origin goes. */
interface Origin {
  /** Tag of its sessions, and of all that go back to the same full handshake. */
  family: Uint8Array;
  /** When its peer was last authenticated by a full handshake; undefined: by its own. */
  born: number | undefined;
}

/** A session that was handed out. */
interface Taken extends Entry<Buffer> {
  /** Whose it is. */
  key: Uint8Array;
  /** Whether it is still cached. */
  stays: boolean;
}

/**
 * A client's sessions by peer and policy: see `sessionKey`. Of TLS 1.2 a peer has one session, used
 * again and again; of TLS 1.3 a few tickets, each of which is handed out once.
 *
 * Wrong arguments throw TypeError or RangeError and change nothing. After `close()` every method but
 * `close()` throws a SessionCacheError `ERR_SESSCACHE_CLOSED`.
 *
 * @example
 * ```js
 * const sessions = new ClientSessionCache();
 * const agent = new SessionAgent({ keepAlive: true, sessions });
 * ```
 */
export class ClientSessionCache {
  /** The cache that the sessions are in. */
  readonly cache: SessionCache;
  readonly #isOwner: boolean;
  readonly #slots: Slots;
  readonly #keepLast: boolean;
  readonly #maxLifetime: number;
  readonly #stats: ClientSessionStats = newStats();
  readonly #taken: WeakMap<Uint8Array, Taken> = new WeakMap();
  readonly #origins: WeakMap<object, Origin> = new WeakMap();

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: ClientSessionCacheOptions = {}) {
    checkObject(options, 'options');
    const perPeer = checkInteger(options.ticketsPerPeer ?? 8, 'ticketsPerPeer', 1, 64);
    this.#keepLast = checkBoolean(options.keepLast ?? false, 'keepLast');
    this.#maxLifetime = checkInteger(options.maxLifetime ?? WEEK, 'maxLifetime', 1, WEEK);
    this.#isOwner = options.cache === undefined;
    this.cache = this.#isOwner ? ownCache(options, this.#maxLifetime) : checkCache(options);
    this.#slots = new Slots(this.cache, perPeer);
  }

  // ---- Sessions in and out ----

  /**
   * The newest session for the peer of `key`: a copy, made for the `session` option of
   * `tls.connect`. It is handed out once if it is a TLS 1.3 ticket. Overwrite it when the handshake
   * is over.
   */
  take(key: Uint8Array): Buffer | undefined {
    const entry = this.#slots.take(checkKey(key), this.#keepLast);
    if (entry === undefined) {
      this.#stats.misses++;
      return undefined;
    }
    this.#stats.taken++;
    this.#taken.set(entry.data, { ...entry, key: new Uint8Array(key) });
    return entry.data;
  }

  /** As `take`, but the session stays: for protocols that demand one session again and again. */
  peek(key: Uint8Array): Buffer | undefined {
    return this.#slots.newest(checkKey(key))?.data;
  }

  /**
   * Stores what a `session` event gave; copies it. It lives as long as its ticket says, no longer than
   * `maxLifetime` after the last full handshake, and no longer than the server's certificate where
   * `connection` is a TLSSocket. Sessions of one `connection`, any object, are siblings.
   *
   * @returns whether it was stored; `stats().refused` tells why not.
   */
  put(key: Uint8Array, session: Uint8Array, connection?: object): boolean {
    checkKey(key);
    checkBytes(session, 'session', Infinity);
    if (connection !== undefined) checkObject(connection, 'connection');
    const peek = peekOrNothing(session);
    if (peek === undefined) return this.refuse('unreadable');
    const now = this.#slots.now();
    const lifetime = lifetimeOf(peek, now);
    if (typeof lifetime === 'string') return this.refuse(lifetime);
    const { time } = lifetime;
    const origin = this.#originOf(connection);
    const { family } = origin;
    const born = Math.min(origin.born ?? time, time);
    const limit = Math.min(time + lifetime.timeout, born + this.#maxLifetime);
    const end = Math.min(limit, notAfter(connection));
    if (end < now) return this.refuse(end < limit ? 'certificate' : 'expired');
    const { protocolVersion } = peek;
    const timeout = end - time;
    return this.#store(key, { data: session, protocolVersion, time, timeout, born, family });
  }

  /**
   * Says that `connection` resumed a session from `take`. The sessions that it makes are siblings of
   * that one, and their lifetime counts from the same full handshake: no renewal extends it.
   */
  resumed(session: Uint8Array, connection: object): void {
    checkObject(connection, 'connection');
    const taken = this.#taken.get(session);
    if (taken === undefined) return;
    this.#stats.resumed++;
    const { family, born } = taken;
    this.#origins.set(connection, { family, born });
  }

  /**
   * Says that a session from `take` was declined: its siblings, those that go back to the same full
   * handshake, are taken for dead too, and dropped (RFC 9149 §3).
   *
   * @returns how many were dropped.
   */
  dropFamily(session: Uint8Array): number {
    const taken = this.#taken.get(session);
    if (taken === undefined) return 0;
    this.#taken.delete(session);
    this.#stats.declined++;
    return this.#revoke(taken.family);
  }

  /** Drops the sessions that a connection made, and their siblings; returns how many. */
  dropConnection(connection: object): number {
    const origin = this.#origins.get(connection);
    return origin === undefined ? 0 : this.#revoke(origin.family);
  }

  /** Puts a session from `take` back that was never sent to anybody. Returns whether it is cached. */
  putBack(session: Uint8Array): boolean {
    const taken = this.#taken.get(session);
    if (taken === undefined) return false;
    this.#taken.delete(session);
    if (taken.stays) return true;
    if (taken.time + taken.timeout < this.#slots.now()) return false;
    if (!this.#store(taken.key, taken)) return false;
    this.#stats.putBack++;
    return true;
  }

  /** Drops all sessions for the peer of `key`; returns how many there were. */
  drop(key: Uint8Array): number {
    return this.#slots.drop(checkKey(key));
  }

  /** How many sessions there are for the peer of `key`, of those that are not expired. */
  count(key: Uint8Array): number {
    return this.#slots.count(checkKey(key));
  }

  // ---- All of it ----

  /** What happened, as of now. */
  stats(): ClientSessionStats {
    const { refused, unkeyedBy } = this.#stats;
    const sessions = this.cache.stats().number;
    return { ...this.#stats, sessions, refused: { ...refused }, unkeyedBy: [...unkeyedBy] };
  }

  /** Closes a cache of its own, which wipes its sessions. Closing twice does nothing. */
  close(): void {
    if (this.#isOwner) this.cache.close();
  }

  /** Same as `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  // ---- For the adapters ----

  /** @internal Counts a session that is not stored. */
  refuse(cause: RefusalCause): false {
    this.#stats.refused[cause]++;
    return false;
  }

  /** @internal Counts a connection whose policy is no key, because of an option. */
  noteUnkeyed(option: string): void {
    this.#stats.unkeyed++;
    const { unkeyedBy } = this.#stats;
    if (unkeyedBy.length < NAMES_MAX && !unkeyedBy.includes(option)) unkeyedBy.push(option);
  }

  /** @internal Counts a failure of the cache. */
  noteError(): void {
    this.#stats.errors++;
  }

  #store(key: Uint8Array, entry: Entry): boolean {
    if (entry.data.length > DATA_MAX) return this.refuse('size');
    try {
      this.#slots.put(key, entry);
    } catch (error) {
      if (!(error instanceof SessionCacheError) || !NO_ROOM.has(error.code)) throw error;
      return this.refuse('room');
    }
    this.#stats.stored++;
    return true;
  }

  #originOf(connection: object | undefined): Origin {
    const known = connection && this.#origins.get(connection);
    if (known !== undefined) return known;
    const origin = { family: randomBytes(16), born: undefined };
    if (connection !== undefined) this.#origins.set(connection, origin);
    return origin;
  }

  #revoke(family: Uint8Array): number {
    if (family.length === 0) return 0;
    const dropped = this.cache.revoke({ tag: family });
    this.#stats.siblingsDropped += dropped;
    return dropped;
  }
}

function ownCache(options: ClientSessionCacheOptions, maxLifetime: number): SessionCache {
  const { size = 1024, now } = options;
  return new SessionCache({
    mode: SessionCacheMode.CLIENT,
    size: checkInteger(size, 'size', 1, Number.MAX_SAFE_INTEGER),
    maxLifetime: { tls12: Math.min(maxLifetime, DAY), tls13: maxLifetime },
    now: checkCallback(now, 'now'),
  });
}

function checkCache({ cache, size, now }: ClientSessionCacheOptions): SessionCache {
  if (!(cache instanceof SessionCache)) {
    throw new TypeError(`"cache" expected SessionCache, got ${describe(cache)}`);
  }
  if ((cache.getSessionCacheMode() & SessionCacheMode.CLIENT) === 0) {
    throw new RangeError('"cache" expected a cache in mode CLIENT or BOTH, got another mode');
  }
  if (cache.getSessionCacheMode() & SessionCacheMode.UPDATE_TIME) {
    throw new RangeError('"cache" expected a mode that renews no session, got UPDATE_TIME');
  }
  if (cache.profile !== 'manual') {
    throw new RangeError(`"cache" expected profile 'manual', got '${cache.profile}'`);
  }
  if (size !== undefined)
    throw new TypeError('"size" expected undefined with "cache", got a value');
  if (now !== undefined) throw new TypeError('"now" expected undefined with "cache", got a value');
  return cache;
}

function checkKey(key: Uint8Array): Uint8Array {
  checkBytes(key, 'key');
  if (key.length === KEY_BYTES) return key;
  throw new RangeError(`"key" expected ${KEY_BYTES} bytes, got ${key.length}`);
}

/** The last second of the server's certificate; Infinity where the connection does not tell. */
function notAfter(connection: object | undefined): number {
  const { getPeerCertificate } = (connection ?? {}) as { getPeerCertificate?: () => unknown };
  if (typeof getPeerCertificate !== 'function') return Infinity;
  const certificate = getPeerCertificate.call(connection) as { valid_to?: string } | null;
  const end = Date.parse(certificate?.valid_to ?? '');
  return Number.isNaN(end) ? Infinity : Math.floor(end / 1000);
}
