/// <reference lib="esnext.disposable" preserve="true" />

import { randomFillSync } from 'node:crypto';
import type { SessionPeek } from '../../asn1/index.ts';
import { DATA_MAX } from '../../cache/internal.ts';
import {
  checkBoolean,
  checkBytes,
  checkInteger,
  checkObject,
  plainBytes,
  outOfRange,
} from '../../checks.ts';
import { type SessionCache, SessionCacheError } from '../../index.ts';
import { peekOrNothing } from '../../tls/session-peek.ts';
import { KEY_BYTES } from '../key/bytes.ts';
import type { Unkeyable } from '../key/key.ts';
import { traceSessions } from '../trace.ts';
import { warnOfClosures } from '../warnings.ts';
import { checkCache, type ClientSessionCacheOptions, newCache } from './backing.ts';
import { notAfter } from './certificate.ts';
import { lifetimeOf } from './lifetime.ts';
import { OPAQUE_LIFETIME, opaqueVersionOf } from './opaque.ts';
import { type Origin, Origins } from './origins.ts';
import { type Peer, TICKETS_MAX } from './peers.ts';
import { type AgeOptions, checkAge, exportFrom, importFrom } from './persist.ts';
import { checkSealKey, type SealKey } from './seal.ts';
import { becomesBold, becomesShy, hasStalled, likesOffers } from './shy.ts';
import { type SlotEntry, Slots, type TakenEntry } from './slots.ts';
import { type ClientSessionStats, newStats, type RefusalCause } from './stats.ts';

const WEEK = 7 * 86_400;
const NO_ROOM: ReadonlySet<string> = new Set([
  'ERR_SESSCACHE_NO_MEMORY',
  'ERR_SESSCACHE_MAX_BYTES',
]);
/** Option names that the statistics remember. */
const NAMES_MAX = 16;

/** A session that was handed out. */
export interface Taken extends TakenEntry {
  /** The key of its peer. */
  readonly key: Uint8Array;
}

