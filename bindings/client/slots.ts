// Where a client's sessions lie in a SessionCache. The id of a session is its peer's key with a slot
// number mixed in, its context is the key: nothing that a server sends is ever looked up by, and no
// JavaScript object remembers what is cached. The serial of an entry tells the newest.

import { engineOf, type SessionCache } from '../cache/cache.ts';
import type { Engine } from '../cache/engine.ts';
import { LEFT_EXPIRED, LEFT_REMOVED, TAGGED } from '../core/abi.ts';
import * as ARGS from '../core/fields/args.ts';
import { sameBytes, type Seconds } from '../checks.ts';
import { removeAt } from '../cache/removal.ts';
import { Session } from '../session/session.ts';

export const KEY_BYTES = 32;
export const TLS1_3 = 0x0304;
/** Up to TLS 1.2 there is one session for each version, in a slot of its own. */
const OLD_SLOT = 0xff;
const OLD_VERSIONS = [0x0303, 0x0302, 0x0301] as const;
/** Most expired sessions that one call removes on the way. */
const FLUSH_BUDGET = 16;
const NO_FAMILY = new Uint8Array(0);

/**
 * Whether a key means something in this process only, because there is an identity in it: the lowest bit
 * of its first byte says so.
 */
export function isLocalKey(key: Uint8Array): boolean {
  return (key[0]! & 1) === 1;
}

/** Says so, in the key itself. */
export function markKey(key: Uint8Array, isLocal: boolean): Uint8Array {
  key[0] = (key[0]! & ~1) | Number(isLocal);
  return key;
}

/** A session, and what is stored beside its bytes. */
export interface Entry<Data extends Uint8Array = Uint8Array> {
  data: Data;
  protocolVersion: number;
  /** When the session was made, seconds since the epoch. */
  time: number;
  /** For how many seconds from then on it is good. */
  timeout: number;
  /** When its peer was last authenticated by a full handshake, seconds since the epoch. */
  born: number;
  /** Tag of the connection it came from. */
  family: Uint8Array;
}

export class Slots {
  readonly cache: SessionCache;
  readonly #engine: Engine;
  readonly #perPeer: number;
  readonly #id = new Uint8Array(KEY_BYTES);

  constructor(cache: SessionCache, perPeer: number) {
    this.cache = cache;
    this.#engine = engineOf(cache);
    this.#perPeer = perPeer;
  }

  /**
   * The newest session of a peer. A TLS 1.3 ticket leaves the cache, unless `keepLast` and it is the
   * last session.
   */
  take(key: Uint8Array, keepLast: boolean): (Entry<Buffer> & { stays: boolean }) | undefined {
    const { newest, tickets } = this.#fresh(key);
    if (newest === 0) return undefined;
    const entry = this.#read(newest);
    const stays = entry.protocolVersion !== TLS1_3 || (keepLast && tickets === 1);
    if (!stays) this.#remove(newest, LEFT_REMOVED);
    return { ...entry, stays };
  }

  /** The newest session of a peer, which stays. */
  newest(key: Uint8Array): Entry<Buffer> | undefined {
    const { newest } = this.#fresh(key);
    return newest === 0 ? undefined : this.#read(newest);
  }

  /** Whole seconds since the epoch, by the cache's clock. */
  now(): number {
    return this.#engine.open().now();
  }

  /** Stores a session; a full set of tickets loses its oldest. */
  put(key: Uint8Array, entry: Entry): boolean {
    const session = new Session({
      id: this.#slotId(key, this.#slotFor(key, entry.protocolVersion)),
      data: entry.data,
      protocolVersion: entry.protocolVersion,
      sessionIdContext: key,
      time: entry.born,
      timeout: entry.timeout,
      tags: entry.family.length > 0 ? [entry.family] : [],
    });
    session.setTime(entry.time);
    return this.cache.addSession(session);
  }

