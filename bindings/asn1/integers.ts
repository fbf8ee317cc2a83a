// INTEGER in DER, from 32 to 64 bits: two's complement, big-endian, in the shortest form.

import { checkInteger, checkSeconds, describe, fromBigint } from '../checks.ts';
import type { Seconds } from '../checks.ts';
import { Kind } from './fields.ts';
import { malformed } from './malformed.ts';

const UINT64_MAX = 2n ** 64n - 1n;

/** Refuses content that is not the shortest form of an integer of `kind`. */
export function checkContent(bytes: Uint8Array, start: number, end: number, kind: Kind): void {
  const length = end - start;
  if (length === 0) malformed('an empty integer', start);
  const first = bytes[start] as number;
  if (length > 1 && (first === 0 || first === 0xff)) {
    const negative = (bytes[start + 1] as number) >= 0x80;
    if (negative === (first === 0xff)) malformed('an integer that is not minimal', start);
  }
  const unsigned = kind === Kind.UINT32 || kind === Kind.UINT64;
  if (unsigned && first >= 0x80) malformed('a negative integer', start);
  const width = kind === Kind.INT64 || kind === Kind.UINT64 ? 8 : 4;
  // The sign of an unsigned integer may take a byte of its own.
  if (length > (unsigned && first === 0 ? width + 1 : width)) {
    malformed('an integer that is too large', start);
  }
}

/** The integer in content that has been checked; a bigint beyond the safe integers. */
export function readInteger(bytes: Uint8Array, start: number, end: number): Seconds {
  const first = bytes[start] as number;
  const sign = first >= 0x80 ? first - 0x100 : first;
  if (end - start <= 6) {
    let value = sign;
    for (let i = start + 1; i < end; i++) value = value * 0x100 + (bytes[i] as number);
    return value;
  }
  let value = BigInt(sign);
  for (let i = start + 1; i < end; i++) value = (value << 8n) | BigInt(bytes[i] as number);
  return fromBigint(value);
}

/** Refuses an argument that is not an integer of `kind`. */
export function checkValue(value: unknown, title: string, kind: Kind): Seconds {
  if (kind === Kind.INT64) return checkSeconds(value, title);
  if (kind === Kind.INT32) return checkInteger(value, title, -0x80000000, 0x7fffffff);
  if (kind === Kind.UINT32) return checkInteger(value, title, 0, 0xffffffff);
  if (kind === Kind.OCTET) return checkInteger(value, title, 0, 0xff);
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  if (typeof value === 'bigint' && value >= 0n && value <= UINT64_MAX) return value;
  const expected = `"${title}" expected an integer 0..2^64-1, a bigint where it is not safe`;
  if (typeof value !== 'number' && typeof value !== 'bigint') {
    throw new TypeError(`${expected}, got ${describe(value)}`);
  }
  throw new RangeError(`${expected}, got ${value}`);
}

/** How many bytes `value` takes. */
export function integerLength(value: Seconds): number {
  let length = 1;
  if (typeof value === 'number') {
    for (let limit = 0x80; value < -limit || value >= limit; limit *= 0x100) length++;
  } else {
    for (let limit = 0x80n; value < -limit || value >= limit; limit <<= 8n) length++;
  }
  return length;
}

/** Writes `value` into the `length` bytes before `end`. */
export function writeInteger(out: Uint8Array, end: number, length: number, value: Seconds): void {
  let rest = value;
  for (let i = end - 1; i >= end - length; i--) {
    if (typeof rest === 'number') {
      out[i] = rest; // modulo 256, which is two's complement
      rest = Math.floor(rest / 0x100);
    } else {
      out[i] = Number(BigInt.asUintN(8, rest));
      rest >>= 8n;
    }
  }
}
