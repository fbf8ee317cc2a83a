// The messages between processes, before they are sealed: the sender (8 bytes), then removals, each
// a kind (u8) and
//
//   1  a session:  protocol version (u32), id behind its length (u8)
//   2  a tag:      when it was revoked, ms since the epoch (u64), tag behind its length (u8)

import { copyOf } from '../checks.ts';
import { NAME_MAX } from '../cache/internal.ts';

export const SENDER_BYTES = 8;

const SESSION = 1;
const TAG = 2;

/** A session, or all sessions of a tag, that must not be resumed any more. */
export type Removal =
  | { readonly version: number; readonly id: Uint8Array }
  | { readonly tag: Uint8Array; readonly revoked: number };

export function encodeRemoval(removal: Removal): Buffer {
  if ('id' in removal) {
    const head = Buffer.allocUnsafe(6);
    head[0] = SESSION;
    head.writeUInt32BE(removal.version, 1);
    head[5] = removal.id.length;
    return Buffer.concat([head, removal.id]);
  }
  const head = Buffer.allocUnsafe(10);
  head[0] = TAG;
  head.writeBigUInt64BE(BigInt(removal.revoked), 1);
  head[9] = removal.tag.length;
  return Buffer.concat([head, removal.tag]);
}

/** The removals of a message, copied; undefined if it is malformed. */
export function decodeRemovals(message: Buffer): Removal[] | undefined {
  const removals: Removal[] = [];
  let at = SENDER_BYTES;
  if (message.length < at) return undefined;
  while (at < message.length) {
    const kind = message[at];
    const nameAt = at + (kind === SESSION ? 6 : 10);
    const length = message[nameAt - 1] ?? 0;
    const name = copyOf(message.subarray(nameAt, nameAt + length));
    if (length === 0 || length > NAME_MAX || name.length !== length) return undefined;
    if (kind === SESSION) {
      removals.push({ version: message.readUInt32BE(at + 1), id: name });
    } else if (kind === TAG) {
      const revoked = Number(message.readBigUInt64BE(at + 1));
      if (!Number.isSafeInteger(revoked)) return undefined;
      removals.push({ tag: name, revoked });
    } else {
      return undefined;
    }
    at = nameAt + length;
  }
  return removals;
}
