// XAES-256-GCM (https://c2sp.org/XAES-256-GCM): AES-256-GCM under a key of its own for each
// message, derived from 12 bytes of a 24-byte nonce, so that nonces may be random.
//
// How far that goes: two of n random 192-bit nonces are equal with a probability below n²/2^193.
// For one in 2^32 that is 2^80 messages under one key. Plain AES-GCM, with 96-bit nonces, stops at
// 2^32 (NIST SP 800-38D, 8.3): little more than an hour at a million sessions a second.

import { createCipheriv, timingSafeEqual } from 'node:crypto';

export const KEY_BYTES = 32;
export const NONCE_BYTES = 24;
export const TAG_BYTES = 16;

const BLOCK = 16;
const HALF = 12;

export class Xaes {
  /** AES-256 by itself; each block stands alone, so one object serves all messages. */
  readonly #aes: ReturnType<typeof createCipheriv>;
  /** CMAC's first subkey, exclusive-ored with what does not depend on the nonce. */
  readonly #mask: Buffer;

  constructor(key: Uint8Array) {
    this.#aes = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
    const subkey = double(this.#aes.update(Buffer.alloc(BLOCK)));
    this.#mask = Buffer.concat([subkey, subkey]);
    for (const [at, counter] of [
      [0, 1],
      [BLOCK, 2],
    ] as const) {
      this.#mask[at + 1]! ^= counter;
      this.#mask[at + 2]! ^= 0x58; // 'X'
    }
    subkey.fill(0);
  }

  /** Ciphertext and tag. `nonce`: 24 random bytes, new for each call. */
  seal(nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array): Buffer {
    const key = this.#derive(nonce);
    const { text, tag } = encrypt(key, nonce, associated, plain);
    key.fill(0);
    return Buffer.concat([text, tag]);
  }

  /**
   * The plain bytes; undefined if they were sealed otherwise or have been changed.
   *
   * Not by Node's decipher: that copies its output and frees the first copy as it is, so that up to
   * 11 of 300 secrets were found in freed memory. Here Node's ciphers put out the key stream and
   * the ciphertext, of which neither alone reveals the secret.
   */
  open(nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Buffer | undefined {
    const length = sealed.length - TAG_BYTES;
    if (length < 0) return undefined;
    const key = this.#derive(nonce);
    const plain = keyStream(key, nonce, length);
    combine(plain, sealed, length);
    // Its ciphertext is the given one, so only the tag can differ.
    const { tag } = encrypt(key, nonce, associated, plain);
    key.fill(0);
    if (timingSafeEqual(tag, sealed.subarray(length))) return plain;
    plain.fill(0); // no plain bytes before the tag is verified
    return undefined;
  }

  /** Overwrites this object's own secrets; OpenSSL wipes its copy when the object is collected. */
  destroy(): void {
    this.#mask.fill(0);
  }

  #derive(nonce: Uint8Array): Buffer {
    const blocks = Buffer.from(this.#mask);
    for (let i = 0; i < HALF; i++) {
      blocks[4 + i]! ^= nonce[i]!;
      blocks[BLOCK + 4 + i]! ^= nonce[i]!;
    }
    const key = this.#aes.update(blocks);
    blocks.fill(0);
    return key;
  }
}

/** AES-256-GCM under a derived key: ciphertext and tag. */
function encrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  plain: Uint8Array,
): { text: Buffer; tag: Buffer } {
  const cipher = createCipheriv('aes-256-gcm', key, nonce.subarray(HALF));
  cipher.setAAD(associated);
  const text = cipher.update(plain);
  cipher.final(); // GCM holds nothing back
  return { text, tag: cipher.getAuthTag() };
}

/** What GCM combines with the plain text: counter mode from 2 (NIST SP 800-38D, 7.1). */
function keyStream(key: Uint8Array, nonce: Uint8Array, length: number): Buffer {
  const counter = Buffer.alloc(BLOCK);
  counter.set(nonce.subarray(HALF));
  counter[BLOCK - 1] = 2;
  if (zeros.length < length) zeros = Buffer.alloc(length);
  return createCipheriv('aes-256-ctr', key, counter).update(zeros.subarray(0, length));
}

/** As many as were needed so far; never written to. */
let zeros: Buffer = Buffer.alloc(1024);

/** Shorter texts are combined byte by byte: views would take longer. */
const WORDS_FROM = 256;

/** Exclusive-ors `length` bytes of `others` into `bytes`. */
function combine(bytes: Uint8Array, others: Uint8Array, length: number): void {
  let at = 0;
  if (length >= WORDS_FROM) {
    // They may begin anywhere: not on a boundary of words.
    const to = new DataView(bytes.buffer, bytes.byteOffset, length);
    const from = new DataView(others.buffer, others.byteOffset, length);
    for (; at + 4 <= length; at += 4) {
      to.setInt32(at, to.getInt32(at, true) ^ from.getInt32(at, true), true);
    }
  }
  for (; at < length; at++) bytes[at]! ^= others[at]!;
}

/** Multiplication by x in GF(2^128), as CMAC makes its subkeys (NIST SP 800-38B, 6.1). */
function double(block: Buffer): Buffer {
  const carry = block[0]! >> 7;
  for (let i = 0; i < BLOCK - 1; i++) block[i] = (block[i]! << 1) | (block[i + 1]! >> 7);
  block[BLOCK - 1] = (block[BLOCK - 1]! << 1) ^ (carry * 0x87);
  return block;
}
