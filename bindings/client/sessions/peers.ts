// State of recent peers: their number of connections, the slots of their tickets, and whether to
// offer them sessions. All of it can be rebuilt, so any peer may be forgotten.

import { sameBytes } from '../../checks.ts';
import { KEY_BYTES } from '../key/bytes.ts';

/** Slots of a peer's ring, a power of two. More than its tickets: removed ones leave holes. */
export const SLOTS = 128;
/** Most tickets of a peer. */
export const TICKETS_MAX = 64;
/** Tickets that are kept of a peer with fewer simultaneous connections; as in rustls. */
const TICKETS_MIN = 8;
/** Maximum number of remembered peers without a connection; about 200 bytes each. */
const PEERS_MAX = 4096;

/** The slot before another, around the ring. */
export function before(slot: number): number {
  return (slot - 1) & (SLOTS - 1);
}

/** The slot after another, around the ring. */
export function after(slot: number): number {
  return (slot + 1) & (SLOTS - 1);
}

/** Slots that may hold tickets: `tickets` of them, from `head` back. */
export interface SlotRing {
  head: number;
  tickets: number;
}

export interface Peer extends SlotRing {
  /** Whether there may be a session up to TLS 1.2. */
  hasOld: boolean;
  /** Most tickets that are kept, 1 to 64. */
  capacity: number;
  /** Connections that are open, or opening. */
  open: number;
  /** Offers whose handshakes have not ended. */
  offers: number;
  /** When the oldest of them began, in ms, or later. */
  offersSince: number;
  /** Until when the peer is offered nothing, in seconds; see shy.ts. */
  shyUntil: number;
  /** Offers in a row at which the peer has failed. */
  strikes: number;
}

export class Peers {
  readonly #fixed: number | undefined;
  readonly #slotRingOf: (key: Uint8Array) => SlotRing;
  /** By key, the one used last at the end. */
  readonly #peers = new Map<string, Peer>();

  /** The last key and its name. The caller may change the bytes of the key. */
  readonly #lastKey = new Uint8Array(KEY_BYTES);
  #lastName = '\0'.repeat(KEY_BYTES);

  /** Whether a peer that is not remembered has no tickets for certain. */
  #hasAll: boolean;

  /**
   * @param tickets maximum number of tickets of a peer; undefined: its highest number of
   *   simultaneous connections, 8 to 64
   * @param isOwner whether all tickets of the cache are added through here
   * @param slotRingOf finds the tickets of a peer that is not remembered
   */
  constructor(
    tickets: number | undefined,
    isOwner: boolean,
    slotRingOf: (key: Uint8Array) => SlotRing,
  ) {
    this.#fixed = tickets;
    this.#hasAll = isOwner;
    this.#slotRingOf = slotRingOf;
  }

  of(key: Uint8Array): Peer {
    const name = this.#nameOf(key);
    return this.#peers.get(name) ?? this.#add(name, key);
  }

  /** Counts a connection that begins. When it ends, the caller decrements `open`. */
  opened(key: Uint8Array): Peer {
    const name = this.#nameOf(key);
    const peer = this.of(key);
    this.#peers.delete(name);
    this.#peers.set(name, peer);
    peer.open++;
    if (this.#fixed === undefined)
      peer.capacity = Math.min(TICKETS_MAX, Math.max(peer.capacity, peer.open));
    return peer;
  }

  /** Each connection asks for the same key several times: its name is made once. */
  #nameOf(key: Uint8Array): string {
    if (sameBytes(key, this.#lastKey)) return this.#lastName;
    this.#lastKey.set(key);
    return (this.#lastName = nameOf(key));
  }

  #add(name: string, key: Uint8Array): Peer {
    const capacity = this.#fixed ?? TICKETS_MIN;
    if (this.#peers.size >= PEERS_MAX) this.#forget();
    const { head, tickets } = this.#hasAll ? { head: 0, tickets: 0 } : this.#slotRingOf(key);
    const shy = { offers: 0, offersSince: 0, shyUntil: 0, strikes: 0 };
    const peer: Peer = { head, tickets, hasOld: true, capacity, open: 0, ...shy };
    this.#peers.set(name, peer);
    return peer;
  }

  /** Forgets the peer that has had no connection for the longest time. */
  #forget(): void {
    let left = 16;
    for (const [name, { open }] of this.#peers) {
      if (open === 0) this.#peers.delete(name);
      this.#hasAll = false;
      if (open === 0 || --left === 0) return; // with many open, there are more peers for a while
    }
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
