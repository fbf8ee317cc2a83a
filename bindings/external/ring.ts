// The keys in use: the first seals, all of them open.

import { checkBytes, describe, isBytes, lengthOf, plainBytes, sameBytes } from '../checks.ts';
import { type Lock, OpenLock, SecretLock } from './locks.ts';
import type { SealFlaw } from './stats.ts';
import { KEY_BYTES } from './xaes.ts';

/** More keys than a rotation needs; each is one more question to the store for an id it has not. */
const KEYS_MAX = 8;

/** What was in a value, and which lock it had. */
export interface Opened {
  plain: Buffer;
  lock: Lock;
}

export class Ring {
  #locks: readonly Lock[];

  /** Without keys values are not sealed. The keys have been checked. */
  constructor(keys: readonly Uint8Array[] | undefined) {
    this.#locks = keys ? keys.map((key) => new SecretLock(key)) : [new OpenLock()];
  }

  /** As of now: a lookup keeps to it, whatever is set meanwhile. */
  get locks(): readonly Lock[] {
    return this.#locks;
  }

  /** Replaces the keys; those that are not among them are destroyed. */
  setKeys(keys: readonly Uint8Array[]): void {
    const before = this.#locks;
    this.#locks = keys.map((key) => new SecretLock(key));
    for (const lock of before) lock.destroy();
  }

  destroy(): void {
    for (const lock of this.#locks) lock.destroy();
    this.#locks = [];
  }

  /** Seals with the first key. */
  seal(place: Uint8Array, plain: Uint8Array): Buffer {
    return this.#locks[0]!.seal(place, plain);
  }

  /** Opens with whichever key fits. */
  open(place: Uint8Array, value: unknown): Opened | SealFlaw {
    return openWith(this.#locks, place, value);
  }
}

export function openWith(
  locks: readonly Lock[],
  place: Uint8Array,
  value: unknown,
): Opened | SealFlaw {
  if (!isBytes(value) || lengthOf(value) === 0) return 'unreadable';
  const bytes = plainBytes(value);
  const lock = locks.find((each) => each.fits(bytes));
  if (lock === undefined) return bytes[0]! > 1 ? 'unreadable' : 'unknownKey';
  const plain = lock.open(place, bytes);
  return plain === undefined ? 'forged' : { plain, lock };
}

/** Refuses what is no list of distinct 32-byte secrets. */
export function checkKeys(keys: unknown): readonly Uint8Array[] {
  if (!Array.isArray(keys)) {
    throw new TypeError(`"keys" expected array, got ${describe(keys)}`);
  }
  if (keys.length < 1 || keys.length > KEYS_MAX) {
    throw new RangeError(`"keys" expected 1..${KEYS_MAX} keys, got ${keys.length}`);
  }
  const checked = keys.map((key) => plainBytes(checkBytes(key, 'keys[]', Infinity)));
  for (const [at, key] of checked.entries()) {
    if (key.length !== KEY_BYTES) {
      throw new RangeError(`"keys[]" expected ${KEY_BYTES} bytes, got ${key.length}`);
    }
    if (key.every((byte) => byte === key[0])) {
      throw new RangeError('"keys[]" expected random bytes, got one byte over and over');
    }
    if (checked.findIndex((other) => sameBytes(other, key)) !== at) {
      throw new RangeError('"keys" expected distinct keys, got one twice');
    }
  }
  return checked;
}
