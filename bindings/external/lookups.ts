// Lookups in the store. Each ends at its deadline. A value counts only after its seal, its record
// and the revocations of its tags have been checked.

import { isBytes, type Seconds, wipeBytes } from '../checks.ts';
import { AHEAD_MAX } from '../cache/internal.ts';
import type { SessionCache } from '../index.ts';
import type { Session } from '../index.ts';
import { areStoresTraced, publishStore } from '../telemetry/channels.ts';
import type { Breaker } from './breaker.ts';
import { Deadlines } from './deadlines.ts';
import type { Sealer } from './sealers.ts';
import type { TagRevocations } from './tag-revocations.ts';
import type { ExternalSettings } from './options.ts';
import { aadOfSession } from './associated-data.ts';
import type { WriteBehind } from './queue.ts';
import { TwoGenerationMap } from './two-generation-map.ts';
import { authTimeInMs, decodeSessionRecord, sessionFrom, type SessionRecord } from './record.ts';
import { openWith, type KeyRing } from './key-ring.ts';
import type { ExternalMissCause, ExternalStats, SealFlaw } from './stats.ts';
import type { ExternalStore } from './store.ts';
import { isGuarding, isTombstone, TOMBSTONE, tombstoneName } from './tombstones.ts';

/** A session, or why there is none. */
export type LookupResult = Session | ExternalMissCause;

/** Most ids that are remembered as absent from the store. */
const ABSENT_MAX = 4096;
/** Most ids of removed sessions that are remembered, in case the store returns one of them. */
const REMOVED_MAX = 65_536;
/** Causes for which the store is not asked. */
const UNASKED: ReadonlySet<ExternalMissCause> = new Set(['breaker', 'knownAbsent']);

/** What lookups need of an attached store. */
interface LookupParts {
  readonly store: ExternalStore;
  readonly ring: KeyRing;
  readonly breaker: Breaker;
  readonly queue: WriteBehind;
  readonly tagRevocations: TagRevocations;
  readonly settings: ExternalSettings;
  /** The cache's clock, whole seconds. */
  readonly now: () => number;
  /** Writes the tombstone of a session under its name. */
  readonly bury: (name: string) => void;
  readonly stats: ExternalStats;
  readonly report: (error: unknown) => void;
  /** Whether values are stored unsealed, and so are overwritten once they have been read. */
  readonly wipes: boolean;
  readonly cache: SessionCache;
}

export class Lookups {
  readonly #parts: LookupParts;
  readonly #deadlines: Deadlines;
  readonly #absent = new TwoGenerationMap(ABSENT_MAX);
  readonly #removed = new TwoGenerationMap(REMOVED_MAX);
  /** Time of the full handshake, ms since the epoch, of each session with tags that was found. */
  readonly #authTimes = new WeakMap<Session, number>();
  #stopped = false;
  #longestTimeout = 0;

  constructor(parts: LookupParts) {
    this.#parts = parts;
    this.#deadlines = new Deadlines(parts.settings.deadline);
  }

  /** The session that the store has under an id and a version. */
  find(version: number, id: Uint8Array): Promise<LookupResult> {
    return this.#look(version, id, false);
  }

  /** As `find`, and removes it from the store: no other process gets it. */
  take(version: number, id: Uint8Array): Promise<LookupResult> {
    return this.#look(version, id, true);
  }

  /**
   * Notes that a session of this id was made. Returns whether one is known to have been removed.
   */
  made(aad: Buffer): boolean {
    const key = keyOf(aad);
    const wasRemoved = this.#removed.get(key) !== undefined;
    this.#removed.delete(key);
    this.#absent.delete(key);
    return wasRemoved;
  }

  /** Notes the timeout of a session that was made here or found, seconds. */
  noteTimeout(timeout: Seconds): void {
    this.#longestTimeout = Math.max(this.#longestTimeout, Number(timeout));
  }

  /** The longest timeout noted, seconds. */
  get longestTimeout(): number {
    return this.#longestTimeout;
  }

  /** Notes that the session of this id must not be resumed any more, whatever the store returns. */
  remove(aad: Buffer): void {
    this.#removed.set(keyOf(aad), 0);
  }

