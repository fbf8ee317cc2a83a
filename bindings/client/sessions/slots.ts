// Stores a client's sessions in a SessionCache. A session's id is its peer's key combined with a
// slot number, and its context is the key: lookups never use bytes that a server sent. The tickets
// of a peer lie in a ring of slots, the newest at the head. peers.ts remembers which slots of
// recent peers may be in use, to save lookups; the cache alone decides what is cached.

import { type CacheInternals, type Entry, internalsOf } from '../../cache/internal.ts';
import { sameBytes } from '../../checks.ts';
import { laterClock, systemClock } from '../../clock.ts';
import { Session, type SessionCache } from '../../index.ts';
import { TLS1_3, UP_TO_TLS1_2 } from '../../protocol.ts';
import { KEY_BYTES } from '../key/bytes.ts';
import { after, before, type Peer, Peers, type SlotRing, SLOTS } from './peers.ts';

/** The slot of the one session that a peer has up to TLS 1.2, one for each version. */
const OLD_SLOT = 0xff;
/** Maximum number of expired sessions that one call removes. */
const FLUSH_BUDGET = 16;
const NO_FAMILY = new Uint8Array(0);

/** A session, and what is stored in addition to its bytes. */
export interface SlotEntry<Data extends Uint8Array = Uint8Array> {
  data: Data;
  protocolVersion: number;
  /** When the session was made, seconds since the epoch. */
  time: number;
  /** Lifetime in seconds, from `time`. */
  timeout: number;
  /** When its peer was last authenticated by a full handshake, seconds since the epoch. */
  authTime: number;
  /** Tag of the connection it came from. */
  family: Uint8Array;
}

/** A session that was handed out. */
export interface TakenEntry extends SlotEntry<Buffer> {
  /** Whether it is still cached. */
  stays: boolean;
}

export class Slots {
  readonly cache: SessionCache;
  readonly peers: Peers;
  readonly #internals: CacheInternals;
  readonly #isOwner: boolean;
  readonly #id = new Uint8Array(KEY_BYTES);

