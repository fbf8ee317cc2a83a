// Attaches a store to a cache, and detaches it.

import { authTimeOf as startOf, type CacheInternals, type ExternalCache, internalsOf } from '../cache/internal.ts'; // prettier-ignore
import { checkVersion, copyBytes, describeOther, wrongType } from '../checks.ts';
import { type AnyConnection, type Connection, type NewSessionCallback, type Session, SessionCache, SessionCacheMode } from '../index.ts'; // prettier-ignore
import { publishBreaker, publishStore } from '../telemetry/channels.ts';
import { reportFailure } from '../telemetry/warn.ts';
import { leaveAnswer, type StoreAnswer } from './answer.ts';
import { Breaker } from './breaker.ts';
import { milliseconds } from './clock.ts';
import { type LookupResult, Lookups } from './lookups.ts';
import { TagRevocations } from './tag-revocations.ts';
import {
  checkFree,
  checkStore,
  type ExternalOptions,
  readKeys,
  readOptions,
  type ExternalSettings,
} from './options.ts';
import { aadOfSession } from './associated-data.ts';
import { WriteBehind } from './queue.ts';
import { authTimeInMs, encodeSessionRecord } from './record.ts';
import { Removals } from './removals.ts';
import { checkKeys, KeyRing } from './key-ring.ts';
import { copyStats, type ExternalStats, newStats } from './stats.ts';
import { type ExternalStore, KEEP_MAX } from './store.ts';
import { isGuarding, tombstoneName } from './tombstones.ts';
import { warnWithoutChannel } from './warnings.ts';
import { TLS1_2 } from '../protocol.ts';

/** Fields that a connection may have besides those of the cache's `Connection`. */
interface SharedConnection extends Connection {
  /** Whether its session is for single use. */
  singleUse?: boolean | undefined;
  /**
   * When it was accepted, ms since the epoch. A tag that is revoked after that is revoked for its
   * session too, even if the session is stored later.
   */
  acceptedAt?: number | undefined;
  /** Receives the reason why the store gave nothing. */
  answer?: StoreAnswer | undefined;
}

/** Timeout of new sessions if that of the cache is 0, seconds; as in OpenSSL. */
const METHOD_TIMEOUT = 7200;

export class ExternalAttachment implements ExternalCache {
  readonly #cache: SessionCache;
  readonly #internals: CacheInternals;
  readonly #store: ExternalStore;
  readonly #settings: ExternalSettings;
  readonly #stats: ExternalStats = newStats();
  readonly #ring: KeyRing;
  readonly #reads: Breaker;
  readonly #writes: Breaker;
  readonly #queue: WriteBehind;
  readonly #tagRevocations: TagRevocations;
  readonly #lookups: Lookups;
  readonly #removals: Removals;
  readonly #previous: NewSessionCallback | undefined;
  #attached = true;

