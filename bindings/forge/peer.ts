// Finds client sessions by peer. OpenSSL leaves that search to the program, so the cache has no
// method for it and does not count it. Clients count a hit when the server has agreed to resume.

import { AHEAD_MAX, type CacheInternals } from '../cache/internal.ts';
import type { Session } from '../index.ts';

const ID_BYTES = 32;

/**
 * The id under which a client's session is cached. If two peers had the same id, each would only
 * displace the other's session: the data contains the whole peer, which is compared.
 */
export function idOfPeer(peer: Uint8Array, context: Uint8Array): Uint8Array {
  const id = new Uint8Array(ID_BYTES);
  const words = new DataView(id.buffer);
  for (let lane = 0; lane < ID_BYTES / 4; lane++) {
    // FNV-1a, with another odd multiplier in each lane.
    const prime = 0x01000193 + (lane << 9);
    let hash = 0x811c9dc5 ^ context.length;
    for (const byte of context) hash = Math.imul(hash ^ byte, prime);
    for (const byte of peer) hash = Math.imul(hash ^ byte, prime);
    words.setUint32(lane * 4, hash);
  }
  return id;
}

/**
 * The session of a peer, with its data as a view of the cache's memory. An expired session is
 * removed. One whose time is more than a minute ahead stays in the cache and is not returned.
 */
export function findPeer(
  internals: CacheInternals,
  id: Uint8Array,
  protocolVersion: number,
  context: Uint8Array,
): Session | undefined {
  const now = internals.now();
  const at = internals.find(id, protocolVersion, context);
  if (at === 0) return undefined;
  const found = internals.view(at, id);
  if (found === undefined) return undefined;
  if (internals.expiryOf(at) >= now) return found.time > now + AHEAD_MAX ? undefined : found;
  internals.removeById(id, protocolVersion, 'expired');
  return undefined;
}
