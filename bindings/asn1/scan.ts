// The pass over the bytes that all other functions rely on. It checks every header and every field,
// and records where the content of each field is. Accepts strict DER in OpenSSL's order, with
// nothing before or after it.

import {
  FIRST_UNKNOWN,
  ID_MAX,
  isProtocolVersion,
  Kind,
  MASTER_KEY_MAX,
  OPTIONAL_FIELDS,
} from './fields.ts';
import type { FieldRow } from './fields.ts';
import { checkContent, readInteger } from './integers.ts';
import { malformed } from './malformed.ts';

export const INTEGER = 0x02;
export const OCTET_STRING = 0x04;
export const SEQUENCE = 0x30;
/** Context class; with this bit, constructed. */
export const CONTEXT = 0x80;
export const CONSTRUCTED = 0x20;
/** In place of a tag number: the number follows, with seven bits in each byte. */
export const LONG_TAG = 0x1f;

/** Slots of the fields without a context tag, after those of the optional ones. */
export const PROTOCOL_VERSION = FIRST_UNKNOWN;
export const CIPHER = FIRST_UNKNOWN + 1;
export const ID = FIRST_UNKNOWN + 2;
export const MASTER_KEY = FIRST_UNKNOWN + 3;
/** All unknown fields, one after the other, headers included. */
export const UNKNOWN = FIRST_UNKNOWN + 4;
const SLOTS = FIRST_UNKNOWN + 5;

/**
 * By slot: the first byte of the content, or -1 if the field is absent, and the byte after its
 * last. Valid until the next scan. These are only numbers, so no bytes of a session outlive a call.
 */
export const starts = new Int32Array(SLOTS);
export const ends = new Int32Array(SLOTS);

/** First byte of the content of the header that was read last. */
let content = 0;

/** Checks the session that begins at `from` and fills the rest of `bytes`. */
export function scan(bytes: Uint8Array, from: number): void {
  starts.fill(-1);
  const end = enter(bytes, from, bytes.length, SEQUENCE);
  if (end !== bytes.length) malformed('bytes after the session', end);
  let at = content;

  const versionEnd = enter(bytes, at, end, INTEGER);
  if (versionEnd - content !== 1 || bytes[content] !== 1) {
    malformed('another version of the structure', at);
  }
  at = note(PROTOCOL_VERSION, enter(bytes, versionEnd, end, INTEGER));
  checkContent(bytes, content, at, Kind.INT32);
  if (!isProtocolVersion(readInteger(bytes, content, at) as number)) {
    malformed('an unknown protocol version', content);
  }
  at = note(CIPHER, enter(bytes, at, end, OCTET_STRING));
  if (at - content !== 2) malformed('a cipher that is not two bytes', content);
  at = note(ID, enter(bytes, at, end, OCTET_STRING));
  if (at - content > ID_MAX) malformed('a session id that is too long', content);
  at = note(MASTER_KEY, enter(bytes, at, end, OCTET_STRING));
  if (at - content > MASTER_KEY_MAX) malformed('a master key that is too long', content);

  at = scanOptional(bytes, at, end);
  if (at === end) return;
  starts[UNKNOWN] = at;
  ends[UNKNOWN] = end;
  for (let previous = FIRST_UNKNOWN - 1; at < end; previous = unknownTag) {
    at = enterUnknown(bytes, at, end, previous);
  }
}

/** Scans the fields [0] to [20], each of which may be absent; returns where the next one begins. */
function scanOptional(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  for (let previous = -1; at < end;) {
    const octet = bytes[at] as number;
    const slot = octet & LONG_TAG;
    if (octet < CONTEXT || octet >= 0xc0) malformed('another type than expected', at);
    if (slot >= FIRST_UNKNOWN) break;
    if (slot <= previous) malformed('a field out of order or twice', at);
    // Only the key argument is implicit, and therefore primitive.
    if (octet !== (slot === 0 ? CONTEXT : CONTEXT | CONSTRUCTED | slot)) {
      malformed('another type than expected', at);
    }
    const fieldEnd = measure(bytes, at + 1, end);
    scanField(bytes, OPTIONAL_FIELDS[slot] as FieldRow, fieldEnd);
    previous = slot;
    at = fieldEnd;
  }
  return at;
}

