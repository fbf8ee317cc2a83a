// Encrypts and authenticates values (seal, open) and derives their names: one sealer for each key.

import { createHmac, hkdfSync, randomFillSync } from 'node:crypto';
import { sameBytes } from '../checks.ts';
import { KEY_BYTES, NONCE_BYTES, TAG_BYTES, Xaes } from './xaes.ts';

/** Seals values and names them. `aad`: associated data, see associated-data.ts. */
export interface Sealer {
  /** The name under which a store keeps the value of `aad`: 32 hexadecimal digits. */
  nameOf(aad: Uint8Array): string;
  seal(aad: Uint8Array, plain: Uint8Array): Buffer;
  /** The nonce of a value; undefined if sealing is deterministic. */
  nonceOf(value: Uint8Array): string | undefined;
  /** Whether the value names this sealer's key. */
  fits(value: Uint8Array): boolean;
  /** The plain bytes; undefined if the value was not sealed with this key and `aad`. */
  open(aad: Uint8Array, value: Uint8Array): Buffer | undefined;
  destroy(): void;
}

const UNSEALED = 0;
const SEALED = 1;
const ID_BYTES = 4;
const HEAD_BYTES = 1 + ID_BYTES;
const NAME_BYTES = 16;
const CHECK_BYTES = 16;

/** Bytes that sealing adds. */
export const SEAL_BYTES = HEAD_BYTES + NONCE_BYTES + TAG_BYTES;

/** With a secret: XAES-256-GCM, and HMAC-SHA-256 for names. */
export class SecretSealer implements Sealer {
  /** First bytes of each value: the format, and the id of the key. */
  readonly #head: Buffer;
  readonly #naming: Buffer;
  readonly #aead: Xaes;
  #destroyed = false;

  /** `secret`: 32 bytes, not retained. */
  constructor(secret: Uint8Array) {
    const sealing = derive(secret, 'seal', KEY_BYTES);
    this.#aead = new Xaes(sealing);
    sealing.fill(0);
    this.#naming = derive(secret, 'name', KEY_BYTES);
    this.#head = Buffer.concat([Buffer.of(SEALED), derive(secret, 'id', ID_BYTES)]);
  }

  nameOf(aad: Uint8Array): string {
    return createHmac('sha256', this.#naming)
      .update(aad)
      .digest('hex')
      .slice(0, 2 * NAME_BYTES);
  }

  seal(aad: Uint8Array, plain: Uint8Array): Buffer {
    if (this.#destroyed) throw new Error('the key has been destroyed');
    const nonce = randomFillSync(Buffer.allocUnsafe(NONCE_BYTES));
    const associated = Buffer.concat([this.#head, aad]);
    return Buffer.concat([this.#head, nonce, this.#aead.seal(nonce, associated, plain)]);
  }

  nonceOf(value: Uint8Array): string {
    const nonce = value.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
    return Buffer.from(nonce).toString('latin1');
  }

  fits(value: Uint8Array): boolean {
    return !this.#destroyed && sameBytes(value.subarray(0, HEAD_BYTES), this.#head);
  }

  open(aad: Uint8Array, value: Uint8Array): Buffer | undefined {
    const nonce = value.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
    if (this.#destroyed || nonce.length < NONCE_BYTES) return undefined;
    const associated = Buffer.concat([this.#head, aad]);
    return this.#aead.open(nonce, associated, value.subarray(HEAD_BYTES + NONCE_BYTES));
  }

  destroy(): void {
    this.#destroyed = true;
    this.#naming.fill(0);
    this.#aead.destroy();
  }
}

/**
 * Without a secret, for memory that is trusted: detects values that are damaged or were put under
 * another name by mistake. It does not protect against an attacker.
 */
export class PlainSealer implements Sealer {
  nameOf(aad: Uint8Array): string {
    return check('name', aad).toString('hex');
  }

  seal(aad: Uint8Array, plain: Uint8Array): Buffer {
    return Buffer.concat([Buffer.of(UNSEALED), check('seal', aad, plain), plain]);
  }

  nonceOf(): undefined {}

  fits(value: Uint8Array): boolean {
    return value[0] === UNSEALED;
  }

  open(aad: Uint8Array, value: Uint8Array): Buffer | undefined {
    const plain = value.subarray(1 + CHECK_BYTES);
    const expected = check('seal', aad, plain);
    return sameBytes(value.subarray(1, 1 + CHECK_BYTES), expected) ? Buffer.from(plain) : undefined;
  }

  destroy(): void {}
}

function check(purpose: string, ...parts: Uint8Array[]): Buffer {
  const hmac = createHmac('sha256', `sesscache/external v1 unsealed ${purpose}`);
  for (const part of parts) hmac.update(part);
  return hmac.digest().subarray(0, CHECK_BYTES);
}

/** HKDF-SHA-256 (RFC 5869): a key for each purpose. */
function derive(secret: Uint8Array, purpose: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `sesscache/external v1 ${purpose}`, length));
}
