// Converts forge's sessions to bytes and back:
//
//   0        1      2       3       4             5     6           7..8         9
//   format   role   major   minor   compression   prf   id length   peer length  master secret (48)
//   57: id, peer, check (4)
//
// The bytes contain only what forge needs to resume. It derives new keys, and takes the parameters
// of the cipher from the negotiated suite.

import type { Role } from '../index.ts';
import { describe, sameBytes } from '../checks.ts';
import type { ForgeSecurityParameters, ForgeSession } from './types.ts';

const FORMAT = 1;
const SECRET_AT = 9;
const SECRET_BYTES = 48;
const ID_AT = SECRET_AT + SECRET_BYTES;
const CHECK_BYTES = 4;
const ID_MAX = 32;
/** forge.tls.ConnectionEnd */
const ENTITIES: Record<Role, number> = { server: 0, client: 1 };

/** A session is passed to forge only if it matches these. */
export interface Expected {
  role: Role;
  /** Undefined: any. */
  id: Uint8Array | undefined;
  /** Empty on servers. */
  peer: Uint8Array;
  protocolVersion: number;
}

/** A session that forge has established, or whose connection it closes. */
interface Established {
  id: Uint8Array;
  protocolVersion: number;
  /** New bytes with the master secret in them: overwrite them when done. */
  data: Uint8Array;
}

/** The bytes of one of forge's strings; undefined if `value` is not such a string. */
export function bytesOf(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return undefined;
    bytes[i] = code;
  }
  return bytes;
}

/** Reads forge's session. Undefined: it has no id, no master secret, or is not forge's. */
export function encode(session: unknown, role: Role, peer: Uint8Array): Established | undefined {
  const { id: text, version, sp } = (session ?? {}) as Partial<ForgeSession>;
  const id = bytesOf(text);
  if (!id || id.length === 0 || id.length > ID_MAX || !isVersion(version)) return undefined;
  if (typeof sp !== 'object' || sp === null) return undefined;
  const { compression_algorithm: compression, prf_algorithm: prf, master_secret: secret } = sp;
  if (!isByte(compression) || !isByte(prf) || secret?.length !== SECRET_BYTES) return undefined;

  const end = ID_AT + id.length + peer.length;
  const data = new Uint8Array(end + CHECK_BYTES);
  const { major, minor } = version;
  data.set([FORMAT, ENTITIES[role], major, minor, compression, prf, id.length]);
  data[7] = peer.length >> 8;
  data[8] = peer.length;
  // Byte by byte: so the only copies of the secret are forge's own string and this array.
  for (let i = 0; i < SECRET_BYTES; i++) data[SECRET_AT + i] = secret.charCodeAt(i);
  data.set(id, ID_AT);
  data.set(peer, ID_AT + id.length);
  new DataView(data.buffer).setUint32(end, check(data.subarray(0, end)));
  return { id, protocolVersion: (major << 8) | minor, data };
}

/**
 * A new session for forge, which its connection may change. Undefined if the bytes are not a
 * session, or not the expected one.
 */
export function decode(data: Uint8Array, expected: Expected): ForgeSession | undefined {
  const end = data.length - CHECK_BYTES;
  if (end <= ID_AT || data[0] !== FORMAT) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const peerAt = ID_AT + data[6]!;
  if (peerAt + view.getUint16(7) !== end) return undefined;
  if (view.getUint32(end) !== check(data.subarray(0, end))) return undefined;

  const id = data.subarray(ID_AT, peerAt);
  const entity = ENTITIES[expected.role];
  const fits =
    data[1] === entity &&
    view.getUint16(2) === expected.protocolVersion &&
    (expected.id === undefined || sameBytes(id, expected.id)) &&
    sameBytes(data.subarray(peerAt, end), expected.peer);
  if (!fits) return undefined;
  const secret = String.fromCharCode(...data.subarray(SECRET_AT, ID_AT));
  return {
    id: String.fromCharCode(...id),
    version: { major: data[2]!, minor: data[3]! },
    sp: parameters(entity, data[4]!, data[5]!, secret),
  };
}

/** The same as `tls.createSecurityParameters` of forge. */
function parameters(
  entity: number,
  compression: number,
  prf: number,
  secret: string,
): ForgeSecurityParameters {
  return {
    entity,
    prf_algorithm: prf,
    bulk_cipher_algorithm: null,
    cipher_type: null,
    enc_key_length: null,
    block_length: null,
    fixed_iv_length: null,
    record_iv_length: null,
    mac_algorithm: null,
    mac_length: null,
    mac_key_length: null,
    compression_algorithm: compression,
    pre_master_secret: null,
    master_secret: secret,
    client_random: null,
    // Without this, forge's server sends the random of the first handshake again. Since it would
    // never change, a resumed connection could be recorded and replayed (RFC 5246 F.1.4).
    server_random: String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))),
  };
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xff;
}

function isVersion(version: unknown): version is ForgeSession['version'] {
  if (describe(version) !== 'Object') return false;
  const { major, minor } = version as ForgeSession['version'];
  return major === 3 && isByte(minor);
}

/** FNV-1a. Detects damaged bytes. To detect forged ones, a store has to authenticate them. */
function check(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
