// A master secret, and how the keys of a period are derived from it. Everything here is a pure
// function of secret, period and binding: hosts with the same ones derive the same keys.

import { createHash, hkdfSync } from 'node:crypto';

/** Bytes of a ticket key as `setTicketKeys` takes them: name, HMAC key and AES key of 16 each. */
export const KEY_BYTES = 48;
/** Bytes of a ratcheted secret after its first step. */
const STATE_BYTES = 32;
/**
 * Maximum number of steps that a ratchet takes at once: 11 years of hours. A step is one HKDF, some
 * microseconds.
 */
export const STEPS_MAX = 100_000;

/** The labels are versions: change one, and all keys change. */
const KEY_LABEL = 'sesscache ticket key 1';
const RATCHET_LABEL = 'sesscache ticket ratchet 1';
const BINDING_LABEL = 'sesscache ticket binding 1';
const SEED_LABEL = 'sesscache ticket seed 1';

/** The binding of keys to a server: 32 bytes of its session id context and its policy. */
export function bindingOf(sessionIdContext: Uint8Array, policy: Uint8Array): Buffer {
  const hash = createHash('sha256').update(BINDING_LABEL);
  for (const part of [sessionIdContext, policy]) hash.update(uint32(part.length)).update(part);
  return hash.digest();
}

/** A secret made of Node's own 48 bytes, which the workers of a cluster share. */
export function seedOf(ticketKeys: Uint8Array): Buffer {
  return hkdf(ticketKeys, SEED_LABEL, Buffer.alloc(0), STATE_BYTES);
}

/** A secret in memory. The keys of a period are the same whenever and wherever they are derived. */
export class MasterSecret {
  readonly #period: number;
  #state: Buffer;
  /** A ratchet: the period that the state belongs to. undefined: the state serves all periods. */
  #at: number | undefined;

  /** Copies `secret`. `at`: the period that a ratcheted secret belongs to. */
  constructor(secret: Uint8Array, period: number, at?: number) {
    this.#period = period;
    this.#state = copyOfSecret(secret);
    this.#at = at;
  }

  /** The first period with keys. */
  get oldest(): number {
    return this.#at ?? -Infinity;
  }

  /** Keys of the periods `from` to `to` that this secret can reach, in order. */
  *keys(from: number, to: number, binding: Uint8Array): Generator<[number, Buffer]> {
    if (this.#at === undefined) {
      for (let number = from; number <= to; number++) {
        yield [number, this.#keyOf(this.#state, number, binding)];
      }
      return;
    }
    if (to - this.#at > STEPS_MAX) return;
    let state = copyOfSecret(this.#state);
    try {
      for (let number = this.#at; number <= to; number++) {
        if (number > this.#at) state = this.#step(state, number);
        if (number >= from) yield [number, this.#keyOf(state, number, binding)];
      }
    } finally {
      state.fill(0);
    }
  }

  /**
   * Advances a ratchet to the period `before`: the keys of earlier periods cannot be derived any
   * more. Does nothing if the secret has no ratchet, if this would be a step back, or if it takes
   * more than `STEPS_MAX` steps.
   */
  forget(before: number): void {
    if (this.#at === undefined || before - this.#at > STEPS_MAX) return;
    while (this.#at < before) this.#state = this.#step(this.#state, ++this.#at);
  }

  /** A copy of a ratchet's state, with the second that its period begins at. */
  export(): { secret: Buffer; since: number } | undefined {
    if (this.#at === undefined) return undefined;
    return { secret: copyOfSecret(this.#state), since: this.#at * this.#period };
  }

  wipe(): void {
    this.#state.fill(0);
  }

  /** The state of the period `number`; the one before is overwritten. */
  #step(state: Buffer, number: number): Buffer {
    const next = hkdf(state, RATCHET_LABEL, this.#timeOf(number), STATE_BYTES);
    state.fill(0);
    return next;
  }

  #keyOf(state: Buffer, number: number, binding: Uint8Array): Buffer {
    return hkdf(state, KEY_LABEL, Buffer.concat([this.#timeOf(number), binding]), KEY_BYTES);
  }

  /** A period's length and number: hosts whose periods differ share no key. */
  #timeOf(number: number): Buffer {
    const time = Buffer.alloc(12);
    time.writeUInt32BE(this.#period);
    time.writeBigInt64BE(BigInt(number), 4);
    return time;
  }
}

/**
 * A copy outside V8's heap. V8 keeps arrays of up to 64 bytes on its heap, where a garbage
 * collection moves them, and overwriting an array then leaves its earlier copies.
 */
export function copyOfSecret(secret: Uint8Array): Buffer {
  const copy = Buffer.from(new ArrayBuffer(secret.length));
  copy.set(secret);
  return copy;
}

/** HKDF-SHA-256 (RFC 5869), with the label as its salt. */
function hkdf(secret: Uint8Array, label: string, info: Uint8Array, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, label, info, length));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
