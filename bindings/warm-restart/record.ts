// Sessions as bytes, one after the other. Numbers are big-endian:
//
//   0  u16  protocol version       2  u8  flags: 1 = extended master secret, 2 = times are i64
//   3  u8   length of the id       4  u8  length of the context
//   5  u8   number of tags         6  u16 length of the data
//   8  f64  time                  16  f64 timeout                 24  f64 authTime
//  32  id, context, each tag behind its length (u8), data

import { fromBigint, sameBytes, type Seconds } from '../checks.ts';
import { DATA_MAX, NAME_MAX, type LocatedSession, TAGS_MAX } from '../cache/internal.ts';

const EXTENDED_MASTER_SECRET = 1;
const WIDE = 2;
const FIXED = 32;
const NO_TAGS: readonly Uint8Array[] = Object.freeze([]);
/** Fewer bytes than this are copied one by one, which is faster than through a view. */
const FEW = 64;

/** An array of records, with one DataView for all of them. */
export class Records {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length); // of a Buffer too
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /**
   * Writes a session. Returns where it ends; 0: there is no room, and nothing was written.
   *
   * @throws RangeError if its version is none of TLS: it has more than 16 bits.
   */
  write(start: number, session: LocatedSession): number {
    const { bytes } = this;
    const view = this.#view;
    const { protocolVersion, idLength, contextLength, dataLength, tags } = session;
    const { time, timeout, authTime } = session;
    let length = FIXED + idLength + contextLength + dataLength;
    for (const tag of tags) length += 1 + tag.length;
    if (start + length > bytes.length) return 0;
    if (protocolVersion > 0xffff) {
      throw new RangeError(`a session of version ${protocolVersion} cannot be saved`);
    }
    const isWide = typeof time !== 'number' || typeof timeout !== 'number' || typeof authTime !== 'number'; // prettier-ignore
    view.setUint16(start, protocolVersion);
    bytes[start + 2] =
      (session.extendedMasterSecret ? EXTENDED_MASTER_SECRET : 0) | (isWide ? WIDE : 0);
    bytes[start + 3] = idLength;
    bytes[start + 4] = contextLength;
    bytes[start + 5] = tags.length;
    view.setUint16(start + 6, dataLength);
    writeSeconds(view, start + 8, time, isWide);
    writeSeconds(view, start + 16, timeout, isWide);
    writeSeconds(view, start + 24, authTime, isWide);
    const { bytes: from } = session;
    let at = start + FIXED;
    at = copy(bytes, at, from, session.idAt, idLength);
    at = copy(bytes, at, from, session.contextAt, contextLength);
    for (const tag of tags) {
      bytes[at] = tag.length;
      at = copy(bytes, at + 1, tag, 0, tag.length);
    }
    return copy(bytes, at, from, session.dataAt, dataLength);
  }

  /**
   * Reads a record into `session`. Returns where the next one begins, or 0 if it is malformed:
   * another version of the package may have written it.
   */
  read(start: number, session: LocatedSession): number {
    const { bytes } = this;
    const view = this.#view;
    if (start + FIXED > bytes.length) return 0;
    const flags = bytes[start + 2]!;
    const idLength = bytes[start + 3]!;
    const contextLength = bytes[start + 4]!;
    const tagCount = bytes[start + 5]!;
    const dataLength = view.getUint16(start + 6);
    if (
      flags > (EXTENDED_MASTER_SECRET | WIDE) ||
      idLength === 0 ||
      idLength > NAME_MAX ||
      contextLength > NAME_MAX ||
      tagCount > TAGS_MAX ||
      dataLength > DATA_MAX
    ) {
      return 0;
    }
    const tagsAt = start + FIXED + idLength + contextLength;
    const dataAt = tagCount === 0 ? tagsAt : this.#readTags(tagsAt, tagCount, session);
    if (dataAt === 0 || dataAt + dataLength > bytes.length) return 0;
    if (tagCount === 0) session.tags = NO_TAGS;
    const isWide = (flags & WIDE) !== 0;
    session.bytes = bytes;
    session.idAt = start + FIXED;
    session.idLength = idLength;
    session.contextAt = session.idAt + idLength;
    session.contextLength = contextLength;
    session.dataAt = dataAt;
    session.dataLength = dataLength;
    session.protocolVersion = view.getUint16(start);
    session.extendedMasterSecret = (flags & EXTENDED_MASTER_SECRET) !== 0;
    session.time = readSeconds(view, start + 8, isWide);
    session.timeout = readSeconds(view, start + 16, isWide);
    session.authTime = readSeconds(view, start + 24, isWide);
    if (!isWide && !areWhole(session)) return 0;
    return dataAt + dataLength;
  }

  /** Returns where the tags end, or 0 if they are malformed. */
  #readTags(start: number, count: number, session: LocatedSession): number {
    const { bytes } = this;
    const tags: Uint8Array[] = [];
    let at = start;
    while (tags.length < count) {
      const length = bytes[at] ?? 0;
      const tag = bytes.subarray(at + 1, at + 1 + length);
      if (length === 0 || length > NAME_MAX || tag.length !== length) return 0;
      if (tags.some((other) => sameBytes(other, tag))) return 0;
      tags.push(tag);
      at += 1 + length;
    }
    session.tags = tags;
    return at;
  }
}

function areWhole({ time, timeout, authTime }: LocatedSession): boolean {
  return Number.isSafeInteger(time) && Number.isSafeInteger(timeout) && Number.isSafeInteger(authTime); // prettier-ignore
}

/** Returns where the copy ends. */
function copy(to: Uint8Array, at: number, from: Uint8Array, start: number, length: number): number {
  if (length <= FEW) for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
  else to.set(from.subarray(start, start + length), at);
  return at + length;
}

function writeSeconds(view: DataView, at: number, seconds: Seconds, isWide: boolean): void {
  if (isWide) view.setBigInt64(at, BigInt(seconds));
  else view.setFloat64(at, seconds as number);
}

function readSeconds(view: DataView, at: number, isWide: boolean): Seconds {
  return isWide ? fromBigint(view.getBigInt64(at)) : view.getFloat64(at);
}
