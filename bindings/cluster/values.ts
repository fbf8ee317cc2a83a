// Where the primary keeps the values: a SessionCache, whose memory is bounded and wiped.

import { createHash } from 'node:crypto';
import { copyOf } from '../checks.ts';
import { bytesInPlaceOf } from '../cache/internal.ts';
import { Session, SessionCache } from '../index.ts';
import { TLS1_3 } from '../protocol.ts';

/**
 * The version with the longer default lifetime; that of the sealed session does not matter here.
 */
const VERSION = TLS1_3;
const CONNECTION = { protocolVersion: VERSION };
/** Expired values removed with each new one: more than one, so that none are left behind. */
const FLUSH_BUDGET = 4;
/** Milliseconds between looks for expired values, however little is stored. */
const FLUSH_PERIOD = 30_000;

export class PrimaryValues {
  readonly #cache: SessionCache;
  readonly #flushTimer: NodeJS.Timeout;

  constructor(size: number, maxBytes: number) {
    this.#cache = new SessionCache({ size, maxBytes });
    this.#flushTimer = setInterval(() => this.#cache.flushSessions(), FLUSH_PERIOD).unref();
  }

  /** A copy of the value. */
  get(key: string): Uint8Array | undefined {
    const found = this.#cache.viewSession(idOf(key), CONNECTION);
    return found && copyOf(bytesInPlaceOf(found));
  }

  /** Stores a value unless the key has one. Returns whether it was stored. */
  add(key: string, value: Uint8Array, ttlMs: number): boolean {
    if (this.#cache.viewSession(idOf(key), CONNECTION)) return false;
    this.set(key, value, ttlMs);
    return true;
  }

  /** Replaces a value for the rest of its lifetime, and returns the replaced one. */
  replace(key: string, value: Uint8Array): Uint8Array | undefined {
    const found = this.#cache.viewSession(idOf(key), CONNECTION);
    if (!found) return undefined;
    const before = copyOf(found.data);
    const until = (Number(found.time) + Number(found.timeout)) * 1000;
    this.set(key, value, Math.max(1, until - Date.now()));
    return before;
  }

  take(key: string): Uint8Array | undefined {
    const value = this.get(key);
    if (value) this.delete(key);
    return value;
  }

  /** @throws RangeError, SessionCacheError: too large, or no memory left */
  set(key: string, value: Uint8Array, ttlMs: number): void {
    const now = Date.now();
    const time = Math.floor(now / 1000);
    const timeout = Math.ceil((now + ttlMs) / 1000) - time;
    this.#cache.flushSessions(time, { budget: FLUSH_BUDGET });
    const id = idOf(key);
    this.#cache.addSession(
      new Session({ id, data: value, protocolVersion: VERSION, time, timeout }),
    );
  }

  delete(key: string): void {
    this.#cache.removeSessionById(idOf(key), VERSION);
  }

  stats(): { values: number; bytes: number; evicted: number; expired: number } {
    const { number, bytes, cacheFull, removals } = this.#cache.stats();
    return {
      values: number,
      bytes,
      evicted: cacheFull,
      expired: removals.expired + removals.flushed,
    };
  }

  close(): void {
    clearInterval(this.#flushTimer);
    this.#cache.close();
  }
}

/** Ids are 32 bytes, keys are longer. */
function idOf(key: string): Uint8Array {
  return createHash('sha256').update(key).digest();
}
