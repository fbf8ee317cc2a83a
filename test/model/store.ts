// The model's ways in and out.

import { toSeconds } from './expiry.ts';
import { attempt, ModelEntries, UPDATE_TIME, type Victim } from './entries.ts';
import { isExpired, ModelError, sameBytes, tagBytes } from './session.ts';
import type { Entry, ModelSession } from './session.ts';
import type { RemovalCause, Seconds } from '../../bindings/index.ts';

export class ModelStore extends ModelEntries {
  addSession(session: ModelSession): boolean {
    this.checkOpen();
    if (this.locked) return false;
    if (session.isCached && session.owner !== this) {
      throw new ModelError('ERR_SESSCACHE_OTHER_CACHE');
    }
    if (!this.openssl && !session.isCached) this.#beginNow(session);
    // It may have come back by another handle, which this one does not know.
    const entry = this.entryOf(session);
    if (entry) return this.#readd(entry, session);
    const refusal = this.oracle?.refusedAdd();
    if (refusal !== undefined) throw new ModelError(refusal);
    const old = this.find(session.own.version, session.own.id);
    if (old) this.leave(old, 'replaced');
    if (this.openssl) this.#addAsLibssl(session);
    else this.#add(session);
    return true;
  }

  /** The lifetime of a session begins now at the latest. */
  #beginNow({ own }: ModelSession): void {
    const now = BigInt(this.now());
    if (own.authTime > now) own.authTime = now;
  }

  #add(session: ModelSession): void {
    const victims: Victim[] = [];
    const wanted = this.oracle?.evictions();
    const isFull = (): boolean =>
      wanted === undefined
        ? this.size > 0 && this.entries.length >= this.size
        : victims.length < wanted;
    while (isFull()) {
      victims.push([this.leave(this.first() as Entry, 'evicted'), 'evicted']);
      this.counters.cacheFull++;
    }
    this.place(this.enter(session));
    this.tell(victims);
  }

  /** While evicting, the new one is counted but not in the list. */
  #addAsLibssl(session: ModelSession): void {
    const entry = (this.newcomer = this.enter(session));
    const errors: unknown[] = [];
    // A callback that sets size 0 in the middle of evictions has everything evicted.
    let isEvicting = false;
    while (this.size === 0 ? isEvicting : this.entries.length >= this.size) {
      const victim = this.first(this.entries.filter((e) => e !== entry));
      if (victim === undefined || victim.id.length === 0) break;
      isEvicting = true;
      this.counters.cacheFull++;
      const handle = this.leave(victim, 'evicted');
      attempt(errors, () => this.tellLocked([handle, 'evicted']));
    }
    this.newcomer = undefined;
    this.place(entry);
    if (errors.length > 0) throw errors[0];
  }

  #readd(entry: Entry, session: ModelSession): boolean {
    session.join(this);
    if (this.openssl) {
      this.retime(entry, this.mode & UPDATE_TIME ? BigInt(this.now()) : entry.time);
    }
    session.sync();
    return false;
  }

  removeSession(session: ModelSession): boolean {
    this.checkOpen();
    return this.remove(session, 'removed');
  }

  protected remove(session: ModelSession, cause: RemovalCause): boolean {
    if (this.locked || session.own.id.length === 0) return false;
    const own = this.entryOf(session);
    session.sync();
    const { appData } = session;
    const found = this.find(session.own.version, session.own.id);
    let told: ModelSession | undefined = this.openssl ? session : undefined;
    if (found) {
      if (found !== own && this.openssl) this.spared.add(found.serial);
      const handle = this.leave(found, cause);
      if (!this.openssl && found !== own) told = handle;
      else told = session;
    }
    session.own.marked = true;
    if (session.entry) session.entry.marked = true;
    if (own) session.appData = appData;
    if (told) this.tell([[told, cause]]);
    return found !== undefined;
  }

  removeSessionById(id: Uint8Array, version = 0x0303): boolean {
    this.checkOpen();
    const found = this.find(version, id);
    if (this.locked || id.length === 0 || !found) return false;
    this.removeEntry(found, 'removed');
    return true;
  }

  protected removeEntry(entry: Entry, cause: RemovalCause): void {
    this.tell([[this.leave(entry, cause), cause]]);
  }

  flushSessions(time: Seconds = this.now(), options: { budget?: number } = {}): number {
    this.checkOpen();
    if (this.locked) return 0;
    return this.flush(BigInt(time), options.budget ?? Infinity);
  }

  /** Takes out what has expired at `time` (0: everything), first to leave first. */
  protected flush(time: bigint, budget: number, cause?: RemovalCause): number {
    let left = budget;
    return this.#removeEach(cause ?? (time === 0n ? 'flushed' : 'expired'), () => {
      const first = this.first();
      if (left-- === 0 || !first) return undefined;
      return time === 0n || isExpired(first, this, time) ? first : undefined;
    });
  }

  revoke(options: { tag: string | Uint8Array; budget?: number }): number {
    this.checkOpen();
    if (this.locked) return 0;
    const tag = tagBytes(options.tag);
    const group = this.entries
      .filter((e) => e.tags.some((other) => sameBytes(other, tag)))
      .toSorted((a, b) => b.joined - a.joined)
      .slice(0, options.budget ?? Infinity);
    return this.#removeEach('revoked', () => group.shift());
  }

  #removeEach(cause: RemovalCause, next: () => Entry | undefined): number {
    const victims: Victim[] = [];
    const errors: unknown[] = [];
    for (let entry = next(); entry; entry = next()) {
      const victim: Victim = [this.leave(entry, cause), cause];
      victims.push(victim);
      if (this.openssl) attempt(errors, () => this.tellLocked(victim));
    }
    if (!this.openssl) attempt(errors, () => this.tell(victims));
    if (errors.length > 0) throw errors[0];
    return victims.length;
  }

  hasMatchingSessionId(id: Uint8Array, version = 0x0303): boolean {
    this.checkOpen();
    return !this.locked && this.find(version, id) !== undefined;
  }

  /** Callbacks find the cache empty but usable; what they add is lost. */
  close(): void {
    if (this.closed || this.closing) return;
    this.closing = true;
    try {
      this.flush(0n, Infinity, 'closed');
    } finally {
      this.closed = true;
      this.entries = [];
    }
  }

  setCacheSize(size: number): number {
    this.checkOpen();
    const previous = this.size;
    this.size = size;
    return previous;
  }
  setTimeout(timeout: Seconds): Seconds {
    this.checkOpen();
    const previous = this.timeout;
    this.timeout = BigInt(timeout);
    return toSeconds(previous);
  }
  setSessionCacheMode(mode: number): number {
    this.checkOpen();
    const previous = this.mode;
    this.mode = mode >>> 0;
    return previous;
  }
}
