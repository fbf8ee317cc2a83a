// Argument checks. The success path comes first and allocates nothing; messages name the argument,
// what was expected and what came, and never show bytes.

import { NAME_MAX, TAGS_MAX, VERSION_LIMIT } from './core/abi.generated.ts';

/**
 * Whole seconds, from -2^63 to 2^63-1. The cache returns safe integers as numbers and all others as
 * bigints.
 */
export type Seconds = number | bigint;

const EARLIEST = -(2n ** 63n);
const LATEST = 2n ** 63n - 1n;

export function checkSeconds(value: unknown, title: string): Seconds {
  if (Number.isSafeInteger(value)) return value as number;
  if (typeof value === 'bigint') {
    if (value < EARLIEST || value > LATEST) {
      outOfRange(title, 'whole seconds -2^63..2^63-1', value);
    }
    return fromBigint(value);
  }
  return wrongNumber(value, title, 'whole seconds: a safe integer or a bigint');
}

/** A bigint as a number if it is a safe integer. */
export function fromBigint(value: bigint): Seconds {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function checkTimeout(value: unknown, title: string): Seconds {
  const seconds = checkSeconds(value, title);
  return seconds < 0 ? outOfRange(title, 'seconds >= 0', seconds) : seconds;
}

export function checkInteger(value: unknown, title: string, least: number, most: number): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
    return value as number;
  }
  return wrongNumber(value, title, `an integer ${least}..${most}`);
}

export function checkVersion(value: unknown, title: string): number {
  return checkInteger(value, title, 0, VERSION_LIMIT - 1);
}

// ---- Bytes of a caller ----
//
// An array of the caller may report a wrong length or wrong bytes. A subclass or an own property
// can replace `length`, a Proxy every index, and a resizable buffer can change whenever code of the
// caller runs. So type and length are read by the intrinsic getters, which cannot be replaced once
// this module is loaded. The bytes are read at once or copied, and an array is never measured
// twice.

type Uncurried = (self: unknown, ...args: unknown[]) => unknown;

const typeOf = uncurryThis(getterOf(Symbol.toStringTag));
const valuesOf = uncurryThis(Uint8Array.prototype.values);

/** The intrinsic length of a Uint8Array. 0 if it is detached or out of bounds. */
export const lengthOf = uncurryThis(getterOf('length')) as (bytes: Uint8Array) => number;

/** `to.set(from)`: throws a RangeError, and writes nothing, if `from` is longer. */
export const setBytes: (to: Uint8Array, from: Uint8Array) => void = uncurryThis(
  Uint8Array.prototype.set,
);

function uncurryThis(method: unknown): Uncurried {
  return Function.prototype.call.bind(method as () => unknown) as Uncurried;
}

function getterOf(key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), key)?.get;
}

/** Whether a value is a Uint8Array, of any realm; a Proxy of one is not. */
export function isBytes(value: unknown): value is Uint8Array {
  return typeOf(value) === 'Uint8Array';
}

/**
 * Bytes of at most `most`; by default an id, a context or a tag. Returns the caller's array: read
 * it with `lengthOf` before any code of the caller runs, or use `copyBytes`.
 */
export function checkBytes(value: unknown, title: string, most: number = NAME_MAX): Uint8Array {
  if (!isBytes(value)) return wrongBytes(title, 'Uint8Array', value);
  const length = lengthOf(value);
  if (length > most) outOfRange(title, `at most ${most} bytes`, length);
  if (length === 0) checkAttached(value, title);
  return value;
}

// Some bundles have these checks without `plainBytes`.
const bufferOf = /* @__PURE__ */ uncurryThis(/* @__PURE__ */ getterOf('buffer')) as (
  bytes: Uint8Array,
) => ArrayBuffer;
const offsetOf = /* @__PURE__ */ uncurryThis(/* @__PURE__ */ getterOf('byteOffset')) as (
  bytes: Uint8Array,
) => number;

/** A Uint8Array with the same buffer and the language's own members. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bufferOf(bytes), offsetOf(bytes), lengthOf(bytes));
}

/** Overwrites the bytes, also if the array has its own `fill`. */
export function wipeBytes(bytes: Uint8Array): void {
  if (lengthOf(bytes) > 0) plainBytes(bytes).fill(0); // the buffer may be gone
}

/** A copy of at most `most` bytes, which is a plain Uint8Array with a buffer of its own. */
export function copyBytes(
  value: unknown,
  title: string,
  most: number = NAME_MAX,
): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(lengthOf(checkBytes(value, title, most)));
  // Throws a RangeError if another thread has grown the buffer since.
  setBytes(copy, value as Uint8Array);
  return copy;
}

