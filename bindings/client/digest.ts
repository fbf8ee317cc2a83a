// A digest in which no two different values are written alike: each value stands behind its type and
// length.

import { createHash, type Hash, randomBytes } from 'node:crypto';

/** A value that has no digest. */
export class NoDigest extends Error {}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;
/** Identities mean nothing to another process, or to another copy of this module. */
const realm = randomBytes(16);

/** The number of an object or function, the same for as long as it lives. */
export function identityOf(value: object): number {
  let number = identities.get(value);
  if (number === undefined) identities.set(value, (number = ++lastIdentity));
  return number;
}

export class Digest {
  readonly #hash: Hash = createHash('sha256');
  /** Text that is still to be hashed: a call for each piece would cost more than the hashing. */
  #text = '';
  #hasIdentity = false;

  /** Names what comes next. */
  name(name: string): this {
    return this.#frame('name', name.length).#write(name);
  }

  /** Whether the digest means something in this process only. */
  get hasIdentity(): boolean {
    return this.#hasIdentity;
  }

  identity(value: object): this {
    this.#hasIdentity = true;
    return this.#frame('identity', realm.length)
      .#bytes(realm)
      .#write(`${identityOf(value)};`);
  }

  /**
   * Text, bytes, numbers, flags, null, and lists of them; with `objects` also plain objects, of which
   * `passphrase` is left out.
   *
   * @throws NoDigest for any other value.
   */
  value(value: unknown, objects = false): this {
    if (typeof value === 'string') return this.#frame('text', value.length).#write(value);
    if (value === null || value === undefined) return this.#frame(String(value), 0);
    if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
      const text = Object.is(value, -0) ? '0' : String(value);
      return this.#frame(typeof value, text.length).#write(text);
    }
    const bytes = bytesOf(value);
    if (bytes !== undefined) {
      return this.#frame('bytes', bytes.length).#bytes(bytes);
    }
    if (Array.isArray(value)) {
      this.#frame('list', value.length);
      for (const item of value as unknown[]) this.value(item, objects);
      return this;
    }
    if (objects && typeof value === 'object' && isPlain(value)) return this.#object(value);
    throw new NoDigest();
  }

  /** The digest, 32 bytes; nothing can be added afterwards. */
  bytes(): Uint8Array {
    this.#flush();
    return new Uint8Array(this.#hash.digest());
  }

  #object(value: object): this {
    const names = Object.keys(value).filter((name) => name !== 'passphrase');
    this.#frame('object', names.length);
    for (const name of names.toSorted()) {
      this.name(name).value((value as Record<string, unknown>)[name], true);
    }
    return this;
  }

  #frame(type: string, length: number): this {
    return this.#write(`${type}:${length}:`);
  }

  /** UTF-16, so that unpaired surrogates stay different. */
  #write(text: string): this {
    this.#text += text;
    return this;
  }

  #bytes(bytes: Uint8Array): this {
    this.#flush();
    this.#hash.update(bytes);
    return this;
  }

  #flush(): void {
    this.#hash.update(this.#text, 'utf16le');
    this.#text = '';
  }
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return undefined;
}

/** Whether an object has nothing but own enumerable properties: what is digested is what is used. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return false;
  return Object.getOwnPropertyNames(value).length === Object.keys(value).length;
}
