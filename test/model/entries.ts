// The model's table: an array of entries in no order, searched from end to end.

import { newCounters } from './counters.ts';
import { isWide, leavesBefore, ModelError, ModelSession, sameBytes } from './session.ts';
import type { Entry } from './session.ts';
import type { RemovalCause, SessionCacheOptions } from '../../bindings/index.ts';

export const UPDATE_TIME = 0x400;

type RemoveCallback = (cache: never, session: never, cause: RemovalCause) => void;
export type Victim = [session: ModelSession, cause: RemovalCause];

/** What only the real cache can know, because it depends on how it uses its memory. */
export type Oracle = {
  /** How many sessions the next add evicts. */
  evictions: () => number;
  /** The code with which the next add is refused. */
  refusedAdd: () => string | undefined;
  /** The code with which a change to a cached session is refused. */
  refusedChange: () => string | undefined;
};

export class ModelEntries {
  readonly openssl: boolean;
  readonly now: () => number;
  readonly lifetimes: NonNullable<SessionCacheOptions['maxLifetime']>;
  readonly counters = newCounters();
  mode: number;
  size: number;
  timeout: bigint;
  /** A callback of the openssl-3.0 profile runs while libssl would hold its lock. */
  locked = false;
  /** The session whose add is evicting others: it has no owner yet, so the lock is not its. */
  newcomer: Entry | undefined;
  closed = false;
  closing = false;
  /** openssl-3.0: serials that left without being marked. */
  readonly spared = new Set<number>();
  removeCallback: RemoveCallback | undefined;
  oracle: Oracle | undefined;

  protected entries: Entry[] = [];
  #placements = 0;

  constructor(options: SessionCacheOptions) {
    this.openssl = options.profile === 'openssl-3.0';
    this.now = options.now ?? (() => Math.floor(Date.now() / 1000));
    this.mode = (options.mode ?? 2) >>> 0;
    this.size = options.size ?? 20480;
    this.timeout = BigInt(options.timeout ?? (this.openssl ? 7200 : 300));
    const unlimited = { tls12: Infinity, tls13: Infinity };
    this.lifetimes = options.maxLifetime ?? (this.openssl ? unlimited : {});
  }

  lifetimeOf(version: number): bigint | undefined {
    const { lifetimes } = this;
    if (typeof lifetimes === 'number')
      return lifetimes === Infinity ? undefined : BigInt(lifetimes);
    const isNew = version === 0x0304 || version === 0xfefc;
    const life = isNew ? (lifetimes.tls13 ?? 604800) : (lifetimes.tls12 ?? 86400);
    return life === Infinity ? undefined : BigInt(life);
  }

  find(version: number, id: Uint8Array): Entry | undefined {
    return this.entries.find((e) => e.version === version && sameBytes(e.id, id));
  }

  entryOf(session: ModelSession): Entry | undefined {
    const entry = this.find(session.own.version, session.own.id);
    return entry?.serial === session.serial ? entry : undefined;
  }

  /** The one that leaves next. */
  first(among: Entry[] = this.entries): Entry | undefined {
    return among.reduce<Entry | undefined>(
      (first, e) => (first && !leavesBefore(e, first, this) ? first : e),
      undefined,
    );
  }

  inOrder(): Entry[] {
    return this.entries.toSorted((a, b) => (leavesBefore(a, b, this) ? -1 : 1));
  }

  place(entry: Entry): void {
    entry.placed = ++this.#placements;
  }

  /**
   * After its times have changed. Outgrowing 32 bits, an entry moves, and joins its groups anew.
   */
  retimed(entry: Entry): void {
    this.place(entry);
    if (!isWide(entry) || entry.isWide) return;
    entry.isWide = true;
    entry.joined = ++this.#placements;
  }

  protected retime(entry: Entry, time: bigint): void {
    entry.time = time;
    if (time < entry.authTime) entry.authTime = time;
    this.retimed(entry);
  }

  *[Symbol.iterator](): Iterator<ModelSession> {
    this.checkOpen();
    for (const entry of this.inOrder()) {
      if (this.entries.includes(entry)) yield ModelSession.on(entry, this);
    }
  }

  protected checkOpen(): void {
    if (this.closed) throw new ModelError('ERR_SESSCACHE_CLOSED');
  }

  /** Throws what the real cache threw for want of memory. */
  checkMemory(): void {
    const refusal = this.oracle?.refusedChange();
    if (refusal !== undefined) throw new ModelError(refusal);
  }

  protected enter(session: ModelSession): Entry {
    const { own, serial } = session;
    if (this.mode & UPDATE_TIME) own.time = BigInt(this.now());
    const wide = isWide(own);
    if (own.time < own.authTime) own.authTime = own.time;
    const { appData } = session;
    const joined = ++this.#placements;
    const entry: Entry = { ...own, serial, appData, placed: 0, joined, isWide: wide };
    this.entries.push(entry);
    this.spared.delete(serial);
    session.join(this);
    return entry;
  }

  /** Takes an entry out; the handle is for the callback. */
  protected leave(entry: Entry, cause: RemovalCause): ModelSession {
    this.entries = this.entries.filter((e) => e !== entry);
    this.counters.removals[cause]++;
    if (this.openssl && cause === 'replaced') this.spared.add(entry.serial);
    const handle = ModelSession.on(entry, this);
    handle.own.marked = true;
    return handle;
  }

  /** Calls back for each; the first error comes out when all have been called. */
  protected tell(victims: Victim[]): void {
    const errors: unknown[] = [];
    for (const [session, cause] of victims) {
      attempt(errors, () => this.removeCallback?.(this as never, session as never, cause));
    }
    if (errors.length > 0) throw errors[0];
  }

  protected tellLocked(victim: Victim): void {
    this.locked = true;
    try {
      this.tell([victim]);
    } finally {
      this.locked = false;
    }
  }
}

/** Does `action`; what it throws is kept for later. */
export function attempt(errors: unknown[], action: () => void): void {
  try {
    action();
  } catch (error) {
    errors.push(error);
  }
}