  /** Whether a session that was found has been removed since, or a tag of it revoked. */
  isRemoved(aad: Buffer, session: Session): boolean {
    if (this.#removed.get(keyOf(aad)) !== undefined) return true;
    const authTimeMs = this.#authTimes.get(session);
    return authTimeMs !== undefined && this.#parts.tagRevocations.revokes(session.tags, authTimeMs);
  }

  /** Ends all lookups. */
  stop(): void {
    this.#stopped = true;
    this.#deadlines.expire();
  }

  async #look(version: number, id: Uint8Array, taking: boolean): Promise<LookupResult> {
    const { stats, settings } = this.#parts;
    stats.lookups++;
    const aad = aadOfSession(settings.namespace, version, id);
    const key = keyOf(aad);
    const known = this.#known(key);
    const start = areStoresTraced() ? performance.now() : 0;
    let found: LookupResult;
    if (known === undefined) {
      found =
        this.#findLocally(aad, version, id, taking) ??
        (await this.#inTime(() => this.#read(aad, version, id, taking), taking));
      // It may have been removed while we waited.
      if (typeof found !== 'string' && this.#removed.get(key) !== undefined) {
        found.data.fill(0);
        found = 'removed';
      }
      if (found === 'absent' && settings.absentFor > 0) {
        this.#absent.set(key, performance.now() + settings.absentFor);
      }
    } else {
      found = known;
    }
    if (typeof found === 'string') stats.misses[found]++;
    else stats.hits++;
    if (start > 0) this.#tell(found, taking, performance.now() - start);
    return found;
  }

  #tell(found: LookupResult, taking: boolean, duration: number): void {
    const isMiss = typeof found === 'string';
    publishStore({
      operation: taking ? 'take' : 'get',
      outcome: isMiss ? 'miss' : 'hit',
      cause: isMiss ? found : undefined,
      duration: isMiss && UNASKED.has(found) ? undefined : duration,
      cache: this.#parts.cache,
    });
  }

  #known(key: string): ExternalMissCause | undefined {
    if (this.#removed.get(key) !== undefined) return 'removed';
    const until = this.#absent.get(key);
    return until !== undefined && until > performance.now() ? 'knownAbsent' : undefined;
  }