  /** All sessions that are not expired, oldest first. */
  all(): { key: Uint8Array; entry: Entry<Buffer> }[] {
    const now = this.now();
    const places: { key: Uint8Array; at: number }[] = [];
    for (const key of this.#keys()) {
      for (const at of this.#entriesOf(key)) if (this.#expiry(at) >= now) places.push({ key, at });
    }
    places.sort((a, b) => (this.#isNewer(a.at, b.at) ? 1 : -1));
    return places.map(({ key, at }) => ({ key, entry: this.#read(at) }));
  }

  /** Whether a session is here already, or a newer one in its place, or no place is left. */
  hasNoPlaceFor(key: Uint8Array, { protocolVersion, time, data }: Entry): boolean {
    const { store } = this.#engine;
    let tickets = 0;
    for (const at of this.#entriesOf(key)) {
      if (store.versionOf(at) !== protocolVersion) continue;
      if (sameBytes(store.dataOf(at), data)) return true;
      if (protocolVersion !== TLS1_3) return Number(store.timeOf(at)) >= time;
      tickets++;
    }
    return tickets >= this.#perPeer;
  }

  /** Removes the sessions of a peer; returns how many there were. */
  drop(key: Uint8Array): number {
    for (let dropped = 0; ; dropped++) {
      const { newest } = this.#survey(key); // a remove callback may change what there is
      if (newest === 0) return dropped;
      this.#remove(newest, LEFT_REMOVED);
    }
  }

  /** Removes the TLS 1.3 tickets of a peer. */
  dropTickets(key: Uint8Array): void {
    for (let slot = 0; slot < this.#perPeer; slot++) {
      const at = this.#find(key, slot, TLS1_3);
      if (at !== 0) this.#remove(at, LEFT_REMOVED);
    }
  }

  /** How many sessions a peer has that are not expired. */
  count(key: Uint8Array): number {
    const now = this.now();
    let count = 0;
    for (const at of this.#entriesOf(key)) if (this.#expiry(at) >= now) count++;
    return count;
  }

  /** The same as `#survey`, once expired sessions are gone. */
  #fresh(key: Uint8Array): { newest: number; tickets: number } {
    const now = this.now();
    this.cache.flushSessions(now === 0 ? -1 : now, { budget: FLUSH_BUDGET });
    for (;;) {
      const found = this.#survey(key);
      if (found.newest === 0 || this.#expiry(found.newest) >= now) return found;
      this.#remove(found.newest, LEFT_EXPIRED);
    }
  }

  #survey(key: Uint8Array): { newest: number; tickets: number } {
    let newest = 0;
    let tickets = 0;
    for (const at of this.#entriesOf(key)) {
      if (this.#engine.store.versionOf(at) === TLS1_3) tickets++;
      if (newest === 0 || this.#isNewer(at, newest)) newest = at;
    }
    return { newest, tickets };
  }

  /** Those of all peers, and perhaps contexts of other sessions in a cache of the caller's. */
  #keys(): Iterable<Uint8Array> {
    const { store } = this.#engine;
    const keys = new Map<string, Uint8Array>();
    for (let at = store.core.first() >>> 0; at !== 0; at = store.core.next(at) >>> 0) {
      const context = store.contextOf(at);
      if (context.length === KEY_BYTES) keys.set(Buffer.from(context).toString('latin1'), context);
    }
    return keys.values();
  }

  /** Where the sessions of a peer are, until something is added or removed. */
  #entriesOf(key: Uint8Array): number[] {
    const entries: number[] = [];
    for (let slot = 0; slot < this.#perPeer; slot++) {
      const at = this.#find(key, slot, TLS1_3);
      if (at !== 0) entries.push(at);
    }
    for (const version of OLD_VERSIONS) {
      const at = this.#find(key, OLD_SLOT, version);
      if (at !== 0) entries.push(at);
    }
    return entries;
  }

  /** A free slot, or that of the oldest ticket. */
  #slotFor(key: Uint8Array, version: number): number {
    if (version !== TLS1_3) return OLD_SLOT;
    let oldest = 0;
    let slotOfOldest = 0;
    for (let slot = 0; slot < this.#perPeer; slot++) {
      const at = this.#find(key, slot, TLS1_3);
      if (at === 0) return slot;
      if (oldest === 0 || this.#isNewer(oldest, at)) [oldest, slotOfOldest] = [at, slot];
    }
    return slotOfOldest;
  }

  #read(at: number): Entry<Buffer> {
    const { store } = this.#engine;
    const view = store.dataOf(at);
    const data = Buffer.alloc(view.length); // of its own: a pool would leave secrets behind
    data.set(view);
    return {
      data,
      protocolVersion: store.versionOf(at),
      time: Number(store.timeOf(at)),
      timeout: Number(store.timeoutOf(at)),
      born: Number(store.bornOf(at)),
      family: store.metaOf(at) & TAGGED ? store.tagsOf(at)[0]! : NO_FAMILY,
    };
  }

  #find(key: Uint8Array, slot: number, version: number): number {
    const at = this.#engine.open().find(this.#slotId(key, slot), version);
    return at !== 0 && sameBytes(this.#engine.store.contextOf(at), key) ? at : 0;
  }

  #slotId(key: Uint8Array, slot: number): Uint8Array {
    this.#id.set(key);
    this.#id[KEY_BYTES - 1]! ^= slot;
    return this.#id;
  }

  /** Serials count up and wrap. */
  #isNewer(a: number, b: number): boolean {
    const { store } = this.#engine;
    return ((store.serialOf(a) - store.serialOf(b)) | 0) > 0;
  }

  /** The last second at which an entry is good, by its lifetime and the cache's. */
  #expiry(at: number): Seconds {
    const { store } = this.#engine;
    store.core.placeOf(at);
    if (store.long(ARGS.timeout) !== 0n) return Infinity; // beyond 2^63: not one of ours
    return BigInt.asIntN(64, store.long(ARGS.time) ^ (1n << 63n));
  }

  #remove(at: number, cause: number): void {
    const engine = this.#engine;
    if (engine.notifies) engine.tell(removeAt(engine, at, cause));
    else engine.store.core.remove(at, cause);
  }
}