/** An array whose buffer is gone has length 0 too, but is a mistake. */
function checkAttached(bytes: Uint8Array, title: string): void {
  try {
    valuesOf(bytes);
  } catch {
    wrongType(title, 'Uint8Array', bytes, 'one whose buffer is detached');
  }
}

/** A Proxy or a look-alike has the name of what it is not. */
function wrongBytes(title: string, expected: string, value: unknown): never {
  const name = describe(value);
  const isAlike = name === 'Uint8Array' || name === 'Buffer';
  wrongType(title, expected, value, isAlike ? 'a Proxy or another object' : name);
}

export function checkBoolean(value: unknown, title: string): boolean {
  if (typeof value === 'boolean') return value;
  return wrongType(title, 'boolean', value);
}

export function checkCallback<F>(value: F, title: string): F {
  if (value === undefined || typeof value === 'function') return value;
  return wrongType(title, 'function or undefined', value);
}

export function checkFunction(value: unknown, title: string): void {
  if (typeof value !== 'function') wrongType(title, 'function', value);
}

export function checkObject(value: unknown, title: string): void {
  if (typeof value !== 'object' || value === null) wrongType(title, 'object', value);
}

const encoder = new TextEncoder();

/** A tag of 1..32 bytes; a string stands for its UTF-8. Always a copy. */
export function checkTag(value: unknown, title: string): Uint8Array {
  if (typeof value !== 'string' && !isBytes(value)) {
    return wrongBytes(title, 'string or Uint8Array', value);
  }
  const bytes = typeof value === 'string' ? encoder.encode(value) : value;
  const length = lengthOf(bytes);
  if (length >= 1 && length <= NAME_MAX) return copyBytes(bytes, title);
  return outOfRange(title, `1..${NAME_MAX} bytes`, length);
}

/**
 * A copy of a list, if `value` is one: checking the items then runs no code of the caller.
 */
export function listOf<T>(value: T): T {
  return Array.isArray(value) ? (Array.prototype.slice.call(value) as T) : value;
}

/** Copies of at most 8 tags, each once. */
export function checkTags(value: unknown, title: string): readonly Uint8Array[] {
  if (!Array.isArray(value)) return wrongType(title, 'array', value);
  const tags: Uint8Array[] = [];
  // By index, because an iterator of the caller might never end.
  for (let i = 0; i < value.length; i++) {
    const tag = checkTag(value[i], `${title}[]`);
    if (tags.some((known) => sameBytes(known, tag))) continue;
    if (tags.length === TAGS_MAX) outOfRange(title, `at most ${TAGS_MAX} tags`, 'more');
    tags.push(tag);
  }
  return tags;
}

/** A copy of the library's own bytes. For those of a caller use `copyBytes`. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

/** @throws RangeError for another number, TypeError for any other type */
export function wrongNumber(value: unknown, title: string, expected: string): never {
  if (typeof value === 'number') outOfRange(title, expected, value);
  wrongType(title, expected, value);
}

/** @throws RangeError for another string, TypeError for any other type */
export function checkOneOf<T extends string>(
  value: unknown,
  title: string,
  choices: readonly T[],
): T {
  if (choices.includes(value as T)) return value as T;
  const quoted = choices.map((choice) => `'${choice}'`);
  const last = quoted.pop();
  const expected = `${quoted.join(', ')} or ${last}`;
  if (typeof value === 'string') outOfRange(title, expected, `'${value}'`);
  return wrongType(title, expected, value);
}

/** @throws TypeError, always; `got` says what came if the type of `value` does not say enough. */
export function wrongType(
  title: string,
  expected: string,
  value: unknown,
  got: string = describe(value),
): never {
  throw new TypeError(`"${title}" expected ${expected}, got ${got}`);
}

/** @throws RangeError, always; `got` is shown, so it must hold no secret. */
export function outOfRange(title: string, expected: string, got: unknown): never {
  throw new RangeError(`"${title}" expected ${expected}, got ${String(got)}`);
}

/** The type of a value, never its content: enough to find the mistake. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  try {
    const name: unknown = value.constructor?.name;
    if (typeof name === 'string' && name !== '') return name;
  } catch {
    // a getter, or the trap of a Proxy
  }
  return 'object';
}

/**
 * The type of a value that is not an instance of `expected`, a class of this package. If it has the
 * same name, it is from another copy of the package, and the two copies share no state.
 */
export function describeOther(value: unknown, expected: { readonly name: string }): string {
  const name = describe(value);
  return name === expected.name ? `that of another copy of sesscache: load it once` : name;
}
