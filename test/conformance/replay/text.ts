// The words of a vector's script: tokens, options, hex, and C's idea of a number.

import { SessionCacheMode } from '../../../bindings/index.ts';

/** What a vector prints: a number, or decimal text beyond ±2^53, as JSON cannot carry those. */
export type Printed = number | string;

const LONG_MAX = 2n ** 63n - 1n;

/** Reads `text` as strtol(text, NULL, 0) does: sign, 0x or octal prefix, clamped to 64 bits. */
export function long(text: string): bigint {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)/.exec(text);
  if (match === null) return 0n;
  const [, sign, digits = '0'] = match;
  const octal = /^0[0-7]+/.exec(digits);
  const size = BigInt(octal === null ? digits : `0o${octal[0].slice(1)}`);
  const value = sign === '-' ? -size : size;
  if (value > LONG_MAX) return LONG_MAX;
  return value < -LONG_MAX - 1n ? -LONG_MAX - 1n : value;
}

/** A `long` as the API takes and returns one: a number while that is exact. */
export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function seconds(text: string): number | bigint {
  return narrow(long(text));
}

export function integer(text: string): number {
  return Number(long(text));
}

export function printed(value: number | bigint): Printed {
  return typeof value === 'bigint' ? value.toString() : value;
}

/**
 * The bytes of `text`, where `-` stands for none, cut after `limit` as the recorder's buffer is.
 */
export function bytes(text: string, limit = 128): Uint8Array {
  if (text === '-') return new Uint8Array(0);
  return new Uint8Array(Buffer.from(text, 'hex').subarray(0, limit));
}

export function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex');
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** `SERVER|NO_AUTO_CLEAR`, or a number. */
export function mode(text: string): number {
  if (/^[-0-9]/.test(text)) return integer(text);
  const bits: Readonly<Record<string, number>> = SessionCacheMode;
  return text.split('|').reduce((sum, name) => sum | (bits[name] ?? 0), 0);
}

export function version(text = '1.2'): number {
  if (text === '1.3') return 0x0304;
  if (text === '1.2') return 0x0303;
  return integer(text);
}

/** What a script cannot mean: the recorder answers with this word. */
export class Refusal extends Error {}

/** One operation: its words, `key=value` options among them, and for `on` the operation to run. */
export class Command {
  readonly words: readonly string[];
  /** What follows the ` : ` of `on`. */
  readonly inner: string;

  constructor(words: readonly string[]) {
    const colon = words[0] === 'on' ? words.indexOf(':') : -1;
    this.words = colon < 0 ? words : words.slice(0, colon);
    this.inner = colon < 0 ? '' : words.slice(colon + 1).join(' ');
  }

  /** Splits a line of a script into the words that the recorder prints as `cmd`. */
  static split(line: string): string[] {
    const colon = line.startsWith('on ') ? line.indexOf(' : ') : -1;
    const head = colon < 0 ? line : line.slice(0, colon);
    const words = head.split(/[ \t\r\n]+/).filter((word) => word !== '');
    return colon < 0 ? words : [...words, ':', line.slice(colon + 3)];
  }

  /** The word at `index`, empty when there is none. */
  word(index: number): string {
    return this.words[index] ?? '';
  }

  option(key: string): string | undefined {
    return this.words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  }

  number(key: string, otherwise: number): number {
    const text = this.option(key);
    return text === undefined ? otherwise : integer(text);
  }
}
