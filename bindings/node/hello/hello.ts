// Reads a ClientHello (RFC 8446 §4.1.2, RFC 6066 §3) out of the first bytes of a connection.
// Strict: bytes that are not a valid ClientHello are passed to Node unchanged.

import { TLS1_3 } from '../../protocol.ts';

/** The parts of a ClientHello that decide about resumption. */
export interface Hello {
  /** TLS 1.3 is among the versions offered. */
  readonly tls13: boolean;
  /**
   * The identity that OpenSSL asks the cache for: the first PSK identity of 32 bytes. undefined
   * also if the client offers no PSK mode that OpenSSL accepts: it then asks for none, and Node
   * would keep a session that was loaded for a second hello, which may be for another name.
   */
  readonly psk: Uint8Array | undefined;
  /** The client takes TLS ≤ 1.2 tickets. */
  readonly tickets: boolean;
  /** The server name as it was sent: Node 20 distinguishes upper and lower case. Empty: none. */
  readonly servername: string;
}

/** More bytes are needed: at least `need` in all. */
export interface Unfinished {
  readonly need: number;
}

/** A complete hello. `joined`: the hello in one record, if it came in several. */
export interface Whole {
  readonly hello: Hello;
  readonly joined: Buffer | undefined;
}

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER = 5;
const RECORD_MAX = 16384;
const MESSAGE_HEADER = 4;
/** Most records of a hello: all of them are parsed again when the next one arrives. */
const RECORDS_MAX = 256;
const SERVER_NAME = 0;
const SESSION_TICKET = 35;
const PRE_SHARED_KEY = 41;
const SUPPORTED_VERSIONS = 43;
const PSK_KEY_EXCHANGE_MODES = 45;
/** PSK with a Diffie-Hellman exchange: the only mode that OpenSSL takes unless it is told to. */
const PSK_DHE_KE = 1;
/** The length of every session id that OpenSSL makes. */
export const ID_BYTES = 32;

/** Reads a ClientHello from the first bytes of a connection; undefined if they are none. */
export function readHello(bytes: Uint8Array, most: number): Whole | Unfinished | undefined {
  let at = 0; // of the record's header
  let length = 0; // of the handshake message so far, its header included
  let whole = 0; // of all of it; 0 until known
  const pieces: Uint8Array[] = [];
  while (pieces.length < RECORDS_MAX && at + RECORD_HEADER <= most) {
    if (bytes.length > at && bytes[at] !== HANDSHAKE) return undefined;
    if (bytes.length > at + 1 && bytes[at + 1] !== 3) return undefined;
    if (bytes.length < at + RECORD_HEADER) return { need: at + RECORD_HEADER };
    const size = u16(bytes, at + 3);
    const start = at + RECORD_HEADER;
    const end = start + size;
    if (size === 0 || size > RECORD_MAX || end > most) return undefined;
    if (at === 0 && bytes.length > start && bytes[start] !== CLIENT_HELLO) return undefined;
    if (bytes.length < end) return { need: end };
    if (at === 0 && size >= MESSAGE_HEADER) {
      whole = MESSAGE_HEADER + u24(bytes, start + 1);
      if (whole > most || size > whole) return undefined;
      if (size === whole) {
        const hello = parseMessage(bytes, start, end); // in place: nearly every hello
        return hello && { hello, joined: undefined };
      }
    }
    pieces.push(bytes.subarray(start, end));
    length += size;
    at = end;
    if (whole === 0 && length >= MESSAGE_HEADER) {
      whole = MESSAGE_HEADER + u24(joined(pieces, length), 1);
      if (whole > most) return undefined;
    }
    if (whole === 0 || length < whole) continue;
    if (length > whole) return undefined; // something else in the same record
    const message = joined(pieces, length);
    const hello = parseMessage(message, 0, message.length);
    if (hello === undefined) return undefined;
    // Node's own parser reads only the first record, and would never ask for the session.
    const split = pieces.length > 1 && bytes.length === end && length <= RECORD_MAX;
    return { hello, joined: split ? inOneRecord(bytes, message) : undefined };
  }
  return undefined;
}

function inOneRecord(bytes: Uint8Array, message: Uint8Array): Buffer {
  const record = Buffer.alloc(RECORD_HEADER + message.length);
  record.set(bytes.subarray(0, 3));
  record[3] = message.length >> 8;
  record[4] = message.length & 0xff;
  record.set(message, RECORD_HEADER);
  return record;
}

