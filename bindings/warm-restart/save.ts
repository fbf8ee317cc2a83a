// Moves the sessions of a cache into a stream, one frame at a time.

import { randomBytes } from 'node:crypto';
import { type CacheInternals, internalsOf, LocatedSession } from '../cache/internal.ts';
import type { SessionCache } from '../index.ts';
import { END, ENDS, FrameWriter, RECORDS_AT, ringFor, SESSIONS, STREAM_BYTES } from './frames.ts';
import { checkCache, type Destination, readSettings, readSignal, type SaveOptions, untilAborted, writerFor } from './options.ts'; // prettier-ignore
import type { Records } from './record.ts';
import { BATCH, Turns } from './turn.ts';

/** The result of `saveSessions`. */
export interface SaveReport {
  /** Sessions that were handed over. */
  saved: number;
  /** Sessions that had expired: they were dropped. */
  expired: number;
  /** Bytes of the stream. */
  bytes: number;
}

/**
 * *Experimental.* Moves all sessions of a cache to `destination`, as a stream that is encrypted and
 * authenticated frame by frame (XAES-256-GCM, as in `sesscache/external`): a Writable, which is not
 * ended, or a function, which is called with 65,536 bytes at a time and waited for. The event loop
 * goes round after each frame, and after 1 ms.
 *
 * Each session leaves the cache when it is written, so that this process cannot resume a session
 * that another may: TLS 1.3 sessions are for single use. The remove callback is called with cause
 * `flushed`; an external store keeps its copies. Application data is not saved. Sessions made
 * during the call are saved too; so end the handshakes first: no longer listen, and wait for those
 * under way.
 *
 * If it fails, or `signal` ends it, sessions that are in no frame yet are still in the cache.
 *
 * @throws TypeError or RangeError naming the argument that is wrong; what the destination or the
 *   signal throws.
 *
 * @example
 * ```js
 * await saveSessions(cache, socket, { keys, binding });
 * socket.end();
 * ```
 */
export async function saveSessions(
  cache: SessionCache,
  destination: Destination,
  options: SaveOptions,
): Promise<SaveReport> {
  const internals = internalsOf(checkCache(cache)).alone().open();
  const write = writerFor(destination);
  const { keys, binding } = readSettings(options);
  const signal = readSignal(options);
  signal?.throwIfAborted();
  const report: SaveReport = { saved: 0, expired: 0, bytes: 0 };
  const ring = ringFor(keys);
  const frames = new FrameWriter(ring, randomBytes(STREAM_BYTES), binding, Date.now());
  const turns = new Turns();
  const send = async (kind: number, count: number, all: number): Promise<void> => {
    const frame = frames.seal(kind, count, all);
    report.bytes += frame.length;
    await untilAborted(signal, () => write(frame));
    await turns.next();
  };
  try {
    for (;;) {
      const count = await fill(internals, frames.records, turns, report);
      if (count === 0) break;
      await send(SESSIONS, count, 0);
      report.saved += count;
    }
    const all = frames.count + ENDS;
    for (let i = 0; i < ENDS; i++) await send(END, report.saved, all);
    return report;
  } finally {
    frames.wipe();
    ring.destroy();
  }
}

/** Moves sessions from the cache into a frame, in turns, until it is full. Returns how many. */
async function fill(
  internals: CacheInternals,
  records: Records,
  turns: Turns,
  report: SaveReport,
): Promise<number> {
  const session = new LocatedSession();
  let now = internals.open().now();
  let count = 0;
  let at = RECORDS_AT;
  const take = (): boolean => {
    if (Number(session.time) + Number(session.timeout) < now) {
      report.expired++;
      return true;
    }
    const end = records.write(at, session);
    if (end === 0) return false;
    at = end;
    count++;
    return true;
  };
  for (let i = 1; internals.drainNext(session, take); i++) {
    if (i % BATCH === 0 && turns.isOver) {
      await turns.next();
      now = internals.open().now();
    }
  }
  return count;
}