  constructor(cache: SessionCache, store: ExternalStore, options: ExternalOptions) {
    if (!(cache instanceof SessionCache)) {
      wrongType('cache', 'SessionCache', cache, describeOther(cache, SessionCache));
    }
    const internals = internalsOf(cache).alone().open();
    this.#store = checkStore(store);
    const settings = readOptions(options);
    const keys = readKeys(options, store);
    checkFree(cache);
    const wipes = keys === undefined;
    const stats = this.#stats;
    const report = (error: unknown): void => this.#report(error);
    this.#cache = cache;
    this.#internals = internals;
    this.#settings = settings;
    this.#ring = new KeyRing(keys);
    const now = (): number => performance.now();
    // Two breakers: a full store or a read-only replica still answers lookups.
    const reads = new Breaker(settings.failures, settings.cooldown, now);
    const writes = new Breaker(settings.failures, settings.cooldown, now);
    const queue = new WriteBehind(store, writes, settings, stats, report, wipes);
    const tagRevocations = new TagRevocations(settings.namespace, store);
    const ring = this.#ring;
    reads.onChange = (state, previous) => {
      publishBreaker({ breaker: 'read', state, previous, opened: reads.opened, cache });
    };
    writes.onChange = (state, previous) => {
      publishBreaker({ breaker: 'write', state, previous, opened: writes.opened, cache });
    };
    queue.onWrite = (operation, cause, duration) => {
      const outcome = cause === undefined ? 'written' : 'dropped';
      publishStore({ operation, outcome, cause, duration, cache });
    };
    this.#reads = reads;
    this.#writes = writes;
    this.#queue = queue;
    this.#tagRevocations = tagRevocations;
    const lookups = new Lookups({
      store,
      ring,
      breaker: reads,
      queue,
      tagRevocations,
      settings,
      now: () => internals.now(),
      bury: (name) => queue.remove(name, performance.now() + this.#longestLife()),
      stats,
      report,
      wipes,
      cache,
    });
    const { namespace } = settings;
    warnWithoutChannel(store);
    const channel = store.channel ?? undefined;
    this.#lookups = lookups;
    this.#removals = new Removals({
      internals,
      namespace,
      ring,
      queue,
      tagRevocations,
      lookups,
      channel,
      longestLife: () => this.#longestLife(),
      stats,
      report,
    });
    this.#previous = internals.attachExternal(this, this.#onNew, this.#onGet);
  }

  // ---- Called during handshakes ----

  readonly #onNew: NewSessionCallback = (connection, session) => {
    const verdict = this.#previous?.(connection, session);
    if (verdict === false || (verdict as unknown) === 0) return verdict;
    try {
      if (this.#isRevoked(connection, session)) return false;
      this.#share(connection, session);
    } catch (error) {
      this.#report(error); // the handshake still gets its session
    }
    return verdict;
  };

  isOnlyNewCallback(callback: NewSessionCallback): boolean {
    return callback === this.#onNew && this.#previous === undefined;
  }

  /** Time of writing for a record: when the connection was accepted, or now if that is earlier. */
  #writtenAt(connection: SharedConnection | undefined): number {
    const now = milliseconds(this.#internals);
    return Math.min(connection?.acceptedAt ?? now, now);
  }

  /**
   * Whether a session has been made on a connection, or is a renewal of a session, from before one
   * of its tags was revoked.
   */
  #isRevoked(connection: SharedConnection | undefined, session: Session): boolean {
    const { tags } = session;
    if (!this.#attached || tags.length === 0) return false;
    const authTime = startOf(session);
    if (connection?.acceptedAt === undefined && authTime === session.time) return false;
    const since = authTimeInMs(authTime, this.#writtenAt(connection));
    if (!this.#tagRevocations.revokes(tags, since, -1)) return false;
    this.#stats.dropped.removed++;
    return true;
  }

  readonly #onGet = async (
    connection: SharedConnection | undefined,
    id: Uint8Array,
  ): Promise<Session | undefined> => {
    // Single-use sessions come from `take` only: other processes can get a session that `find`
    // returns.
    if (connection?.singleUse === true) return undefined;
    const found = await this.#lookups.find(connection?.protocolVersion ?? TLS1_2, id);
    this.#leaveAnswer(connection, found);
    return typeof found === 'string' ? undefined : found;
  };

  get takes(): boolean {
    return this.#store.take !== undefined || isGuarding(this.#store);
  }

  async take(id: Uint8Array, connection?: AnyConnection): Promise<Session | undefined> {
    const internals = this.#internals.open();
    const copy = copyBytes(id, 'id');
    const { protocolVersion = TLS1_2 } = (connection ?? {}) as Connection;
    const version = checkVersion(protocolVersion, 'protocolVersion');
    const found = this.takes ? await this.#lookups.take(version, copy) : 'breaker';
    this.#leaveAnswer(connection, found);
    if (internals.isClosed) return undefined;
    if (found === 'detached') return undefined;
    const unknown = found === 'late' || found === 'failed' || found === 'breaker';
    if (unknown) return this.#settings.takeLocally ? this.#takeInside(copy, connection) : undefined;
    const wasInside = this.#removals.removeInside(copy, version);
    if (typeof found === 'string') return undefined;
    try {
      return internals.acceptTaken(found, connection);
    } finally {
      this.#removals.used(copy, version, wasInside);
    }
  }

  #leaveAnswer(connection: SharedConnection | undefined, found: LookupResult): void {
    const internals = this.#internals;
    if (internals.isClosed) return;
    leaveAnswer(connection, found, Math.floor(milliseconds(internals) / 1000));
  }

  /** The cache's own copy, which no store has confirmed. */
  #takeInside(id: Uint8Array, connection: AnyConnection | undefined): Session | undefined {
    const internals = this.#internals;
    const { protocolVersion: version = TLS1_2 } = (connection ?? {}) as Connection;
    if (internals.has(SessionCacheMode.NO_INTERNAL_LOOKUP) || !internals.find(id, version)) {
      return undefined;
    }
    const session = this.#cache.resumeSession(id, connection);
    if (session === undefined) return undefined;
    const copy = session.dup();
    this.removed(id, version);
    this.#removals.removeInside(id, version);
    return copy;
  }

  #share(connection: SharedConnection | undefined, session: Session): void {
    const { id, protocolVersion: version } = session;
    // A wrapper that was put around this callback still calls it.
    if (!this.#attached || id.length === 0 || !session.isResumable) return;
    if (connection?.singleUse === true && !this.takes) {
      this.#stats.dropped.singleUse++;
      return;
    }
    const left = Number(session.time) + Number(session.timeout) - this.#internals.now();
    if (left <= 0) return;
    const aad = aadOfSession(this.#settings.namespace, version, id);
    const isAgain = this.#lookups.made(aad);
    const guarded = isGuarding(this.#store) && !isAgain;
    const written = this.#writtenAt(connection);
    this.#tagRevocations.saw(written);
    this.#lookups.noteTimeout(session.timeout);
    const record = encodeSessionRecord(session, written, guarded);
    const sealer = this.#ring.sealers[0]!;
    const value = sealer.seal(aad, record);
    record.fill(0);
    const { namespace } = this.#settings;
    const tombstone = isAgain ? tombstoneName(sealer, namespace, version, id) : undefined;
    this.#queue.add({
      kind: 'session',
      name: sealer.nameOf(aad),
      value,
      until: performance.now() + Math.min(left * 1000, KEEP_MAX),
      tombstone,
      guarded,
      tags: session.tags,
      authTime: authTimeInMs(startOf(session), written),
    });
  }

  /** Longest remaining life that any session may have, ms, by the longest timeout that is known. */
  #longestLife(): number {
    const timeout = this.#internals.isClosed ? 0 : Number(this.#cache.getTimeout());
    const longest = Math.max(timeout > 0 ? timeout : METHOD_TIMEOUT, this.#lookups.longestTimeout);
    return Math.min(longest * 1000, KEEP_MAX);
  }

  // ---- Removal ----

  removed(id: Uint8Array, version: number): void {
    this.#removals.removed(id, version);
  }

  revoked(tag: Uint8Array): void {
    this.#removals.revoked(tag);
  }

  isRemoved(session: Session): boolean {
    return this.#removals.isRemoved(session);
  }

  // ---- The whole store ----

  setKeys(keys: readonly Uint8Array[]): void {
    const checked = checkKeys(keys);
    if (!this.#attached) return;
    this.#removals.send(); // with a key that the other processes have
    this.#ring.setKeys(checked);
  }

  stats(): ExternalStats {
    const { entries, bytes, running } = this.#queue;
    const [reads, writes] = [this.#reads, this.#writes];
    return {
      ...copyStats(this.#stats),
      queue: { entries, bytes, running },
      breaker: { state: reads.state, opened: reads.opened },
      writeBreaker: { state: writes.state, opened: writes.opened },
    };
  }

  /** Waits until all is written, at most `timeout` ms. Returns whether it is. */
  async flush(timeout: number): Promise<boolean> {
    this.#removals.send();
    this.#queue.pump();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), timeout);
    });
    try {
      return await Promise.race([this.#queue.empty().then(() => true), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.#internals.detachExternal(this.#onNew, this.#onGet, this.#previous);
    this.#removals.stop();
    this.#lookups.stop();
    this.#queue.stop();
    this.#ring.destroy();
  }

  #report(error: unknown): void {
    const message = 'The session store failed, so handshakes may be full';
    reportFailure(error, this.#stats, this.#settings.onError, 'SESSCACHE_STORE', message);
  }
}
