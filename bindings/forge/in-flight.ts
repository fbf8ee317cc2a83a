// Client sessions that forge was given and has not said how it went: it says nothing of a
// connection that failed. Such a session is not offered again, or a server that chokes on it would
// never be reached. A watched connection does not need this.

import type { SessionCache } from '../index.ts';

/**
 * Serials kept for one cache; beyond that the oldest is forgotten, and may be offered once more.
 */
const MAX_IN_FLIGHT = 1024;

const byCache = new WeakMap<SessionCache, Set<number>>();

export const inFlight = {
  has(cache: SessionCache, serial: number): boolean {
    return byCache.get(cache)?.has(serial) ?? false;
  },

  add(cache: SessionCache, serial: number): void {
    let serials = byCache.get(cache);
    if (!serials) byCache.set(cache, (serials = new Set()));
    serials.add(serial);
    if (serials.size <= MAX_IN_FLIGHT) return;
    const [oldest] = serials;
    serials.delete(oldest!);
  },

  delete(cache: SessionCache, serial: number): void {
    byCache.get(cache)?.delete(serial);
  },
};
