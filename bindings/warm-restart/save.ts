// Sessions leave the cache, a frame of them at a time.

import { randomBytes } from 'node:crypto';
import { type CacheInternals, internalsOf } from '../cache/internal.ts';
import type { SessionCache } from '../index.ts';
import { END, ENDS, FrameWriter, RECORDS_AT, ringFor, SESSIONS, STREAM_BYTES } from './frames.ts';
import { checkCache, type Destination, readSettings, type SaveOptions, writerFor } from './options.ts'; // prettier-ignore
import { writeRecord } from './record.ts';
import { nextTurn } from './turn.ts';

/** What `saveSessions` did. */
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
 * ended, or a function, which is called with 65,536 bytes at a time and waited for. The event loop goes
 * round after each frame.
 *
 * Each session leaves the cache when it goes into a frame, so that this process can no longer resume
 * what another may: TLS 1.3 sessions are for one use. The remove callback is told `flushed`; a store
 * behind the cache keeps them. Application data does not go along. Sessions that are made meanwhile go
 * along too; so end the handshakes first: no longer listen, and wait for those under way.
 *
 * If it fails, sessions that are in no frame yet are still in the cache.
 *
 * @throws TypeError or RangeError naming the argument that is wrong, and what the destination throws.
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
  const internals = internalsOf(checkCache(cache)).open();
  const write = writerFor(destination);
  const { keys, binding } = readSettings(options);
  const report: SaveReport = { saved: 0, expired: 0, bytes: 0 };
  const ring = ringFor(keys);
  const frames = new FrameWriter(ring, randomBytes(STREAM_BYTES), binding, Date.now());
  const send = async (kind: number, count: number, all: number): Promise<void> => {
    const frame = frames.seal(kind, count, all);
    report.bytes += frame.length;
    await write(frame);
    await nextTurn();
  };
  try {
    for (;;) {
      const count = fill(internals.open(), frames.plain, report);
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

/** Moves sessions from the cache into a frame, until it is full. Returns how many. */
function fill(internals: CacheInternals, plain: Buffer, report: SaveReport): number {
  const now = internals.now();
  let count = 0;
  let at = RECORDS_AT;
  // Those that have expired cost a turn too.
  for (let budget = 512; budget > 0; budget--) {
    const wasTaken = internals.drainNext((session) => {
      if (Number(session.time) + Number(session.timeout) < now) {
        report.expired++;
        return true;
      }
      const end = writeRecord(plain, at, session);
      if (end === undefined) return false;
      at = end;
      count++;
      return true;
    });
    if (!wasTaken) break;
    if (count === 0) budget = 512; // an empty frame would end the stream
  }
  return count;
}
