// Exports the sessions of a client as sealed bytes, for another process, and imports them.

import { DATA_MAX } from '../../cache/internal.ts';
import { checkInteger } from '../../checks.ts';
import { peekOrNothing } from '../../tls/session-peek.ts';
import { ImportError } from '../errors.ts';
import { isLocalKey, KEY_BYTES } from '../key/bytes.ts';
import { open, seal, type SealKey } from './seal.ts';
import type { SlotEntry, Slots } from './slots.ts';

const DAY = 86_400;
const WEEK = 7 * DAY;
/** Seconds by which the clock of the machine that exported may be ahead. */
const SKEW = 60;
/**
 * Key, version, time, timeout, time of the full handshake, length of the family, of the session.
 */
const FIXED_BYTES = KEY_BYTES + 2 + 3 * 8 + 1 + 2;
const FAMILY_MAX = 32;
/** Number of imports that the process remembers, so as to refuse a second import. */
const SEEN_MAX = 4096;

/** Nonces of imports, and the deadlines after which they may be forgotten. */
const seen = new Map<string, number>();

/** A session with its key. */
export interface KeyedEntry {
  key: Uint8Array;
  entry: SlotEntry;
}

export interface AgeOptions {
  /** Maximum seconds from export to import, 1 to 604,800. Default: 86,400 (RFC 5246 F.1.4). */
  maxAge?: number | undefined;
}

export function checkAge({ maxAge = DAY }: AgeOptions): number {
  return checkInteger(maxAge, 'maxAge', 1, WEEK);
}

/**
 * Seals the sessions whose keys are valid in other processes. `moves`: removes tickets among them.
 */
export function exportFrom(slots: Slots, key: SealKey, maxAge: number, moves: boolean): Buffer {
  const created = slots.now();
  const entries = slots.all().filter((keyed) => !isLocalKey(keyed.key));
  let last = created;
  for (const { entry } of entries) last = Math.max(last, entry.time + entry.timeout);
  const content = encode(entries);
  for (const { entry } of entries) entry.data.fill(0);
  let sealed: Buffer;
  try {
    sealed = seal(content, key, { created, deadline: Math.min(created + maxAge, last) });
  } finally {
    content.fill(0);
  }
  if (moves) for (const keyed of entries) slots.dropTickets(keyed.key);
  return sealed;
}

/**
 * Passes the sessions of an export to `restore`, oldest first: all, or none if anything is wrong.
 *
 * @throws ImportError
 */
export function importFrom(
  sealed: Uint8Array,
  key: SealKey,
  limits: { now: number; maxAge: number },
  restore: (key: Uint8Array, entry: SlotEntry) => void,
): void {
  const { now, maxAge } = limits;
  let forgetAfter = 0;
  const { content, nonce } = open(sealed, key, ({ created, deadline }) => {
    forgetAfter = Math.min(deadline, created + maxAge);
    return created <= now + SKEW && now <= forgetAfter;
  });
  try {
    const name = nonce.toString('latin1');
    if (seen.has(name)) {
      throw new ImportError('ERR_SESSCACHE_REPLAYED', 'these sessions have been imported before');
    }
    const entries = decode(content);
    remember(name, forgetAfter, now);
    for (const keyed of entries) restore(keyed.key, keyed.entry);
  } finally {
    content.fill(0);
  }
}

function remember(name: string, deadline: number, now: number): void {
  for (const [other, end] of seen) {
    if (end >= now && seen.size < SEEN_MAX) break;
    seen.delete(other);
  }
  seen.set(name, deadline);
}

function encode(entries: readonly KeyedEntry[]): Buffer {
  let length = 0;
  for (const { entry } of entries) length += FIXED_BYTES + entry.family.length + entry.data.length;
  const bytes = Buffer.alloc(length); // of its own, to be overwritten
  let at = 0;
  for (const { key, entry } of entries) {
    bytes.set(key, at);
    at = bytes.writeUInt16BE(entry.protocolVersion, at + KEY_BYTES);
    for (const seconds of [entry.time, entry.timeout, entry.authTime]) {
      at = bytes.writeBigUInt64BE(BigInt(seconds), at);
    }
    at = bytes.writeUInt8(entry.family.length, at);
    at = bytes.writeUInt16BE(entry.data.length, at);
    bytes.set(entry.family, at);
    bytes.set(entry.data, at + entry.family.length);
    at += entry.family.length + entry.data.length;
  }
  return bytes;
}

/** The sessions returned are views of `bytes`. */
function decode(bytes: Buffer): KeyedEntry[] {
  const entries: KeyedEntry[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < FIXED_BYTES) malformed();
    const fields = at + KEY_BYTES;
    const familyLength = bytes.readUInt8(fields + 26);
    const dataLength = bytes.readUInt16BE(fields + 27);
    const familyAt = at + FIXED_BYTES;
    const dataAt = familyAt + familyLength;
    const end = dataAt + dataLength;
    if (end > bytes.length || familyLength > FAMILY_MAX || dataLength > DATA_MAX) malformed();
    const keyed = {
      key: bytes.subarray(at, fields),
      entry: {
        data: bytes.subarray(dataAt, end),
        protocolVersion: bytes.readUInt16BE(fields),
        time: Number(bytes.readBigUInt64BE(fields + 2)),
        timeout: Number(bytes.readBigUInt64BE(fields + 10)),
        authTime: Number(bytes.readBigUInt64BE(fields + 18)),
        family: bytes.subarray(familyAt, dataAt),
      },
    };
    check(keyed);
    entries.push(keyed);
    at = end;
  }
  return entries;
}

/** The bytes were sealed by sesscache, but perhaps by another release. */
function check({ key, entry }: KeyedEntry): void {
  const { data, protocolVersion, time, timeout, authTime } = entry;
  if (
    isLocalKey(key) ||
    authTime > time ||
    timeout > WEEK ||
    time > Number.MAX_SAFE_INTEGER - WEEK
  ) {
    malformed();
  }
  if (peekOrNothing(data)?.protocolVersion !== protocolVersion) malformed();
}

function malformed(): never {
  throw new ImportError('ERR_SESSCACHE_FORMAT', 'encrypted by another version of the package');
}