function joined(pieces: Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** The message of a ClientHello from `from` to `to`, whole, its type and length included. */
function parseMessage(bytes: Uint8Array, from: number, to: number): Hello | undefined {
  let at = from + MESSAGE_HEADER;
  if (to < at + 2 + 32 + 1) return undefined;
  if (bytes[at] !== 3) return undefined;
  at += 2 + 32;
  const idLength = bytes[at] as number;
  if (idLength > ID_BYTES) return undefined;
  at += 1 + idLength;
  if (to < at + 2) return undefined;
  at += 2 + u16(bytes, at); // cipher suites
  if (to < at + 1) return undefined;
  at += 1 + (bytes[at] as number); // compression methods
  if (at === to) {
    return { tls13: false, psk: undefined, tickets: false, servername: '' };
  }
  if (to < at + 2 || at + 2 + u16(bytes, at) !== to) return undefined;
  return parseExtensions(bytes, at + 2, to);
}

function parseExtensions(bytes: Uint8Array, from: number, to: number): Hello | undefined {
  let at = from;
  let tls13: boolean | undefined;
  let isPskUsable: boolean | undefined;
  let psk: Uint8Array | null | undefined;
  let tickets = false;
  let servername: string | undefined;
  while (at < to) {
    if (to < at + 4) return undefined;
    const type = u16(bytes, at);
    const start = at + 4;
    const end = start + u16(bytes, at + 2);
    if (end > to) return undefined;
    if (type === SERVER_NAME) {
      if (servername !== undefined) return undefined;
      servername = readServername(bytes, start, end);
      if (servername === undefined) return undefined;
    } else if (type === SUPPORTED_VERSIONS) {
      if (tls13 !== undefined) return undefined;
      tls13 = readVersions(bytes, start, end);
      if (tls13 === undefined) return undefined;
    } else if (type === PSK_KEY_EXCHANGE_MODES) {
      if (isPskUsable !== undefined) return undefined;
      isPskUsable = readModes(bytes, start, end);
      if (isPskUsable === undefined) return undefined;
    } else if (type === PRE_SHARED_KEY) {
      if (psk !== undefined || end !== to) return undefined; // once, and last
      psk = readIdentities(bytes, start, end);
      if (psk === undefined) return undefined;
    } else if (type === SESSION_TICKET) {
      tickets = true;
    }
    at = end;
  }
  return {
    tls13: tls13 ?? false,
    psk: isPskUsable ? (psk ?? undefined) : undefined,
    tickets,
    servername: servername ?? '',
  };
}

/** The name read last: most hellos repeat it, and then no string needs to be made. */
let lastName = '';

/** The host name of a list with exactly one name; undefined if the list is malformed. */
function readServername(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start < 5 || start + 2 + u16(bytes, start) !== end) return undefined;
  if (bytes[start + 2] !== 0) return undefined; // not a host name
  const from = start + 5;
  const to = from + u16(bytes, start + 3);
  if (to !== end || to === from || to - from > 255) return undefined;
  if (isText(bytes, from, to, lastName)) return lastName;
  let name = '';
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    if (byte === 0 || byte > 0x7e) return undefined;
    name += String.fromCharCode(byte);
  }
  lastName = name;
  return name;
}

function isText(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text.charCodeAt(i)) return false;
  return true;
}

function readVersions(bytes: Uint8Array, start: number, end: number): boolean | undefined {
  if (end === start) return undefined;
  const size = bytes[start] as number;
  if (start + 1 + size !== end || size === 0 || size % 2 === 1) return undefined;
  for (let at = start + 1; at < end; at += 2) if (u16(bytes, at) === TLS1_3) return true;
  return false;
}

/** Whether the modes in which a client uses a PSK include the one that OpenSSL takes. */
function readModes(bytes: Uint8Array, start: number, end: number): boolean | undefined {
  if (end === start || start + 1 + (bytes[start] as number) !== end) return undefined;
  for (let at = start + 1; at < end; at++) if (bytes[at] === PSK_DHE_KE) return true;
  return false;
}

/**
 * The first identity of 32 bytes; null without one. OpenSSL does not ask for identities of other
 * lengths, and Node answers OpenSSL's first request with whatever session was loaded, so that the
 * binder would not fit the session of any other identity.
 */
function readIdentities(
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array | null | undefined {
  if (end - start < 2) return undefined;
  const stop = start + 2 + u16(bytes, start);
  if (stop + 2 > end || stop === start + 2) return undefined;
  let first: Uint8Array | null = null; // a copy, or it would keep all of the connection's first bytes
  let at = start + 2;
  while (at < stop) {
    if (at + 2 > stop) return undefined;
    const from = at + 2;
    const to = from + u16(bytes, at);
    if (to === from || to + 4 > stop) return undefined;
    if (to - from === ID_BYTES) first ??= copyFrom(bytes, from);
    at = to + 4; // the obfuscated age
  }
  return stop + 2 + u16(bytes, stop) === end ? first : undefined; // the binders
}

/** `ID_BYTES` bytes: a loop, for a view and a copy are two objects that take longer to make. */
function copyFrom(bytes: Uint8Array, from: number): Uint8Array {
  const copy = new Uint8Array(ID_BYTES);
  for (let i = 0; i < ID_BYTES; i++) copy[i] = bytes[from + i] as number;
  return copy;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function u24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 16) | u16(bytes, at + 1);
}
