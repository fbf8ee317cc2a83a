// The keys in use: the first seals, all of them open.

import {
  checkBytes,
  isBytes,
  lengthOf,
  plainBytes,
  sameBytes,
  outOfRange,
  wrongType,
} from '../checks.ts';
import { type Sealer, PlainSealer, SecretSealer } from './sealers.ts';
import type { SealFlaw } from './stats.ts';
import { KEY_BYTES } from './xaes.ts';

/** Most keys. A rotation needs fewer, and each costs one more request for an id that is absent. */
const KEYS_MAX = 8;

/** The plain bytes of a value, and the sealer that opened it. */
interface OpenedValue {
  plain: Buffer;
  sealer: Sealer;
}

export class KeyRing {
  #sealers: readonly Sealer[];

  /** The keys have been checked; without keys, values are not sealed. */
  constructor(keys: readonly Uint8Array[] | undefined) {
    this.#sealers = keys ? keys.map((key) => new SecretSealer(key)) : [new PlainSealer()];
  }

  /**
   * The present sealers. A lookup uses one list throughout, even if the keys are replaced
   * meanwhile.
   */
  get sealers(): readonly Sealer[] {
    return this.#sealers;
  }

  /** Replaces the keys; those that are not among them are destroyed. */
  setKeys(keys: readonly Uint8Array[]): void {
    const before = this.#sealers;
    this.#sealers = keys.map((key) => new SecretSealer(key));
    for (const sealer of before) sealer.destroy();
  }

  destroy(): void {
    for (const sealer of this.#sealers) sealer.destroy();
    this.#sealers = [];
  }

  /** Seals with the first key. */
  seal(aad: Uint8Array, plain: Uint8Array): Buffer {
    return this.#sealers[0]!.seal(aad, plain);
  }

  /** Opens a value with the key that it names; otherwise says what is wrong with it. */
  open(aad: Uint8Array, value: unknown): OpenedValue | SealFlaw {
    return openWith(this.#sealers, aad, value);
  }
}

export function openWith(
  sealers: readonly Sealer[],
  aad: Uint8Array,
  value: unknown,
): OpenedValue | SealFlaw {
  if (!isBytes(value) || lengthOf(value) === 0) return 'unreadable';
  const bytes = plainBytes(value);
  const sealer = sealers.find((each) => each.fits(bytes));
  if (sealer === undefined) return bytes[0]! > 1 ? 'unreadable' : 'unknownKey';
  const plain = sealer.open(aad, bytes);
  return plain === undefined ? 'forged' : { plain, sealer };
}

/** Checks a list of distinct secrets of 32 bytes. */
export function checkKeys(keys: unknown): readonly Uint8Array[] {
  if (!Array.isArray(keys)) {
    wrongType('keys', 'array', keys);
  }
  if (keys.length < 1 || keys.length > KEYS_MAX) {
    outOfRange('keys', `1..${KEYS_MAX} keys`, keys.length);
  }
  const checked = keys.map((key) => plainBytes(checkBytes(key, 'keys[]', Infinity)));
  for (const [at, key] of checked.entries()) {
    if (key.length !== KEY_BYTES) {
      outOfRange('keys[]', `${KEY_BYTES} bytes`, key.length);
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
