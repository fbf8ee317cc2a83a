// Sessions as bytes, one after the other. Numbers are big-endian:
//
//   0  u16  protocol version       2  u8  flags: 1 = extended master secret, 2 = times are i64
//   3  u8   length of the id       4  u8  length of the context
//   5  u8   number of tags         6  u16 length of the data
//   8  f64  time                  16  f64 timeout                 24  f64 authTime
//  32  id, context, each tag behind its length (u8), data

import { sameBytes, type Seconds } from '../checks.ts';
import { type CachedSession, DATA_MAX, NAME_MAX, TAGS_MAX } from '../cache/internal.ts';

const EXTENDED_MASTER_SECRET = 1;
const WIDE = 2;
const FIXED = 32;

/** Writes a session. Returns where it ends; undefined: there is no room, and nothing was written. */
export function writeRecord(
  bytes: Buffer,
  start: number,
  session: CachedSession,
): number | undefined {
  const { id, sessionIdContext: context, tags, data, time, timeout, authTime } = session;
  let length = FIXED + id.length + context.length + data.length;
  for (const tag of tags) length += 1 + tag.length;
  if (start + length > bytes.length) return undefined;
  const isWide = typeof time !== 'number' || typeof timeout !== 'number' || typeof authTime !== 'number'; // prettier-ignore
  bytes.writeUInt16BE(session.protocolVersion, start);
  bytes[start + 2] =
    (session.extendedMasterSecret ? EXTENDED_MASTER_SECRET : 0) | (isWide ? WIDE : 0);
  bytes[start + 3] = id.length;
  bytes[start + 4] = context.length;
  bytes[start + 5] = tags.length;
  bytes.writeUInt16BE(data.length, start + 6);
  writeSeconds(bytes, start + 8, time, isWide);
  writeSeconds(bytes, start + 16, timeout, isWide);
  writeSeconds(bytes, start + 24, authTime, isWide);
  let at = start + FIXED;
  bytes.set(id, at);
  at += id.length;
  bytes.set(context, at);
  at += context.length;
  for (const tag of tags) {
    bytes[at] = tag.length;
    bytes.set(tag, at + 1);
    at += 1 + tag.length;
  }
  bytes.set(data, at);
  return at + data.length;
}

/** A session that was read, and where the next begins. All of it are views. */
export interface ReadRecord {
  session: CachedSession;
  end: number;
}

/** Reads a session; undefined if there is none: another version of the package wrote it. */
export function readRecord(bytes: Buffer, start: number): ReadRecord | undefined {
  if (start + FIXED > bytes.length) return undefined;
  const flags = bytes[start + 2]!;
  const [idLength, contextLength, tagCount] = [bytes[start + 3]!, bytes[start + 4]!, bytes[start + 5]!]; // prettier-ignore
  const dataLength = bytes.readUInt16BE(start + 6);
  if (
    flags > (EXTENDED_MASTER_SECRET | WIDE) ||
    idLength === 0 ||
    idLength > NAME_MAX ||
    contextLength > NAME_MAX ||
    tagCount > TAGS_MAX ||
    dataLength > DATA_MAX
  ) {
    return undefined;
  }
  const isWide = (flags & WIDE) !== 0;
  let at = start + FIXED;
  const id = bytes.subarray(at, (at += idLength));
  const sessionIdContext = bytes.subarray(at, (at += contextLength));
  const tags: Uint8Array[] = [];
  while (tags.length < tagCount) {
    const length = bytes[at] ?? 0;
    const tag = bytes.subarray(at + 1, at + 1 + length);
    if (length === 0 || length > NAME_MAX || tag.length !== length) return undefined;
    if (tags.some((other) => sameBytes(other, tag))) return undefined;
    tags.push(tag);
    at += 1 + length;
  }
  const end = at + dataLength;
  if (end > bytes.length) return undefined;
  const session: CachedSession = {
    id,
    data: bytes.subarray(at, end),
    protocolVersion: bytes.readUInt16BE(start),
    sessionIdContext,
    extendedMasterSecret: (flags & EXTENDED_MASTER_SECRET) !== 0,
    time: readSeconds(bytes, start + 8, isWide),
    timeout: readSeconds(bytes, start + 16, isWide),
    authTime: readSeconds(bytes, start + 24, isWide),
    tags,
  };
  return { session, end };
}

function writeSeconds(bytes: Buffer, at: number, seconds: Seconds, isWide: boolean): void {
  if (isWide) bytes.writeBigInt64BE(BigInt(seconds), at);
  else bytes.writeDoubleBE(seconds as number, at);
}

function readSeconds(bytes: Buffer, at: number, isWide: boolean): Seconds {
  return isWide ? bytes.readBigInt64BE(at) : bytes.readDoubleBE(at);
}
