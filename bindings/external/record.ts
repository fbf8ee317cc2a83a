// A session as the bytes that are sealed. Version 1, numbers big-endian:
//
//   0  u8   1
//   1  u8   flags: 1 = extended master secret, 2 = guarded: written by `add`, over no tombstone
//   2  u8   length of the context, 0..32
//   3  u8   number of tags, 0..8
//   4  i64  time          12  i64  timeout          20  i64  authTime
//  28  u64  when this was written, ms since the epoch, on the cache's clock
//  36  context, then each tag behind its length (u8, 1..32), then the session's data to the end
//
// Id, protocol version and namespace are not in it: the seal is bound to them.

import { copyOf, fromBigint, sameBytes, type Seconds } from '../checks.ts';
import { authTimeOf as startOf, DATA_MAX, makeSession, NAME_MAX, TAGS_MAX } from '../cache/internal.ts'; // prettier-ignore
import type { Session } from '../index.ts';

const VERSION = 1;
const EXTENDED_MASTER_SECRET = 1;
const GUARDED = 2;
const FIXED = 36;

/** Size of the largest record. */
export const RECORD_MAX = FIXED + NAME_MAX + TAGS_MAX * (1 + NAME_MAX) + DATA_MAX;

/** A record as it was read. */
export interface SessionRecord {
  extendedMasterSecret: boolean;
  /**
   * Whether it was stored with `add`, under a name without a value: the session had not been
   * removed.
   */
  guarded: boolean;
  context: Uint8Array;
  tags: readonly Uint8Array[];
  time: Seconds;
  timeout: Seconds;
  authTime: Seconds;
  /** When it was written, ms since the epoch, on the cache's clock. */
  written: number;
  data: Uint8Array;
}

/** The record of a session. It contains secrets: the caller overwrites it. */
export function encodeSessionRecord(session: Session, written: number, guarded: boolean): Buffer {
  const { data, tags, sessionIdContext: context } = session;
  const tagBytes = tags.reduce((sum, tag) => sum + 1 + tag.length, 0);
  const record = Buffer.allocUnsafeSlow(FIXED + context.length + tagBytes + data.length);
  record[0] = VERSION;
  record[1] = (session.extendedMasterSecret ? EXTENDED_MASTER_SECRET : 0) | (guarded ? GUARDED : 0);
  record[2] = context.length;
  record[3] = tags.length;
  record.writeBigInt64BE(BigInt(session.time), 4);
  record.writeBigInt64BE(BigInt(session.timeout), 12);
  record.writeBigInt64BE(BigInt(startOf(session)), 20);
  record.writeBigUInt64BE(BigInt(written), 28);
  record.set(context, FIXED);
  let at = FIXED + context.length;
  for (const tag of tags) {
    record[at] = tag.length;
    record.set(tag, at + 1);
    at += 1 + tag.length;
  }
  record.set(data, at);
  return record;
}

/** Reads a record; undefined if it is malformed. The result shares no bytes with it. */
export function decodeSessionRecord(record: Buffer): SessionRecord | undefined {
  if (record.length < FIXED || record.length > RECORD_MAX || record[0] !== VERSION)
    return undefined;
  const [flags, contextLength, tagCount] = [record[1]!, record[2]!, record[3]!];
  if (
    flags > (EXTENDED_MASTER_SECRET | GUARDED) ||
    contextLength > NAME_MAX ||
    tagCount > TAGS_MAX
  ) {
    return undefined;
  }
  let at = FIXED + contextLength;
  const context = copyOf(record.subarray(FIXED, at));
  if (context.length !== contextLength) return undefined;
  const tags: Uint8Array[] = [];
  while (tags.length < tagCount) {
    const length = record[at] ?? 0;
    const tag = copyOf(record.subarray(at + 1, at + 1 + length));
    if (length === 0 || length > NAME_MAX || tag.length !== length) return undefined;
    if (tags.some((other) => sameBytes(other, tag))) return undefined;
    tags.push(tag);
    at += 1 + length;
  }
  if (record.length - at > DATA_MAX) return undefined;
  const written = Number(record.readBigUInt64BE(28));
  if (!Number.isSafeInteger(written)) return undefined;
  return {
    extendedMasterSecret: (flags & EXTENDED_MASTER_SECRET) !== 0,
    guarded: (flags & GUARDED) !== 0,
    context,
    tags,
    time: fromBigint(record.readBigInt64BE(4)),
    timeout: fromBigint(record.readBigInt64BE(12)),
    authTime: fromBigint(record.readBigInt64BE(20)),
    written,
    data: copyOf(record.subarray(at)),
  };
}

/**
 * Time of a session's full handshake, ms since the epoch. Only the second is known: a session that
 * was written in that second counts as made by that handshake, any other gets the beginning of the
 * second.
 */
export function authTimeInMs(authTime: Seconds, written: number): number {
  const start = Number(authTime) * 1000;
  return start + 1000 > written ? written : start;
}

/**
 * Makes the session of a record, and takes ownership of the record. Its absolute lifetime begins
 * where it began, or now if that is ahead of `now`.
 */
export function sessionFrom(
  record: SessionRecord,
  id: Uint8Array,
  version: number,
  now: number,
): Session {
  const { data, context, time, timeout, tags, extendedMasterSecret } = record;
  const authTime = record.authTime > now ? now : record.authTime;
  return makeSession({
    id: copyOf(id),
    data,
    protocolVersion: version,
    sessionIdContext: context,
    extendedMasterSecret,
    time,
    timeout,
    authTime: authTime < time ? authTime : time,
    tags,
  });
}
