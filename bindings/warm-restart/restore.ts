// Adds the sessions of a stream to a cache, one frame at a time, and removes them again if the
// stream turns out to be incomplete.

import { type CacheInternals, internalsOf, LocatedSession } from '../cache/internal.ts';
import { wrongType } from '../checks.ts';
import type { KeyRing } from '../external/key-ring.ts';
import type { SessionCache } from '../index.ts';
import { RestoreError } from './errors.ts';
import { END, FrameCutter, type FrameHead, openFrame, RECORDS_AT, ringFor, SESSIONS } from './frames.ts'; // prettier-ignore
import { IdList } from './id-list.ts';
import { checkCache, iteratorOf, readMaxAge, readSettings, readSignal, type RestoreOptions, type Source, untilAborted } from './options.ts'; // prettier-ignore
import { Records } from './record.ts';
import { BATCH, Turns } from './turn.ts';

/** The result of `restoreSessions`. */
export interface RestoreReport {
  /** Sessions that are in the cache now. */
  restored: number;
  /** Sessions that had expired meanwhile. */
  expired: number;
  /**
   * Sessions that the cache has already, has no room for, or of which a tag was revoked meanwhile.
   */
  refused: number;
  /** Frames that were damaged: the sessions in them are lost, some 250 each. */
  damaged: number;
  /** Sessions that were saved. */
  saved: number;
}

/** Seconds by which the clock of the process that saved may be ahead. */
const SKEW = 60;
/** Most streams that the process remembers as restored. */
const SEEN_MAX = 4096;

const seen = new Set<string>();

/**
 * *Experimental.* Adds the sessions of a stream from `saveSessions` to a cache, with their
 * contexts, tags, times and the start of their absolute lifetime. They can be resumed as soon as
 * they are added, before the stream has ended; reads to the end of the source. The event loop goes
 * round after each frame, and after 1 ms.
 *
 * A frame that is damaged is left out, and the report counts it. A stream that is not whole is
 * refused, and what was added of it is removed again.
 *
 * The server needs the `namespace` and the settings that it had: a session resumes under no others.
 *
 * @throws RestoreError if the stream is cut, out of order, mixed from several, sealed under another
 *   key or for another binding, older than `maxAge`, or has been restored by this process; what the
 *   source or the signal throws; TypeError or RangeError naming the argument that is wrong.
 *
 * @example
 * ```js
 * await restoreSessions(cache, net.connect('/run/site/restart'), { keys, binding });
 * ```
 */
export async function restoreSessions(
  cache: SessionCache,
  source: Source,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const internals = internalsOf(checkCache(cache)).alone().open();
  const { keys, binding } = readSettings(options);
  const maxAge = readMaxAge(options);
  const signal = readSignal(options);
  const iterator = iteratorOf(source);
  const ring = ringFor(keys);
  const restoring = new Restoring(internals, ring, binding, maxAge);
  const cutter = new FrameCutter();
  try {
    for (;;) {
      const { value, done } = await untilAborted(signal, () => iterator.next());
      if (done === true) break;
      if (!((value as unknown) instanceof Uint8Array)) {
        wrongType('source', 'chunks of Uint8Array', value);
      }
      await cutter.add(value, async (frame) => {
        await restoring.add(frame);
        signal?.throwIfAborted();
      });
    }
    return restoring.end(cutter.rest);
  } catch (error) {
    await restoring.undo();
    try {
      void Promise.resolve(iterator.return?.()).catch(() => {});
    } catch {
      // An error of the source's end is ignored: another one has been thrown.
    }
    throw error;
  } finally {
    ring.destroy();
  }
}

class Restoring {
  readonly #internals: CacheInternals;
  readonly #ring: KeyRing;
  readonly #binding: Uint8Array;
  readonly #maxAge: number;
  /** Number of tags that had been revoked when restoring began. */
  readonly #revocations: number;
  readonly #added = new IdList();
  readonly #turns = new Turns();
  /** The session being read; reused for each. */
  readonly #session = new LocatedSession();
  readonly #report: RestoreReport = { restored: 0, expired: 0, refused: 0, damaged: 0, saved: 0 };
  #frames = 0;
  #stream: Buffer | undefined;
  #end: FrameHead | undefined;
  /** Whether any frame was well-formed. */
  #hadForm = false;

