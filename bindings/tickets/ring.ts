// The keys of the periods around the present one, for servers of one binding: the present makes
// tickets, the next and `keep` earlier ones are accepted. Keys that fall out are overwritten.

import { NOTHING, PART_BYTES, Status, type TicketKeyAnswer } from './native.ts';
import type { MasterSecret } from './secret.ts';

/** The settings that all rings of a server share. */
export interface Schedule {
  readonly period: number;
  readonly keep: number;
  /** The first makes tickets. */
  secrets: readonly MasterSecret[];
}

export interface TicketKey {
  readonly secret: MasterSecret;
  /** The number of its period: whole periods since the epoch. */
  readonly number: number;
  /** Its period: from `from` to before `until`, milliseconds since the epoch. */
  readonly from: number;
  readonly until: number;
  /** Name, HMAC key and AES key, as `setTicketKeys` takes them. */
  readonly bytes: Buffer;
  readonly name: Buffer;
  readonly hmac: Buffer;
  readonly aes: Buffer;
  /** The answers for an offered ticket, made once. */
  readonly use: TicketKeyAnswer;
  readonly renew: TicketKeyAnswer;
  /** The answer for a new ticket, whose last part is replaced by each ticket's IV. */
  readonly make: [status: number, hmac: Buffer, aes: Buffer, name: Buffer, iv: Buffer];
}

export class TicketKeyRing {
  readonly #binding: Buffer;
  readonly #schedule: Schedule;
  readonly #keys = new Map<string, TicketKey>();
  #present: TicketKey | undefined;
  #number = NaN;
  #isRetired = false;

  constructor(binding: Buffer, schedule: Schedule) {
    this.#binding = binding;
    this.#schedule = schedule;
  }

  /** Whether its policy has been replaced, so that it has no keys any more. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** Keys in memory. */
  get size(): number {
    return this.#keys.size;
  }

  /** The number of the present period, as of the last `follow`. */
  get number(): number {
    return this.#number;
  }

  /** The key that makes tickets; undefined if a ratchet cannot reach the present period. */
  get present(): TicketKey | undefined {
    return this.#present;
  }

  /** The key with a name, of any period. Most tickets have the name of the present key. */
  find(name: Buffer): TicketKey | undefined {
    const present = this.#present;
    if (present !== undefined && hasName(present, name)) return present;
    return this.#keys.get(name.toString('latin1', 0, PART_BYTES));
  }

  /**
   * Brings the keys up to `now`, milliseconds since the epoch; tells whether the period has
   * changed.
   */
  follow(now: number): boolean {
    const { period, keep, secrets } = this.#schedule;
    const number = Math.floor(now / 1000 / period);
    if (number === this.#number || this.#isRetired || !Number.isSafeInteger(number)) return false;
    const oldest = number - keep;
    for (const [name, key] of this.#keys) {
      if (key.number < oldest || key.number > number + 1) this.#drop(name, key);
    }
    for (const secret of secrets) this.#derive(secret, oldest, number + 1);
    this.#number = number;
    this.#present = this.#presentOf(secrets[0]!);
    return true;
  }

  /** Derives everything anew at the next `follow`. */
  reset(): void {
    for (const [name, key] of this.#keys) this.#drop(name, key);
    this.#number = NaN;
  }

  /** Overwrites all keys, for good. */
  retire(): void {
    this.reset();
    this.#isRetired = true;
  }

  #derive(secret: MasterSecret, from: number, to: number): void {
    const known = new Set<number>();
    for (const key of this.#keys.values()) if (key.secret === secret) known.add(key.number);
    const missing = (number: number): boolean => !known.has(number);
    let first = from;
    while (first <= to && !missing(first)) first++;
    for (const [number, bytes] of secret.keys(first, to, this.#binding)) {
      if (missing(number)) this.#add(secret, number, bytes);
      else bytes.fill(0);
    }
  }

  #add(secret: MasterSecret, number: number, bytes: Buffer): void {
    const name = bytes.subarray(0, PART_BYTES);
    const hmac = bytes.subarray(PART_BYTES, 2 * PART_BYTES);
    const aes = bytes.subarray(2 * PART_BYTES);
    const from = number * this.#schedule.period * 1000;
    this.#keys.set(name.toString('latin1'), {
      secret,
      number,
      from,
      until: from + this.#schedule.period * 1000,
      bytes,
      name,
      hmac,
      aes,
      use: [Status.USE, hmac, aes],
      renew: [Status.RENEW, hmac, aes],
      make: [Status.USE, hmac, aes, name, NOTHING],
    });
  }

  #drop(name: string, key: TicketKey): void {
    this.#keys.delete(name);
    // Cleared first: if the rest fails, no ticket may be made or opened with a key that is all
    // zero.
    if (key === this.#present) this.#present = undefined;
    key.bytes.fill(0);
  }

  /**
   * A ratchet whose clock was set back has no key of the present period: then it uses its first
   * key.
   */
  #presentOf(secret: MasterSecret): TicketKey | undefined {
    const number = Math.max(this.#number, secret.oldest);
    for (const key of this.#keys.values()) {
      if (key.secret === secret && key.number === number) return key;
    }
    return undefined;
  }
}

/** Names are not secret: each ticket begins with one. */
export function hasName(key: TicketKey, name: Buffer): boolean {
  for (let i = 0; i < PART_BYTES; i++) if (key.name[i] !== name[i]) return false;
  return true;
}
