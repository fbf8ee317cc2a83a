// What the tests of this folder share: a cache with a clock that they set, and short sessions.

import {
  Session,
  SessionCache,
  type RemovalCause,
  type SessionCacheOptions,
  type SessionOptions,
} from '../../bindings/index.ts';
import { PROFILES as TABLE } from '../../bindings/cache/profiles.ts';
import { type Clock, NOW } from '../support/clock.ts';

export { type Clock, NOW };

export type Profile = keyof typeof TABLE;

export const PROFILES = Object.keys(TABLE) as Profile[];

/** An id of 32 bytes that begins with `n`. */
export function id(n: number): Uint8Array {
  const bytes = new Uint8Array(32).fill(0x5e);
  bytes[0] = n;
  return bytes;
}

/** A session with id(n), made now, good for 300 seconds. */
export function session(n: number, options: Partial<SessionOptions> = {}): Session {
  return new Session({ id: id(n), time: NOW, timeout: 300, data: Uint8Array.of(n), ...options });
}

/** A cache and the clock it looks at. */
export function cacheAt(options: SessionCacheOptions = {}): { cache: SessionCache; clock: Clock } {
  const clock = { now: NOW };
  return { cache: new SessionCache({ now: () => clock.now, ...options }), clock };
}

/** Writes down every removal: first byte of the id, cause. */
export function removalsOf(cache: SessionCache): [number, RemovalCause][] {
  const removals: [number, RemovalCause][] = [];
  cache.setRemoveSessionCallback((_cache, removed, cause) => {
    removals.push([removed.id[0] as number, cause]);
  });
  return removals;
}

/** First bytes of the ids, next to be evicted first. */
export function order(cache: SessionCache): number[] {
  return Array.from(cache, (cached) => cached.id[0] as number);
}

/** One full handshake on a server that ends with `made`. */
export function handshake(cache: SessionCache, made: Session): void {
  cache.startHandshake('server');
  cache.finishHandshake('server', made);
}

/** `count` finished handshakes that leave nothing in the cache. */
export function idleHandshakes(cache: SessionCache, count: number): void {
  for (let i = 0; i < count; i++) cache.finishHandshake('server', undefined);
}

/** The error that `action` throws; fails when it throws none. */
export function errorOf(action: () => unknown): Error & { code?: string; reason?: number } {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected an error, none was thrown');
}