  constructor(internals: CacheInternals, ring: KeyRing, binding: Uint8Array, maxAge: number) {
    this.#internals = internals;
    this.#ring = ring;
    this.#binding = binding;
    this.#maxAge = maxAge;
    this.#revocations = internals.revocations;
  }

  /** Restores the next frame, in turns. Its bytes are opened before the first turn ends. */
  async add(frame: Buffer): Promise<void> {
    await this.#add(frame);
    await this.#turns.next();
  }

  async #add(frame: Buffer): Promise<void> {
    const aad = this.#frames++;
    const opened = openFrame(this.#ring, this.#binding, frame);
    if (typeof opened === 'string') {
      this.#hadForm ||= opened === 'seal';
      this.#report.damaged++;
      return;
    }
    const { stream, index, head, plain } = opened;
    try {
      if (this.#stream === undefined) this.#begin(stream, head);
      else if (!stream.equals(this.#stream)) throw mixed('frames of two streams');
      if (index !== aad) throw mixed('frames that are missing, twice there or out of order');
      if (head.kind === END) this.#end = head;
      else if (this.#end !== undefined) throw mixed('sessions behind the end');
      else if (head.kind === SESSIONS) await this.#addSessions(plain, head.count);
      else
        throw new RestoreError('ERR_SESSCACHE_FORMAT', 'written by another version of the package');
    } finally {
      plain.fill(0);
    }
  }

  #begin(stream: Buffer, { created }: FrameHead): void {
    this.#stream = stream;
    const age = Date.now() - created;
    if (!(age <= this.#maxAge * 1000 && age >= -SKEW * 1000)) {
      throw new RestoreError('ERR_SESSCACHE_STALE', 'older than `maxAge`, or from the future');
    }
    const name = stream.toString('latin1');
    if (seen.has(name)) {
      throw new RestoreError('ERR_SESSCACHE_REPLAYED', 'these sessions have been restored before');
    }
    if (seen.size >= SEEN_MAX) for (const first of seen) if (seen.delete(first)) break;
    seen.add(name);
  }

  async #addSessions(plain: Buffer, count: number): Promise<void> {
    const records = new Records(plain);
    let now = this.#internals.open().now();
    let at = RECORDS_AT;
    for (let i = 1; i <= count; i++) {
      at = records.read(at, this.#session);
      if (at === 0) {
        throw new RestoreError('ERR_SESSCACHE_FORMAT', 'written by another version of the package');
      }
      this.#addSession(now);
      if (i % BATCH === 0 && this.#turns.isOver) {
        await this.#turns.next();
        now = this.#internals.open().now();
      }
    }
  }

  #addSession(now: number): void {
    const internals = this.#internals;
    const session = this.#session;
    const { time, tags } = session;
    const report = this.#report;
    if (Number(time) + Number(session.timeout) < now) {
      report.expired++;
      return;
    }
    const isWanted =
      time <= now + SKEW &&
      !(tags.length > 0 && internals.hasRevokedSince(this.#revocations, tags));
    if (!isWanted || !internals.addLocated(session)) {
      report.refused++;
      return;
    }
    this.#added.add(session.bytes, session.idAt, session.idLength, session.protocolVersion);
    report.restored++;
  }

  /** @throws RestoreError if the stream is incomplete */
  end(rest: number): RestoreReport {
    if (this.#stream === undefined && this.#frames > 0) {
      throw this.#hadForm
        ? new RestoreError(
            'ERR_SESSCACHE_SEAL',
            'altered, or encrypted with another key or for another binding',
          )
        : new RestoreError('ERR_SESSCACHE_FORMAT', 'this is not a stream of saved sessions');
    }
    if (rest > 0 || this.#end === undefined || this.#end.frames !== this.#frames) {
      throw new RestoreError('ERR_SESSCACHE_TRUNCATED', 'the stream of sessions ends too early');
    }
    return { ...this.#report, saved: this.#end.count };
  }

  /** Removes the sessions that have been added. */
  async undo(): Promise<void> {
    let count = 0;
    for (const { id, version } of this.#added) {
      if (this.#internals.isClosed) return;
      const at = this.#internals.find(id, version);
      if (at !== 0) this.#internals.remove(at, 'removed');
      if (++count % BATCH === 0 && this.#turns.isOver) await this.#turns.next();
    }
  }
}

function mixed(what: string): RestoreError {
  return new RestoreError('ERR_SESSCACHE_MIXED', `the stream has ${what}`);
}
