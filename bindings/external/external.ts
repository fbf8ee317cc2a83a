// Puts a store behind a cache, and takes it away again.

import { engineOf } from '../cache/cache.ts';
import type { Engine, SecondLevel } from '../cache/engine.ts';
import { resumeSession, settleTaken } from '../cache/lookup.ts';
import { removeById, revoke, UNLIMITED } from '../cache/removal.ts';
import { checkBytes, checkVersion, describe } from '../checks.ts';
import { LEFT_REMOVED, LEFT_REVOKED } from '../core/abi.ts';
import { type AnyConnection, type Connection, type NewSessionCallback, type Session, SessionCache, SessionCacheMode } from '../index.ts'; // prettier-ignore
import { Announcer } from './announcer.ts';
import { Breaker } from './breaker.ts';
import { Lookups } from './lookups.ts';
import { Marks, sealMark } from './marks.ts';
import type { Removal } from './message.ts';
import {
  checkFree,
  checkStore,
  type ExternalOptions,
  readKeys,
  readOptions,
  type Settings,
} from './options.ts';
import { placeOfSession } from './places.ts';
import { WriteBehind } from './queue.ts';
import { encodeSessionRecord } from './record.ts';
import { checkKeys, Ring } from './ring.ts';
import { type ExternalStats, newStats } from './stats.ts';
import type { ExternalStore } from './store.ts';

/** Longest that the store keeps anything, ms: RFC 8446 §4.6.1 lets no session live longer. */
const KEEP_MAX = 7 * 86_400_000;
/** How long a removal that fails is tried again, ms. */
const REMOVAL_PATIENCE = 600_000;
const EMPTY = new Uint8Array(0);

/** What a connection may say of itself beside the cache's `Connection`. */
interface SharedConnection extends Connection {
  /** Its session may be resumed once only. */
  singleUse?: boolean | undefined;
}

export class Attachment implements SecondLevel {
  readonly #engine: Engine;
  readonly #store: ExternalStore;
  readonly #settings: Settings;
  readonly #stats: ExternalStats = newStats();
  readonly #ring: Ring;
  readonly #reads: Breaker;
  readonly #writes: Breaker;
  readonly #queue: WriteBehind;
  readonly #marks: Marks;
  readonly #lookups: Lookups;
  readonly #announcer: Announcer | undefined;
  readonly #previous: NewSessionCallback | undefined;
  #attached = true;
  /** What we remove from the cache ourselves is not to travel. */
  #quiet = false;