/**
 * A client's sessions by peer and policy: see `sessionKey`. A peer has one session of TLS 1.2,
 * which is used repeatedly, and a few TLS 1.3 tickets, each of which is used once.
 *
 * Wrong arguments throw TypeError or RangeError and change nothing. After `close()` every method
 * but `close()` throws a SessionCacheError `ERR_SESSCACHE_CLOSED`.
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
  /** The runtime's TLS is not OpenSSL; its own agents offer their last ticket repeatedly. */
  #isOpaque = false;
  readonly #maxLifetime: number;
  readonly #stats: ClientSessionStats = newStats();
  readonly #taken: WeakMap<Uint8Array, Taken> = new WeakMap();
  readonly #origins: Origins = new Origins();

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: ClientSessionCacheOptions = {}) {
    checkObject(options, 'options');
    const { ticketsPerPeer } = options;
    if (ticketsPerPeer !== undefined)
      checkInteger(ticketsPerPeer, 'ticketsPerPeer', 1, TICKETS_MAX);
    this.#keepLast = checkBoolean(options.keepLast ?? false, 'keepLast');
    this.#maxLifetime = checkInteger(options.maxLifetime ?? WEEK, 'maxLifetime', 1, WEEK);
    this.#isOwner = options.cache === undefined;
    this.cache = this.#isOwner ? newCache(options, this.#maxLifetime) : checkCache(options);
    this.#slots = new Slots(this.cache, ticketsPerPeer, this.#isOwner);
  }

  // ---- Sessions in and out ----

  /**
   * The newest session for the peer of `key`: a copy, made for the `session` option of
   * `tls.connect`. A TLS 1.3 ticket is returned once only. Overwrite the copy after the handshake.
   */
  take(key: Uint8Array): Buffer | undefined {
    const taken = this.takeFor(new Uint8Array(checkKey(key)));
    if (taken === undefined) return undefined;
    this.#taken.set(taken.data, taken);
    return taken.data;
  }

  /** @internal As `take`, with what is known of the session; it keeps `key`. */
  takeFor(key: Uint8Array): Taken | undefined {
    const entry = this.#slots.take(key, this.#keepLast || this.#isOpaque);
    if (entry === undefined) {
      this.#stats.misses++;
      return undefined;
    }
    this.#stats.taken++;
    return Object.assign(entry, { key });
  }

  /** As `take`, but the session stays: for protocols that demand one session again and again. */
  peek(key: Uint8Array): Buffer | undefined {
    return this.#slots.newest(checkKey(key))?.data;
  }

  /**
   * Stores a copy of the session of a `session` event. It expires with its ticket, `maxLifetime`
   * after the last full handshake, or with the server's certificate, whichever comes first.
   * Sessions of the same `connection`, any object, are siblings.
   *
   * @returns whether it was stored; `stats().refused` tells why not.
   */
  put(key: Uint8Array, session: Uint8Array, connection?: object): boolean {
    checkKey(key);
    checkBytes(session, 'session', Infinity);
    if (connection !== undefined) checkObject(connection, 'connection');
    return this.putPeeked(key, session, peekOrNothing(session), connection);
  }

  /** @internal As `put`, for a session whose fields have been read. */
  putPeeked(
    key: Uint8Array,
    session: Uint8Array,
    peek: SessionPeek | undefined,
    connection: object | undefined,
  ): boolean {
    if (peek === undefined) return this.#putOpaque(key, session, connection);
    const now = this.#slots.now();
    const lifetime = lifetimeOf(peek, now);
    if (typeof lifetime === 'string') return this.refuse(lifetime);
    const { time } = lifetime;
    const { family, authTime: since = time } = this.#originOf(connection);
    const authTime = Math.min(since, time);
    const limit = Math.min(time + lifetime.timeout, authTime + this.#maxLifetime);
    const certificate = session.subarray(peek.peerStart, peek.peerEnd);
    const end = Math.min(limit, notAfter(certificate));
    if (end < now) return this.refuse(end < limit ? 'certificate' : 'expired');
    const { protocolVersion } = peek;
    const timeout = end - time;
    return this.#store(key, { data: session, protocolVersion, time, timeout, authTime, family });
  }

  /** A session of another TLS stack: only its version is read. */
  #putOpaque(key: Uint8Array, session: Uint8Array, connection: object | undefined): boolean {
    const protocolVersion = opaqueVersionOf(session);
    if (protocolVersion === undefined) return this.refuse('unreadable');
    const time = this.#slots.now();
    const { family, authTime = time } = this.#originOf(connection);
    const timeout = Math.min(OPAQUE_LIFETIME, authTime + this.#maxLifetime - time);
    if (timeout < 0) return this.refuse('expired');
    this.#isOpaque = true;
    return this.#store(key, { data: session, protocolVersion, time, timeout, authTime, family });
  }

  /**
   * Reports that `connection` resumed a session from `take`. The sessions that it makes are
   * siblings of that one, and `maxLifetime` counts from the same full handshake: renewals do not
   * extend it.
   */
  resumed(session: Uint8Array, connection: object): void {
    checkObject(connection, 'connection');
    const taken = this.#taken.get(session);
    if (taken !== undefined) this.resumedTaken(taken, connection);
  }

  /** @internal As `resumed`. */
  resumedTaken({ family, authTime }: Taken, connection: object): void {
    this.#stats.resumed++;
    this.#origins.set(connection, { family, authTime });
  }

  /**
   * Reports that the server declined a session from `take`. Its siblings, which go back to the same
   * full handshake, are dropped too: the server is unlikely to accept them (RFC 9149 §3).
   *
   * @returns how many were dropped.
   */
  dropFamily(session: Uint8Array): number {
    const taken = this.#taken.get(session);
    if (taken === undefined) return 0;
    this.#taken.delete(session);
    return this.dropFamilyOf(taken);
  }

  /** @internal As `dropFamily`. */
  dropFamilyOf({ family }: Taken): number {
    this.#stats.declined++;
    return this.#revoke(family);
  }

  /** Drops the sessions that a connection made, and their siblings; returns how many. */
  dropConnection(connection: object): number {
    const origin = this.#origins.of(connection);
    return origin === undefined ? 0 : this.#revoke(origin.family);
  }

  /**
   * Puts back a session from `take` that was not sent to a peer. Returns whether it is cached.
   */
  putBack(session: Uint8Array): boolean {
    const taken = this.#taken.get(session);
    if (taken === undefined) return false;
    this.#taken.delete(session);
    return this.putBackTaken(taken);
  }

  /** @internal As `putBack`. */
  putBackTaken(taken: Taken): boolean {
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

  /** The number of sessions for the peer of `key` that have not expired. */
  count(key: Uint8Array): number {
    return this.#slots.count(checkKey(key));
  }

  // ---- All of it ----

  /** The counters, as of now. */
  stats(): ClientSessionStats {
    const { refused, unkeyedBy } = this.#stats;
    const sessions = this.cache.stats().number;
    return { ...this.#stats, sessions, refused: { ...refused }, unkeyedBy: [...unkeyedBy] };
  }

  /**
   * All sessions, encrypted and authenticated, for the next run of the program. The key is 32
   * random bytes, which you keep in another place. The result contains when it was made and when it
   * expires, after `maxAge` at most.
   *
   * TLS 1.3 tickets are removed from the cache, so that none is used twice; with `keepLast` they
   * stay. Sessions that another process cannot use are left out: those whose options contain a
   * function or a `secureContext` (`checkServerIdentity`, `lookup`), and those of a ControlSession.
   * Their keys have the lowest bit of the first byte set; consider that if you make keys without
   * `sessionKey`.
   *
   * An attacker who has both bytes and key can impersonate this client, and can read recorded
   * connections up to TLS 1.2 that had no forward secrecy: store them only where a private key may
   * be stored.
   *
   * @throws TypeError or RangeError naming the argument that is wrong.
   */
  export(key: SealKey, options: AgeOptions = {}): Buffer {
    checkSealKey(key);
    checkObject(options, 'options');
    const maxAge = checkAge(options);
    return exportFrom(this.#slots, checkSealKey(key), maxAge, !this.#keepLast);
  }

  /**
   * Adds the sessions of an `export`, of this or another process. Their lifetimes do not change. A
   * cached session takes precedence over the same or an older one.
   *
   * @returns how many sessions were added.
   * @throws ImportError if the bytes were altered, were sealed under another key or in another
   *   format, are older than `maxAge`, past their deadline or from the future, or were imported
   *   before, as far as this process knows; TypeError or RangeError naming the argument that is
   *   wrong. Then the cache is as it was.
   */
  import(sealed: Uint8Array, key: SealKey, options: AgeOptions = {}): number {
    checkBytes(sealed, 'sealed', Infinity);
    checkSealKey(key);
    checkObject(options, 'options');
    const limits = { now: this.#slots.now(), maxAge: checkAge(options) };
    let added = 0;
    // Read only now: the clock and the getter of the option are the caller's code.
    importFrom(plainBytes(sealed), checkSealKey(key), limits, (owner, entry) => {
      if (this.#restore(owner, entry, limits.now)) added++;
    });
    return added;
  }

  /** Closes the cache, if it was not passed as an option, and wipes it. Has no effect twice. */
  close(): void {
    if (this.#isOwner) this.cache.close();
  }

  /** Same as `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  // ---- For the adapters ----

  /**
   * @internal Counts a connection to the peer of `key`; the caller decrements `open` at its end.
   */
  opened(key: Uint8Array): Peer {
    return this.#slots.peers.opened(key);
  }

  /** @internal Whether to offer sessions to the peer of `key`. */
  mayOffer(key: Uint8Array): boolean {
    const peer = this.#slots.peers.of(key);
    if (hasStalled(peer)) this.#noteShy(peer);
    return likesOffers(peer, this.#slots.now());
  }

  /** @internal Notes a handshake that the peer made fail. */
  handshakeBroke(peer: Peer, wasOffered: boolean): void {
    if (wasOffered) this.#noteShy(peer);
    else becomesBold(peer); // it fails without an offer too
  }

  #noteShy(peer: Peer): void {
    if (becomesShy(peer, this.#slots.now())) this.#stats.shy++;
  }

  /** @internal Why a session was not stored last. */
  lastRefusal: RefusalCause | undefined;

  /** @internal Counts a session that is not stored. */
  refuse(cause: RefusalCause): false {
    this.#stats.refused[cause]++;
    this.lastRefusal = cause;
    traceSessions(this, 'refused', cause);
    return false;
  }

  /** @internal Counts a connection for which an option prevents a key. */
  countUnkeyable({ blockingOption, isClosure }: Unkeyable): void {
    if (isClosure) {
      this.#stats.closures++;
      return warnOfClosures(blockingOption);
    }
    this.#stats.unkeyed++;
    const { unkeyedBy } = this.#stats;
    if (unkeyedBy.length < NAMES_MAX && !unkeyedBy.includes(blockingOption))
      unkeyedBy.push(blockingOption);
  }

  /** @internal Counts a failure of the cache. */
  noteError(): void {
    this.#stats.errors++;
  }

  /** @internal Calls `work` for a connection, which a failure of the cache must not break. */
  guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch {
      this.noteError();
      return undefined;
    }
  }

  #restore(key: Uint8Array, entry: SlotEntry, now: number): boolean {
    const { time, authTime } = entry;
    const end = Math.min(time + entry.timeout, authTime + this.#maxLifetime);
    if (end < now || this.#slots.hasNoPlaceFor(key, entry)) return false;
    return this.#store(key, { ...entry, timeout: end - time });
  }

  #store(key: Uint8Array, entry: SlotEntry): boolean {
    if (entry.data.length > DATA_MAX) return this.refuse('size');
    try {
      this.#slots.put(key, entry);
    } catch (error) {
      if (!(error instanceof SessionCacheError) || !NO_ROOM.has(error.code)) throw error;
      return this.refuse('room');
    }
    this.#stats.stored++;
    traceSessions(this, 'stored', undefined);
    return true;
  }

  #originOf(connection: object | undefined): Origin {
    const known = connection && this.#origins.of(connection);
    if (known !== undefined) return known;
    const origin = { family: newFamily(), authTime: undefined };
    if (connection !== undefined) this.#origins.set(connection, origin);
    return origin;
  }

  #revoke(family: Uint8Array): number {
    if (family.length === 0) return 0;
    const dropped = this.cache.revoke({ tag: family });
    this.#stats.siblingsDropped += dropped;
    traceSessions(this, 'removed', 'declined', dropped);
    return dropped;
  }
}

const FAMILY_BYTES = 16;
/** Random bytes come in blocks, as a call costs more than the bytes. Tags are not secret. */
const families = new Uint8Array(256 * FAMILY_BYTES);
let usedFamilies = families.length;

/** A tag that no other connection has. */
function newFamily(): Uint8Array {
  if (usedFamilies === families.length) {
    randomFillSync(families);
    usedFamilies = 0;
  }
  usedFamilies += FAMILY_BYTES;
  return families.slice(usedFamilies - FAMILY_BYTES, usedFamilies);
}

function checkKey(key: Uint8Array): Uint8Array {
  const bytes = plainBytes(checkBytes(key, 'key'));
  if (bytes.length === KEY_BYTES) return bytes;
  outOfRange('key', `${KEY_BYTES} bytes`, bytes.length);
}
