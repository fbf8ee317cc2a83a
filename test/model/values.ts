// The values that sequences are made of: few ids, few contexts and small times, so that calls meet.

import { pick, type Random } from '../support/random.ts';
import type { Slot } from './calls.ts';
import type { Connection, Seconds } from '../../bindings/index.ts';

/** What a sequence is made of. */
export type Taste = {
  slots: number;
  ids: number;
  /** Size of the cache, around which setCacheSize goes. */
  size: number;
  /** Longest data, in bytes. */
  longest: number;
  /** One time in so many is extreme; 0: none. */
  extremes: number;
  /** One call in so many leads to nested ones; 0: none. */
  nesting: number;
  openssl: boolean;
  /** What besides `size` limits the cache. */
  limit: 'bytes' | 'memory' | undefined;
};

export const START: number = 1_000_000_000;
const EXTREMES: Seconds[] = [
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 63n - 1_000_000_100n,
  2 ** 53 - 1,
  2n ** 53n + 1n,
  -1,
  0,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  -(2 ** 40),
];
export const VERSIONS: readonly number[] = [0x0303, 0x0303, 0x0303, 0x0304, 0x0301, 0xfefd];
export const CONTEXTS: readonly Uint8Array[] = [
  new Uint8Array(),
  Uint8Array.of(1),
  new Uint8Array(32).fill(2),
];
export const TAGS: readonly string[] = ['a', 'b', 'ü', 'a tag of exactly thirty-two byte'];
const LENGTHS = [0, 1, 2, 3, 4, 31, 158, 160, 1000, 16383, 16384];
const NOISE = noise(2 ** 15);

export class Values {
  readonly #random: Random;
  readonly #taste: Taste;
  #now = START;

  constructor(random: Random, taste: Taste) {
    this.#random = random;
    this.#taste = taste;
  }

  clock(): number {
    const { extremes } = this.#taste;
    if (extremes > 0 && this.#random(extremes * 4) === 0) {
      this.#now = pick(this.#random, [-5, 0, 5, 2 ** 53 - 1, 2 ** 31, 2 ** 32 + 7]);
    } else if (Math.abs(this.#now - START) > 1e6) this.#now = START;
    else this.#now += this.#random(10) === 0 ? -this.#random(20) : this.#random(8);
    return this.#now;
  }

  time(): Seconds {
    const near = this.#now - 15 + this.#random(25);
    return this.#extreme() ?? (Number.isSafeInteger(near) ? near : BigInt(near));
  }

  timeout(): Seconds {
    const extreme = this.#extreme();
    const { size } = this.#taste;
    return extreme !== undefined && extreme >= 0 ? extreme : this.#random(40 + size * 4);
  }

  #extreme(): Seconds | undefined {
    const { extremes } = this.#taste;
    return extremes > 0 && this.#random(extremes) === 0 ? pick(this.#random, EXTREMES) : undefined;
  }

  /** Index `n` of the pool of ids: mostly 32 bytes, some short, one empty, some prefixes. */
  id(): Uint8Array {
    const n = this.#random(this.#taste.ids);
    if (n === 0 && this.#random(3) === 0) return new Uint8Array();
    const length = n % 5 === 1 ? 1 + (n % 31) : 32;
    const id = new Uint8Array(length);
    id[length - 1] = n;
    id[length >> 1] = n >> 8;
    return id;
  }

  data(): Uint8Array {
    const { longest } = this.#taste;
    const wanted = this.#random(3) === 0 ? pick(this.#random, LENGTHS) : this.#random(longest + 1);
    const from = this.#random(2 ** 14);
    return NOISE.subarray(from, from + Math.min(wanted, longest));
  }

  /** Each field is set in one case of `rarity`, or less. */
  connection(rarity: number = 2): Connection {
    const random = this.#random;
    const connection: Connection = {};
    if (random(rarity * 2) === 0) connection.protocolVersion = pick(random, VERSIONS);
    if (random(rarity) === 0) connection.sessionIdContext = pick(random, CONTEXTS);
    if (random(rarity * 4) === 0) connection.verifyPeer = random(2) === 0;
    if (random(rarity * 3) === 0) connection.extendedMasterSecret = random(2) === 0;
    return connection;
  }

  budget(): { budget?: number } {
    return this.#random(2) === 0 ? { budget: 1 + this.#random(3) } : {};
  }

  slot(): Slot {
    return this.#random(this.#taste.slots);
  }

  size(): number {
    const { limit, size } = this.#taste;
    if (limit) return size;
    return pick(this.#random, [size, size, size, size + 1, Math.max(size - 1, 0), size >> 1, 0]);
  }
}

function noise(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 23);
}
