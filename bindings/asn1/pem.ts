// PEM, from bytes to bytes: it contains the master secret, which must not become a string.

import { checkBytes, plainBytes } from '../checks.ts';
import { LENGTH_MAX } from './fields.ts';
import { scan } from './scan.ts';

const encoder = new TextEncoder();
const BEGIN = encoder.encode('-----BEGIN SSL SESSION PARAMETERS-----');
const END = encoder.encode('-----END SSL SESSION PARAMETERS-----');
const ALPHABET = encoder.encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
/** By character: its six bits, or 255. */
const VALUES = new Uint8Array(256).fill(255);
for (const [bits, character] of ALPHABET.entries()) VALUES[character] = bits;

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
const EQUALS = 0x3d;
const BYTES_PER_LINE = 48; // 64 characters
const PEM_MAX = 2 * LENGTH_MAX;

/**
 * Returns the DER in a PEM file of `openssl s_client -sess_out` or `openssl sess_id`. Lines may
 * have any length and end in LF or CRLF. Only blanks may surround the lines and the block. Argument
 * and result are bytes, because a string cannot be wiped.
 *
 * Throws a RangeError unless `pem` is exactly one such block, unencrypted, around one session.
 * Source: `PEM_read_bio_SSL_SESSION` of OpenSSL, RFC 7468 and RFC 4648.
 */
export function decodePEM(pem: Uint8Array): Uint8Array {
  pem = plainBytes(checkBytes(pem, 'pem', PEM_MAX));
  const begin = skipBlanks(pem, 0);
  expect(pem, begin, BEGIN, 'the line that begins a block');
  const from = begin + BEGIN.length;
  const to = pem.indexOf(DASH, from);
  if (to < 0) refuse('no line that ends the block', pem.length);
  expect(pem, to, END, 'the line that ends the block');
  const after = skipBlanks(pem, to + END.length);
  if (after !== pem.length) refuse('something after the block', after);
  const der = decodeBase64(pem, from, to);
  try {
    scan(der, 0);
  } catch (error) {
    der.fill(0);
    throw error;
  }
  return der;
}

/**
 * Returns a PEM file for `openssl s_client -sess_in` and `openssl sess_id`. Pass DER without Node's
 * envelope, which OpenSSL cannot read: `bytes.subarray(peekSession(bytes).derStart)`.
 *
 * Source: `PEM_write_bio_SSL_SESSION` of OpenSSL, byte for byte.
 */
export function encodePEM(der: Uint8Array): Uint8Array {
  der = plainBytes(checkBytes(der, 'bytes', LENGTH_MAX));
  scan(der, 0);
  const lines = Math.ceil(der.length / BYTES_PER_LINE);
  const characters = 4 * Math.ceil(der.length / 3);
  const out = new Uint8Array(BEGIN.length + 1 + characters + lines + END.length + 1);
  out.set(BEGIN);
  let at = BEGIN.length;
  out[at++] = LF;
  for (let i = 0; i < der.length; i += 3) {
    const [a, b, c] = [der[i] as number, der[i + 1], der[i + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    out[at++] = ALPHABET[bits >> 18] as number;
    out[at++] = ALPHABET[(bits >> 12) & 63] as number;
    out[at++] = b === undefined ? EQUALS : (ALPHABET[(bits >> 6) & 63] as number);
    out[at++] = c === undefined ? EQUALS : (ALPHABET[bits & 63] as number);
    if (i % BYTES_PER_LINE === BYTES_PER_LINE - 3 || i + 3 >= der.length) out[at++] = LF;
  }
  out.set(END, at);
  out[out.length - 1] = LF;
  return out;
}

/** Between two boundaries: canonical base64, in lines. */
function decodeBase64(pem: Uint8Array, from: number, to: number): Uint8Array {
  if (pem[from] !== LF && !(pem[from] === CR && pem[from + 1] === LF)) {
    refuse('something after the boundary on its line', from);
  }
  if (pem[to - 1] !== LF) refuse('something before the boundary on its line', to);
  let characters = 0;
  let padding = 0;
  for (let i = from; i < to; i++) {
    const octet = pem[i] as number;
    if (isBlank(octet)) continue;
    if (octet === EQUALS) padding++;
    else if (padding > 0 || VALUES[octet] === 255) refuse('something that is not base64', i);
    else characters++;
  }
  if (padding > 2 || (characters + padding) % 4 !== 0) refuse('base64 cut off', to);
  const out = new Uint8Array(Math.floor((characters * 3) / 4));
  let bits = 0;
  let at = 0;
  let held = 0; // bits in `bits` not yet written
  for (let i = from; i < to; i++) {
    const value = VALUES[pem[i] as number] as number;
    if (value === 255) continue;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out[at++] = bits >> held;
  }
  if ((bits & ((1 << held) - 1)) !== 0) {
    out.fill(0);
    refuse('base64 with bits to spare', to);
  }
  return out;
}

function skipBlanks(pem: Uint8Array, from: number): number {
  let at = from;
  while (at < pem.length && isBlank(pem[at] as number)) at++;
  return at;
}

function isBlank(octet: number): boolean {
  return octet === LF || octet === CR || octet === 0x20 || octet === 0x09;
}

function expect(pem: Uint8Array, at: number, boundary: Uint8Array, what: string): void {
  for (let i = 0; i < boundary.length; i++) {
    if (pem[at + i] !== boundary[i]) refuse(`something else than ${what}`, at);
  }
}

function refuse(what: string, offset: number): never {
  throw new RangeError(
    `"pem" expected one SSL SESSION PARAMETERS block, got ${what} at offset ${offset}`,
  );
}
