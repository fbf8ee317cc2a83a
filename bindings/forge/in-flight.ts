// Client sessions that were passed to forge and whose outcome is not known yet. Forge does not
// report a failed connection, so such a session is not offered again: if the server fails because
// of it, the next connection must succeed. Watched connections do not need this.

import type { SessionCache } from '../index.ts';

/**
 * Maximum number of serials kept for a cache. The oldest is dropped first; its session may then be
 * offered once more.
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