/** Checks the content of an explicit tag, from `content` to `end`. */
function scanField(bytes: Uint8Array, { slot, kind, most }: FieldRow, end: number): void {
  if (slot === 0) {
    note(slot, end);
    return;
  }
  const outer = content;
  const type = kind === Kind.CERTIFICATE ? SEQUENCE : kind <= Kind.OCTET ? OCTET_STRING : INTEGER;
  if (enter(bytes, outer, end, type) !== end) malformed('bytes after a field', outer);
  note(slot, end);
  if (kind === Kind.CERTIFICATE)
    starts[slot] = outer; // with its header
  else if (kind > Kind.OCTET) checkContent(bytes, content, end, kind);
  else if (end - content > most) malformed('a field that is too long', content);
  else if (kind === Kind.OCTET && end - content !== 1)
    malformed('more or less than a byte', content);
  else if (kind === Kind.TEXT) checkText(bytes, content, end);
}

function checkText(bytes: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    if (bytes[i] === 0) malformed('a zero byte within a text', i);
  }
}

/** Tag number of the unknown field that was read last, and whether its content is constructed. */
let unknownTag = 0;
let unknownConstructed = false;

/** Reads the header of an unknown field and returns its end; its tag must be above `previous`. */
function enterUnknown(bytes: Uint8Array, from: number, end: number, previous: number): number {
  const octet = bytes[from] as number;
  if (octet < CONTEXT || octet >= 0xc0) malformed('another type than expected', from);
  let at = from + 1;
  let tag = octet & LONG_TAG;
  if (tag === LONG_TAG) {
    tag = 0;
    for (let more = true; more; at++) {
      if (at >= end) malformed('a header cut off', at);
      const digit = bytes[at] as number;
      if (tag === 0 && digit === 0x80) malformed('a tag number that is not minimal', at);
      if (tag >= 1 << 21) malformed('a tag number that is too large', at);
      tag = (tag << 7) | (digit & 0x7f);
      more = digit >= 0x80;
    }
    if (tag < LONG_TAG) malformed('a tag number that is not minimal', from);
  }
  if (tag <= previous) malformed('a field out of order or twice', from);
  unknownTag = tag;
  unknownConstructed = (octet & CONSTRUCTED) !== 0;
  return measure(bytes, at, end);
}

/** Calls `use` for each of the unknown fields, after a scan. */
export function eachUnknown(
  bytes: Uint8Array,
  use: (tag: number, constructed: boolean, start: number, end: number) => void,
): void {
  const end = ends[UNKNOWN] as number;
  for (let at = starts[UNKNOWN] as number; at >= 0 && at < end;) {
    at = enterUnknown(bytes, at, end, 0);
    use(unknownTag, unknownConstructed, content, at);
  }
}

function note(slot: number, end: number): number {
  starts[slot] = content;
  ends[slot] = end;
  return end;
}

/**
 * Reads a header that must have `tag`. Sets `content` to the start of its content and returns the
 * end of it.
 */
function enter(bytes: Uint8Array, at: number, limit: number, tag: number): number {
  if (at >= limit) malformed('the end where a field is due', at);
  if (bytes[at] !== tag) malformed('another type than expected', at);
  return measure(bytes, at + 1, limit);
}

/** The same for the length alone. */
function measure(bytes: Uint8Array, from: number, limit: number): number {
  let at = from;
  if (at >= limit) malformed('a header cut off', at);
  let length = bytes[at++] as number;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0) malformed('an indefinite length', from);
    if (count > 3) malformed('a length of 16 MiB or more', from);
    if (count > limit - at) malformed('a header cut off', from);
    length = 0;
    for (let i = 0; i < count; i++) length = length * 0x100 + (bytes[at++] as number);
    if (length < (count === 1 ? 0x80 : 1 << (8 * (count - 1)))) {
      malformed('a length that is not minimal', from);
    }
  }
  if (length > limit - at) malformed('a length beyond the end', from);
  content = at;
  return at + length;
}
