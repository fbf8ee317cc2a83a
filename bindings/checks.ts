// Argument checks. The success path comes first and allocates nothing; messages name the argument,
// what was expected and what came, and never show bytes.

import { NAME_MAX, TAGS_MAX, VERSION_LIMIT } from './core/abi.ts';

/**
 * Whole seconds, from -2^63 to 2^63-1. The cache returns a number where it is a safe integer, and a
 * bigint beyond.
 */
export type Seconds = number | bigint;

const EARLIEST = -(2n ** 63n);
const LATEST = 2n ** 63n - 1n;

export function checkSeconds(value: unknown, title: string): Seconds {
  if (Number.isSafeInteger(value)) return value as number;
  if (typeof value === 'bigint') {
    if (value < EARLIEST || value > LATEST) {
      throw new RangeError(`"${title}" expected whole seconds -2^63..2^63-1, got ${value}`);
    }
    return fromBigint(value);
  }
  return wrongNumber(value, title, 'whole seconds: a safe integer or a bigint');
}

/** The number of the same value where it is a safe integer. */
export function fromBigint(value: bigint): Seconds {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function checkTimeout(value: unknown, title: string): Seconds {
  const seconds = checkSeconds(value, title);
  if (seconds < 0) {
    throw new RangeError(`"${title}" expected seconds >= 0, got ${seconds}`);
  }
  return seconds;
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

/** Bytes of at most `most`; by default an id, a context or a tag. */
export function checkBytes(value: unknown, title: string, most: number = NAME_MAX): Uint8Array {
  if (value instanceof Uint8Array) {
    if (value.length <= most) return value;
    throw new RangeError(`"${title}" expected at most ${most} bytes, got ${value.length}`);
  }
  throw new TypeError(`"${title}" expected Uint8Array, got ${describe(value)}`);
}

export function checkBoolean(value: unknown, title: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new TypeError(`"${title}" expected boolean, got ${describe(value)}`);
}

export function checkCallback<F>(value: F, title: string): F {
  if (value === undefined || typeof value === 'function') return value;
  throw new TypeError(`"${title}" expected function or undefined, got ${describe(value)}`);
}

export function checkObject(value: unknown, title: string): void {
  if (typeof value === 'object' && value !== null) return;
  throw new TypeError(`"${title}" expected object, got ${describe(value)}`);
}

const encoder = new TextEncoder();

/** A tag of 1..32 bytes; a string stands for its UTF-8. Always a copy. */
export function checkTag(value: unknown, title: string): Uint8Array {
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
    throw new TypeError(`"${title}" expected string or Uint8Array, got ${describe(value)}`);
  }
  const bytes = typeof value === 'string' ? encoder.encode(value) : copyOf(value);
  if (bytes.length >= 1 && bytes.length <= NAME_MAX) return bytes;
  throw new RangeError(`"${title}" expected 1..${NAME_MAX} bytes, got ${bytes.length}`);
}

/** Copies of at most 8 tags, each once. */
export function checkTags(value: unknown, title: string): readonly Uint8Array[] {
  if (!Array.isArray(value)) {
    throw new TypeError(`"${title}" expected array, got ${describe(value)}`);
  }
  const tags: Uint8Array[] = [];
  for (const item of value as unknown[]) {
    const tag = checkTag(item, `${title}[]`);
    if (!tags.some((known) => sameBytes(known, tag))) tags.push(tag);
  }
  if (tags.length <= TAGS_MAX) return tags;
  throw new RangeError(`"${title}" expected at most ${TAGS_MAX} tags, got ${tags.length}`);
}

/** A copy, also of a Buffer, whose own `slice` is a view. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

function wrongNumber(value: unknown, title: string, expected: string): never {
  if (typeof value === 'number') {
    throw new RangeError(`"${title}" expected ${expected}, got ${value}`);
  }
  throw new TypeError(`"${title}" expected ${expected}, got ${describe(value)}`);
}

/** The type of a value: enough to find the mistake, and never its content. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  return (value.constructor as { name?: string } | undefined)?.name || 'object';
}

/**
 * The same of what is no instance of `expected`, a class of this package. One of the same name is from
 * another copy of the package, and the two copies know nothing of each other.
 */
export function describeOther(value: unknown, expected: { readonly name: string }): string {
  const name = describe(value);
  return name === expected.name ? `that of another copy of sesscache: load it once` : name;
}