  /**
   * @param tickets maximum number of tickets of a peer; undefined: as many as it has connections at
   * a time
   * @param isOwner whether all sessions of the cache are added through here
   */
  constructor(cache: SessionCache, tickets: number | undefined, isOwner: boolean) {
    this.cache = cache;
    this.#internals = internalsOf(cache).alone();
    this.#isOwner = isOwner;
    this.peers = new Peers(tickets, isOwner, (key) => this.#slotRingOf(key));
  }

  /**
   * The newest session of a peer. A TLS 1.3 ticket leaves the cache, unless `keepLast` and it is
   * the last session.
   */
  take(key: Uint8Array, keepLast: boolean): TakenEntry | undefined {
    const at = this.#newestFresh(key);
    if (at === 0) return undefined;
    const entry = this.#read(at);
    const stays = entry.protocolVersion !== TLS1_3 || (keepLast && this.#isLastTicket(key));
    if (!stays) this.#internals.remove(at, 'removed');
    return Object.assign(entry, { stays });
  }

  /** The newest session of a peer, which stays. */
  newest(key: Uint8Array): SlotEntry<Buffer> | undefined {
    const at = this.#newestFresh(key);
    return at === 0 ? undefined : this.#read(at);
  }

  /**
   * Whole seconds since the epoch: the cache's clock, or the host's if that is ahead because a test
   * tool has stopped `Date`.
   */
  now(): number {
    const internals = this.#internals.open();
    return internals.clock === systemClock ? laterClock() : internals.now();
  }

  /** Stores a session. If the peer has the maximum number of tickets, its oldest is removed. */
  put(key: Uint8Array, entry: SlotEntry): boolean {
    const session = new Session({
      id: this.#slotId(key, this.#slotFor(key, entry.protocolVersion)),
      data: entry.data,
      protocolVersion: entry.protocolVersion,
      sessionIdContext: key,
      time: entry.authTime,
      timeout: entry.timeout,
      tags: entry.family.length > 0 ? [entry.family] : [],
    });
    session.setTime(entry.time);
    return this.cache.addSession(session);
  }

  /** All sessions that are not expired, oldest first. */
  all(): { key: Uint8Array; entry: SlotEntry<Buffer> }[] {
    const now = this.now();
    const places: { key: Uint8Array; at: Entry }[] = [];
    for (const key of this.#keys()) {
      for (const at of this.#entriesOf(key))
        if (this.#internals.expiryOf(at) >= now) places.push({ key, at });
    }
    places.sort((a, b) => (this.#internals.isNewer(a.at, b.at) ? 1 : -1));
    return places.map(({ key, at }) => ({ key, entry: this.#read(at) }));
  }

  /** Whether the session is cached, a newer one has its slot, or no slot is free. */
  hasNoPlaceFor(key: Uint8Array, { protocolVersion, time, data }: SlotEntry): boolean {
    let tickets = 0;
    for (const at of this.#entriesOf(key)) {
      const there = this.#internals.read(at);
      if (there.protocolVersion !== protocolVersion) continue;
      if (sameBytes(there.data, data)) return true;
      if (protocolVersion !== TLS1_3) return Number(there.time) >= time;
      tickets++;
    }
    return tickets >= this.peers.of(key).capacity;
  }

  /** Removes the sessions of a peer; returns how many there were. */
  drop(key: Uint8Array): number {
    for (let dropped = 0; ; dropped++) {
      const [at] = this.#entriesOf(key); // a remove callback may change what there is
      if (at === undefined) return dropped;
      this.#internals.remove(at, 'removed');
    }
  }

  /** Removes the TLS 1.3 tickets of a peer. */
  dropTickets(key: Uint8Array): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      const at = this.#find(key, slot, TLS1_3);
      if (at !== 0) this.#internals.remove(at, 'removed');
    }
  }

  /** How many sessions a peer has that are not expired. */
  count(key: Uint8Array): number {
    const now = this.now();
    let count = 0;
    for (const at of this.#entriesOf(key)) if (this.#internals.expiryOf(at) >= now) count++;
    return count;
  }

  /** Returns a peer's newest valid session, or 0, and removes newer ones, which have expired. */
  #newestFresh(key: Uint8Array): Entry | 0 {
    const now = this.now();
    this.cache.flushSessions(now === 0 ? -1 : now, { budget: FLUSH_BUDGET });
    for (let again = !this.#isOwner; ;) {
      const at = this.#newestOf(key);
      if (at !== 0 && this.#internals.expiryOf(at) >= now) return at;
      if (at !== 0) this.#internals.remove(at, 'expired');
      else if (!again) return 0;
      else {
        again = false; // others may have brought some
        Object.assign(this.peers.of(key), this.#slotRingOf(key), { hasOld: true });
      }
    }
  }

  #newestOf(key: Uint8Array): Entry | 0 {
    const peer = this.peers.of(key);
    let newest: Entry | 0 = 0;
    // Evicted and revoked sessions have left holes.
    for (; peer.tickets > 0; peer.head = before(peer.head), peer.tickets--) {
      newest = this.#find(key, peer.head, TLS1_3);
      if (newest !== 0) break;
    }
    if (!peer.hasOld) return newest;
    peer.hasOld = false;
    for (const version of UP_TO_TLS1_2) {
      const at = this.#find(key, OLD_SLOT, version);
      if (at === 0) continue;
      peer.hasOld = true;
      if (newest === 0 || this.#internals.isNewer(at, newest)) newest = at;
    }
    return newest;
  }

  /** Whether there is a single ticket of a peer, the one that `#newestOf` has found. */
  #isLastTicket(key: Uint8Array): boolean {
    const peer = this.peers.of(key);
    let slot = peer.head;
    for (let left = peer.tickets - 1; left > 0; left--) {
      slot = before(slot);
      if (this.#find(key, slot, TLS1_3) !== 0) return false;
    }
    peer.tickets = 1;
    return true;
  }

  /** The keys of all peers; in the caller's cache also contexts of other sessions. */
  #keys(): Iterable<Uint8Array> {
    const keys = new Map<string, Uint8Array>();
    for (const at of this.#internals.entries()) {
      const { sessionIdContext: context } = this.#internals.read(at);
      if (context.length === KEY_BYTES) keys.set(Buffer.from(context).toString('latin1'), context);
    }
    return keys.values();
  }

  /** Where the sessions of a peer are, until something is added or removed. */
  #entriesOf(key: Uint8Array): Entry[] {
    const entries: Entry[] = [];
    for (let slot = 0; slot < SLOTS; slot++) {
      const at = this.#find(key, slot, TLS1_3);
      if (at !== 0) entries.push(at);
    }
    for (const version of UP_TO_TLS1_2) {
      const at = this.#find(key, OLD_SLOT, version);
      if (at !== 0) entries.push(at);
    }
    return entries;
  }

  /** Finds the ring of a peer that peers.ts has forgotten, from its newest ticket to its oldest. */
  #slotRingOf(key: Uint8Array): SlotRing {
    let newest: Entry | 0 = 0;
    let head = 0;
    const taken: number[] = [];
    for (let slot = 0; slot < SLOTS; slot++) {
      const at = this.#find(key, slot, TLS1_3);
      if (at === 0) continue;
      taken.push(slot);
      if (newest === 0 || this.#internals.isNewer(at, newest)) [newest, head] = [at, slot];
    }
    const lengths = taken.map((slot) => ((head - slot) & (SLOTS - 1)) + 1);
    return { head, tickets: Math.max(0, ...lengths) };
  }

  /** The slot behind the newest ticket; the oldest makes room in a full ring. */
  #slotFor(key: Uint8Array, version: number): number {
    const peer = this.peers.of(key);
    if (version !== TLS1_3) {
      peer.hasOld = true;
      return OLD_SLOT;
    }
    if (peer.tickets >= peer.capacity) this.#makeRoom(key, peer);
    peer.tickets++;
    peer.head = after(peer.head);
    return peer.head;
  }

  /** Removes the oldest ticket of a full ring, unless a removed ticket has left a free slot. */
  #makeRoom(key: Uint8Array, peer: Peer): void {
    const entries: Entry[] = [];
    let { tickets } = peer;
    for (let slot = peer.head, length = 1; length <= peer.tickets; slot = before(slot), length++) {
      const at = this.#find(key, slot, TLS1_3);
      if (at === 0) continue;
      tickets = length;
      entries.push(at);
    }
    peer.tickets = entries.length === 0 ? 0 : tickets;
    const isRound = peer.tickets === SLOTS; // the next slot is that of the oldest
    if (entries.length >= peer.capacity || isRound)
      this.#internals.remove(entries.pop()!, 'removed');
  }

  #read(at: Entry): SlotEntry<Buffer> {
    const { data: view, protocolVersion, time, timeout, authTime, tags } = this.#internals.read(at);
    const data = Buffer.alloc(view.length); // of its own: a pool would leave secrets behind
    data.set(view);
    return {
      data,
      protocolVersion,
      time: Number(time),
      timeout: Number(timeout),
      authTime: Number(authTime),
      family: tags[0] ?? NO_FAMILY,
    };
  }

  #find(key: Uint8Array, slot: number, version: number): Entry | 0 {
    return this.#internals.open().find(this.#slotId(key, slot), version, key);
  }

  #slotId(key: Uint8Array, slot: number): Uint8Array {
    this.#id.set(key);
    this.#id[KEY_BYTES - 1]! ^= slot;
    return this.#id;
  }
}