  constructor(cache: SessionCache, store: ExternalStore, options: ExternalOptions) {
    if (!(cache instanceof SessionCache)) {
      throw new TypeError(`"cache" expected SessionCache, got ${describe(cache)}`);
    }
    const engine = engineOf(cache).open();
    this.#store = checkStore(store);
    const settings = readOptions(options);
    const keys = readKeys(options, store);
    checkFree(engine);
    const wipes = keys === undefined;
    const stats = this.#stats;
    const report = (error: unknown): void => this.#report(error);
    this.#engine = engine;
    this.#settings = settings;
    this.#ring = new Ring(keys);
    const now = (): number => performance.now();
    // Two, for a store may be full, or a replica that only reads.
    const reads = new Breaker(settings.failures, settings.cooldown, now);
    const writes = new Breaker(settings.failures, settings.cooldown, now);
    const queue = new WriteBehind(store, writes, settings, stats, report, wipes);
    const marks = new Marks(settings.namespace, store);
    const ring = this.#ring;
    this.#reads = reads;
    this.#writes = writes;
    this.#queue = queue;
    this.#marks = marks;
    this.#lookups = new Lookups({
      store,
      ring,
      breaker: reads,
      queue,
      marks,
      settings,
      stats,
      report,
      wipes,
    });
    const hear = (removal: Removal): void => this.#hear(removal);
    this.#announcer =
      store.channel && new Announcer(store.channel, ring, settings.namespace, stats, report, hear);
    this.#previous = engine.onNew;
    engine.onNew = this.#onNew;
    engine.onGet = this.#onGet;
    engine.second = this;
  }

  // ---- What a handshake asks for ----

  readonly #onNew: NewSessionCallback = (connection, session) => {
    const verdict = this.#previous?.(connection, session);
    if (verdict !== false && (verdict as unknown) !== 0) this.#share(connection, session);
    return verdict;
  };

  readonly #onGet = async (
    connection: SharedConnection | undefined,
    id: Uint8Array,
  ): Promise<Session | undefined> => {
    // For a single use there is `take`: what `find` gives, others are given too.
    if (connection?.singleUse === true) return undefined;
    const found = await this.#lookups.find(connection?.protocolVersion ?? 0x0303, id);
    return typeof found === 'string' ? undefined : found;
  };

  get takes(): boolean {
    return this.#store.take !== undefined;
  }

  async take(id: Uint8Array, connection?: AnyConnection): Promise<Session | undefined> {
    const engine = this.#engine.open();
    const own = new Uint8Array(checkBytes(id, 'id'));
    const { protocolVersion = 0x0303 } = (connection ?? {}) as Connection;
    const version = checkVersion(protocolVersion, 'protocolVersion');
    const found = this.takes ? await this.#lookups.take(version, own) : 'breaker';
    if (engine.isClosed) return undefined;
    if (found === 'detached') return undefined;
    const unknown = found === 'late' || found === 'failed' || found === 'breaker';
    if (unknown) return this.#settings.takeLocally ? this.#takeInside(own, connection) : undefined;
    const wasInside = this.#removeInside(version, own);
    if (typeof found === 'string') return undefined;
    // Who made the session still has it, to no purpose. Here it was made if it was here.
    if (!wasInside) this.#announcer?.tell({ version, id: own }, true);
    try {
      return settleTaken(engine, connection, found);
    } finally {
      this.#lookups.remove(this.#placeOf(version, own));
    }
  }

  /** The cache's own copy, which nobody vouches for. */
  #takeInside(id: Uint8Array, connection: AnyConnection | undefined): Session | undefined {
    const engine = this.#engine;
    const { protocolVersion: version = 0x0303 } = (connection ?? {}) as Connection;
    if (engine.has(SessionCacheMode.NO_INTERNAL_LOOKUP) || !engine.find(id, version)) {
      return undefined;
    }
    const session = resumeSession(engine, id, connection, false);
    if (session === undefined) return undefined;
    const copy = session.dup();
    this.removed(id, version);
    this.#removeInside(version, id);
    return copy;
  }

  #share(connection: SharedConnection | undefined, session: Session): void {
    const { id, protocolVersion: version } = session;
    if (id.length === 0 || !session.isResumable) return;
    if (connection?.singleUse === true && !this.takes) {
      this.#stats.dropped.singleUse++;
      return;
    }
    const left = Number(session.time) + Number(session.timeout) - this.#engine.now();
    if (left <= 0) return;
    const place = this.#placeOf(version, id);
    this.#lookups.made(place);
    const record = encodeSessionRecord(session, Date.now());
    const lock = this.#ring.locks[0]!;
    const value = lock.seal(place, record);
    record.fill(0);
    const until = performance.now() + Math.min(left * 1000, KEEP_MAX);
    this.#queue.add({ kind: 'session', name: lock.nameOf(place), value, until });
  }

  // ---- Removal ----

  removed(id: Uint8Array, version: number): void {
    if (this.#quiet || id.length === 0) return;
    const place = this.#placeOf(version, id);
    this.#lookups.remove(place);
    const until = performance.now() + REMOVAL_PATIENCE;
    // It may have been stored under any of the keys.
    for (const lock of this.#ring.locks) {
      this.#queue.add({ kind: 'deletion', name: lock.nameOf(place), value: EMPTY, until });
    }
    this.#announcer?.tell({ version, id: new Uint8Array(id) });
  }

  isRemoved(session: Session): boolean {
    return this.#lookups.isRemoved(this.#placeOf(session.protocolVersion, session.id), session);
  }

  revoked(tag: Uint8Array): void {
    if (this.#quiet) return;
    const revoked = Date.now();
    this.#marks.note(tag, revoked);
    const until = performance.now() + KEEP_MAX;
    for (const lock of this.#ring.locks) {
      this.#queue.add({ kind: 'mark', ...sealMark(lock, this.#settings.namespace, tag, revoked), until }); // prettier-ignore
    }
    this.#announcer?.tell({ tag, revoked });
  }

  /** Another process has removed something. */
  #hear(removal: Removal): void {
    if ('id' in removal) {
      this.#lookups.remove(this.#placeOf(removal.version, removal.id));
      this.#removeInside(removal.version, removal.id);
    } else {
      // Though we know of a later one: that may be of a process whose clock is ahead.
      this.#marks.note(removal.tag, removal.revoked);
      this.#quietly(() => revoke(this.#engine, removal.tag, UNLIMITED, LEFT_REVOKED));
    }
  }

  #removeInside(version: number, id: Uint8Array): boolean {
    return this.#quietly(() => removeById(this.#engine, id, version, LEFT_REMOVED));
  }

  #quietly<Result>(operation: () => Result): Result {
    const before = this.#quiet;
    this.#quiet = true;
    try {
      return operation();
    } finally {
      this.#quiet = before;
    }
  }

  // ---- All of it ----

  setKeys(keys: readonly Uint8Array[]): void {
    const checked = checkKeys(keys);
    if (!this.#attached) return;
    this.#announcer?.send(); // with the key that the others know
    this.#ring.setKeys(checked);
  }

  stats(): ExternalStats {
    const { entries, bytes, running } = this.#queue;
    const [reads, writes] = [this.#reads, this.#writes];
    return {
      ...structuredClone(this.#stats),
      queue: { entries, bytes, running },
      breaker: { state: reads.state, opened: reads.opened },
      writeBreaker: { state: writes.state, opened: writes.opened },
    };
  }

  /** Waits until all is written, at most `timeout` ms. Returns whether it is. */
  async flush(timeout: number): Promise<boolean> {
    this.#announcer?.send();
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
    const engine = this.#engine;
    if (engine.onGet === this.#onGet) engine.onGet = undefined;
    if (engine.onNew === this.#onNew) engine.onNew = this.#previous;
    engine.second = undefined;
    this.#announcer?.stop();
    this.#lookups.stop();
    this.#queue.stop();
    this.#ring.destroy();
  }

  #placeOf(version: number, id: Uint8Array): Buffer {
    return placeOfSession(this.#settings.namespace, version, id);
  }

  #report(error: unknown): void {
    this.#stats.errors++;
    try {
      if (this.#settings.onError) this.#settings.onError(error);
      else if (this.#stats.errors === 1) {
        const message = `the store of sessions failed: ${String(error)}`;
        process.emitWarning(message, { type: 'SesscacheWarning', code: 'SESSCACHE_STORE' });
      }
    } catch {
      // a listener's own trouble must not reach a handshake
    }
  }
}
