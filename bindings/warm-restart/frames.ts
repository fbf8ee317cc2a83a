// A stream of sessions is frames of one size, so that damage in one leaves the others where they
// are. Each is sealed by itself (XAES-256-GCM, as in sesscache/external), bound to its stream, its
// place in it and what the caller binds it to:
//
//   0  8    "SESSCWR1"
//   8  16   stream: random
//  24  u32  index of the frame
//  28       sealed, to the end:
//           0  u8   kind: 1 sessions, 2 end
//           1  u32  number of sessions: of this frame, or of all
//           5  u32  of an end: number of frames, this and all others
//           9  f64  when the stream was begun, ms since the epoch
//          17       records (record.ts), then zeros
//
// The end stands there twice, or damage to it would lose all.

import { hkdfSync } from 'node:crypto';
import { SEAL_BYTES } from '../external/sealers.ts';
import { KeyRing } from '../external/key-ring.ts';
import { Records } from './record.ts';

export const FRAME_BYTES = 65_536;
export const STREAM_BYTES = 16;
export const SESSIONS = 1;
export const END = 2;
/** How many copies of the end are written. */
export const ENDS = 2;

const MAGIC = Buffer.from('SESSCWR1', 'latin1');
const STREAM_AT = MAGIC.length;
const INDEX_AT = STREAM_AT + STREAM_BYTES;
const SEALED_AT = INDEX_AT + 4;
/** Where the records of a frame begin. */
export const RECORDS_AT = 17;
const PLAIN_BYTES: number = FRAME_BYTES - SEALED_AT - SEAL_BYTES;

/** The head of a frame. */
export interface FrameHead {
  kind: number;
  count: number;
  frames: number;
  created: number;
}

/** A ring of keys derived from the caller's, which seal nothing else. */
export function ringFor(keys: readonly Uint8Array[]): KeyRing {
  const copies = keys.map((key) =>
    Buffer.from(hkdfSync('sha256', key, '', 'sesscache/warm-restart v1', 32)),
  );
  const ring = new KeyRing(copies);
  for (const key of copies) key.fill(0);
  return ring;
}

/** Seals frames of one stream. */
export class FrameWriter {
  readonly #ring: KeyRing;
  readonly #stream: Uint8Array;
  readonly #binding: Uint8Array;
  readonly #created: number;
  readonly #plain: Buffer = Buffer.alloc(PLAIN_BYTES);
  /** The bytes of the present frame. Records begin at `RECORDS_AT`; sealing wipes them. */
  readonly records: Records = new Records(this.#plain);
  #index = 0;

  constructor(ring: KeyRing, stream: Uint8Array, binding: Uint8Array, created: number) {
    this.#ring = ring;
    this.#stream = stream;
    this.#binding = binding;
    this.#created = created;
  }

  /** Number of frames that have been sealed. */
  get count(): number {
    return this.#index;
  }

  seal(kind: number, count: number, frames: number): Buffer {
    const plain = this.#plain;
    plain[0] = kind;
    plain.writeUInt32BE(count, 1);
    plain.writeUInt32BE(frames, 5);
    plain.writeDoubleBE(this.#created, 9);
    const head = Buffer.allocUnsafe(SEALED_AT);
    head.set(MAGIC);
    head.set(this.#stream, STREAM_AT);
    head.writeUInt32BE(this.#index++, INDEX_AT);
    const sealed = this.#ring.seal(Buffer.concat([head, this.#binding]), plain);
    plain.fill(0);
    return Buffer.concat([head, sealed]);
  }

  wipe(): void {
    this.#plain.fill(0);
  }
}

/** The stream and the index of a frame, and a copy of its contents, which the caller wipes. */
interface OpenedFrame {
  stream: Buffer;
  index: number;
  head: FrameHead;
  plain: Buffer;
}

/**
 * Opens a frame, or says why it cannot: it is none, or it was altered or sealed with another key.
 */
export function openFrame(
  ring: KeyRing,
  binding: Uint8Array,
  frame: Buffer,
): OpenedFrame | 'format' | 'seal' {
  if (!frame.subarray(0, STREAM_AT).equals(MAGIC)) return 'format';
  const aad = Buffer.concat([frame.subarray(0, SEALED_AT), binding]);
  const opened = ring.open(aad, frame.subarray(SEALED_AT));
  if (typeof opened === 'string') return 'seal';
  const { plain } = opened;
  return {
    stream: Buffer.from(frame.subarray(STREAM_AT, INDEX_AT)),
    index: frame.readUInt32BE(INDEX_AT),
    head: {
      kind: plain[0]!,
      count: plain.readUInt32BE(1),
      frames: plain.readUInt32BE(5),
      created: plain.readDoubleBE(9),
    },
    plain,
  };
}

/** Splits the bytes of a source into frames. */
export class FrameCutter {
  readonly #frame: Buffer = Buffer.alloc(FRAME_BYTES);
  #length = 0;

  /** Calls `each` with each whole frame, one at a time. The buffer is reused. */
  async add(chunk: Uint8Array, each: (frame: Buffer) => Promise<void>): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + FRAME_BYTES - this.#length);
      this.#frame.set(piece, this.#length);
      this.#length += piece.length;
      at += piece.length;
      if (this.#length < FRAME_BYTES) return;
      this.#length = 0;
      await each(this.#frame);
    }
  }

  /** Bytes that do not make a whole frame. */
  get rest(): number {
    return this.#length;
  }
}