  /**
   * A session that this process has made and whose write has not ended. If it has not been sent, no
   * other process can have used it.
   */
  #findLocally(
    aad: Buffer,
    version: number,
    id: Uint8Array,
    taking: boolean,
  ): LookupResult | undefined {
    const { queue, ring, tagRevocations, wipes } = this.#parts;
    if (queue.entries + queue.running === 0 || ring.sealers.length === 0) return undefined;
    const name = ring.sealers[0]!.nameOf(aad);
    const value = taking ? queue.claim(name) : queue.peek(name);
    if (value === undefined || value === null) return undefined;
    const opened = openRecord(ring.sealers, aad, value);
    if (taking && wipes && isBytes(value)) wipeBytes(value);
    if (typeof opened === 'string') return opened;
    const { record } = opened;
    if (!tagRevocations.revokes(record.tags, authTimeInMs(record.authTime, record.written))) {
      return this.#accept(record, id, version);
    }
    record.data.fill(0);
    return 'revoked';
  }

  /**
   * Runs `work` until the deadline. Resolves to its result, or to why there is none; never rejects.
   */
  #inTime(work: () => Promise<LookupResult>, taking: boolean): Promise<LookupResult> {
    const { breaker, stats, report } = this.#parts;
    if (this.#stopped) return Promise.resolve('detached');
    if (!breaker.enter()) return Promise.resolve('breaker');
    stats.pending++;
    return new Promise((resolve) => {
      const end = (found: LookupResult, good: boolean): void => {
        stats.pending--;
        if (good) breaker.succeeded();
        else if (!this.#stopped) breaker.failed();
        resolve(found);
      };
      const deadline = this.#deadlines.start(() => end(this.#stopped ? 'detached' : 'late', false));
      work().then(
        (found) => {
          if (this.#deadlines.end(deadline)) end(found, true);
          else if (typeof found !== 'string') {
            found.data.fill(0);
            if (taking) stats.lost++;
          }
        },
        (error: unknown) => {
          report(error);
          if (this.#deadlines.end(deadline)) end('failed', false);
        },
      );
    });
  }

  /**
   * Asks for the session under one name for each key, since its name depends on the key that sealed
   * it. The present key comes first: it has sealed most sessions.
   */
  async #read(
    aad: Buffer,
    version: number,
    id: Uint8Array,
    taking: boolean,
  ): Promise<LookupResult> {
    const { sealers } = this.#parts.ring;
    for (const sealer of sealers) {
      const name = sealer.nameOf(aad);
      const value = await (taking ? this.#takeValue(name) : this.#parts.store.get(name));
      if (isTombstone(value)) {
        // Without `replace` we have taken it away.
        if (taking && !isGuarding(this.#parts.store)) this.#parts.bury(name);
        return 'removed';
      }
      if (value !== null && value !== undefined) {
        return this.#believe(sealers, aad, value, version, id);
      }
    }
    return 'absent';
  }

  async #takeValue(name: string): Promise<Uint8Array | null | undefined> {
    const { queue, store } = this.#parts;
    await queue.idle(name); // or what is being written could arrive after we have asked
    return isGuarding(store) ? store.replace(name, TOMBSTONE) : store.take!(name);
  }

  /** Opens a value, reads it, and asks whether the session was removed or a tag of it revoked. */
  async #believe(
    sealers: readonly Sealer[],
    aad: Buffer,
    value: Uint8Array,
    version: number,
    id: Uint8Array,
  ): Promise<LookupResult> {
    const { tagRevocations, settings, store, wipes } = this.#parts;
    const opened = openRecord(sealers, aad, value);
    if (wipes && isBytes(value)) wipeBytes(value);
    if (typeof opened === 'string') return opened;
    const { record, sealer } = opened;
    const { tags, authTime, written, guarded } = record;
    const authTimeMs = authTimeInMs(authTime, written);
    let refusal: ExternalMissCause | undefined;
    try {
      // Both requests at once; most sessions need neither.
      const tombstone = guarded
        ? undefined
        : store.get(tombstoneName(sealer, settings.namespace, version, id));
      const learnt =
        tags.length === 0 || tagRevocations.revokes(tags, authTimeMs)
          ? undefined
          : tagRevocations.learn(tags, sealer);
      const [buried, readable] = await Promise.all([tombstone, learnt]);
      if (readable === false || tagRevocations.revokes(tags, authTimeMs)) refusal = 'revoked';
      else if (buried !== null && buried !== undefined) refusal = 'removed';
    } catch (error) {
      record.data.fill(0);
      throw error;
    }
    if (refusal === undefined) return this.#accept(record, id, version);
    record.data.fill(0);
    return refusal;
  }

  #accept(record: SessionRecord, id: Uint8Array, version: number): Session | 'future' {
    const now = this.#parts.now();
    if (record.time > now + AHEAD_MAX) {
      record.data.fill(0);
      return 'future';
    }
    this.noteTimeout(record.timeout);
    const { written, authTime, tags } = record;
    this.#parts.tagRevocations.saw(Math.min(written, now * 1000 + 1000 * AHEAD_MAX));
    const session = sessionFrom(record, id, version, now);
    if (tags.length > 0) this.#authTimes.set(session, authTimeInMs(authTime, written));
    return session;
  }
}

/** The record in a value, or why there is none. */
function openRecord(
  sealers: readonly Sealer[],
  aad: Buffer,
  value: unknown,
): { record: SessionRecord; sealer: Sealer } | SealFlaw | 'malformed' {
  const opened = openWith(sealers, aad, value);
  if (typeof opened === 'string') return opened;
  const record = decodeSessionRecord(opened.plain);
  opened.plain.fill(0);
  return record === undefined ? 'malformed' : { record, sealer: opened.sealer };
}

/** Associated data as the key of a map: a string is the cheapest for a few dozen bytes. */
function keyOf(aad: Buffer): string {
  return aad.toString('latin1');
}
