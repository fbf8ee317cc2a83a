// Client sessions are found by peer. OpenSSL leaves that search to the program, so the cache has no
// method for it, and it counts nothing: clients count a hit when the server has agreed to resume.

import { LEFT_EXPIRED } from '../core/abi.ts';
import * as ARGS from '../core/fields/args.ts';
import { sameBytes } from '../checks.ts';
import type { Engine } from '../cache/engine.ts';
import { removeById } from '../cache/removal.ts';
import { scopeFor } from '../session/extras.ts';
import type { Session } from '../session/session.ts';

const ID_BYTES = 32;
const SORTABLE = 2n ** 63n;

/**
 * The id under which a client's session is cached. Two peers with the same would displace each
 * other's session and no more: the data holds the whole peer, and is compared.
 */
export function idOfPeer(peer: Uint8Array, context: Uint8Array): Uint8Array {
  const id = new Uint8Array(ID_BYTES);
  const words = new DataView(id.buffer);
  for (let lane = 0; lane < ID_BYTES / 4; lane++) {
    // FNV-1a, another multiplier in each lane, which stays odd.
    const prime = 0x01000193 + (lane << 9);
    let hash = 0x811c9dc5 ^ context.length;
    for (const byte of context) hash = Math.imul(hash ^ byte, prime);
    for (const byte of peer) hash = Math.imul(hash ^ byte, prime);
    words.setUint32(lane * 4, hash);
  }
  return id;
}

/** The session of a peer, its data a view of the cache's memory; an expired one is removed. */
export function findPeer(
  engine: Engine,
  id: Uint8Array,
  protocolVersion: number,
  context: Uint8Array,
): Session | undefined {
  const now = engine.now();
  const at = engine.find(id, protocolVersion);
  if (at === 0 || engine.isMarked(at)) return undefined;
  if (!sameBytes(engine.store.contextOf(at), context)) return undefined;
  if (isExpired(engine, at, now)) {
    removeById(engine, id, protocolVersion, LEFT_EXPIRED);
    return undefined;
  }
  engine.store.core.show(at);
  return engine.viewAt(at, scopeFor(protocolVersion, context), id);
}

/** By its place in the order, which is its expiry by time, timeout and absolute lifetime. */
function isExpired({ store }: Engine, at: number, now: number): boolean {
  store.core.placeOf(at);
  if (store.long(ARGS.timeout) !== 0n) return false; // beyond the largest time
  return BigInt.asUintN(64, store.long(ARGS.time)) < BigInt(now) + SORTABLE;
}
