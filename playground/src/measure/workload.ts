// What is measured: each contender holds the same sessions under the same ids, bounded and expiring
// where it can, and is asked with ids as TLS gives them: 32 bytes.

import { LRUCache } from 'lru-cache';
import { Session, SessionCache } from 'sesscache';

export const OPERATIONS = ['hit', 'miss', 'add'] as const;
export type Operation = (typeof OPERATIONS)[number];

export const CONTENDERS = ['sesscache view', 'sesscache copy', 'lru-cache ttl', 'Map'] as const;
export type Contender = (typeof CONTENDERS)[number];

const DATA_BYTES = 160;
const TIMEOUT = 300;

/** A cache as the measurement sees it; `find` gives a byte of what it found, or -1. */
interface Store {
  add(id: Uint8Array, data: Uint8Array): void;
  find(id: Uint8Array): number;
}

function sesscache(size: number, view: boolean): Store {
  const cache = new SessionCache({ size });
  return {
    add: (id, data) => void cache.addSession(new Session({ id, data, timeout: TIMEOUT })),
    find: (id) => (view ? cache.viewSession(id) : cache.resumeSession(id))?.data[0] ?? -1,
  };
}

/** The cheapest key for 32 bytes that holds them all: 16 characters of two bytes. */
function keyOf(id: Uint8Array): string {
  const words = new Uint16Array(id.buffer, id.byteOffset, id.length >>> 1);
  return String.fromCharCode.apply(undefined, words as unknown as number[]);
}

function lruCache(size: number): Store {
  const cache = new LRUCache<string, Uint8Array>({ max: size, ttl: TIMEOUT * 1000 });
  return {
    add: (id, data) => void cache.set(keyOf(id), data.slice()),
    find: (id) => cache.get(keyOf(id))?.[0] ?? -1,
  };
}

/** Bounded first in, first out; it cannot expire. */
function map(size: number): Store {
  const cache = new Map<string, Uint8Array>();
  return {
    add(id, data) {
      if (cache.size >= size) cache.delete(cache.keys().next().value as string);
      cache.set(keyOf(id), data.slice());
    },
    find: (id) => cache.get(keyOf(id))?.[0] ?? -1,
  };
}

const MAKERS: Record<Contender, (size: number) => Store> = {
  'sesscache view': (size) => sesscache(size, true),
  'sesscache copy': (size) => sesscache(size, false),
  'lru-cache ttl': lruCache,
  Map: map,
};

/** One contender, filled, and its measurements. */
export class Run {
  readonly #store: Store;
  readonly #hits: Uint8Array[];
  readonly #misses: Uint8Array[];
  readonly #data = crypto.getRandomValues(new Uint8Array(DATA_BYTES)).fill(7, 0, 1);
  #at = 0;
  /** What was found, so that no engine leaves the work out. */
  checksum = 0;

  constructor(contender: Contender, size: number) {
    this.#store = MAKERS[contender](size);
    this.#hits = shuffled(ids(size));
    this.#misses = ids(size);
    this.refill();
    const found = this.#hits.filter((id) => this.#store.find(id) === 7).length;
    const wrong = this.#misses.filter((id) => this.#store.find(id) !== -1).length;
    if (found !== size || wrong !== 0) throw new Error(`${contender} found ${found} of ${size}`);
  }

  /** Puts in again what adding has pushed out. */
  refill(): void {
    for (const id of this.#hits) this.#store.add(id, this.#data);
  }

  /** Nanoseconds an operation, over `milliseconds` or a little more. */
  measure(operation: Operation, milliseconds: number): number {
    const step = { hit: this.#hit, miss: this.#miss, add: this.#add }[operation].bind(this);
    const start = performance.now();
    let count = 0;
    let passed = 0;
    do {
      for (let i = 0; i < 500; i++) step();
      count += 500;
      passed = performance.now() - start;
    } while (passed < milliseconds);
    return (passed * 1e6) / count;
  }

  #next(list: readonly Uint8Array[]): Uint8Array {
    this.#at = (this.#at + 1) % list.length;
    return list[this.#at] as Uint8Array;
  }

  #hit(): void {
    this.checksum += this.#store.find(this.#next(this.#hits));
  }

  #miss(): void {
    this.checksum += this.#store.find(this.#next(this.#misses));
  }

  #add(): void {
    const id = new Uint8Array(32);
    crypto.getRandomValues(id.subarray(0, 8));
    this.#store.add(id, this.#data);
  }
}

function ids(count: number): Uint8Array[] {
  return Array.from({ length: count }, () => crypto.getRandomValues(new Uint8Array(32)));
}

function shuffled<T>(list: T[]): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [list[i], list[j]] = [list[j] as T, list[i] as T];
  }
  return list;
}
