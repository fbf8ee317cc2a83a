// What a full cache of TLS 1.2 sessions weighs, and how long a full garbage collection takes then.

import { contender } from './contenders.js';
import { dataOf, Ids } from './ids.js';

/** i2d_SSL_SESSION of TLS 1.2 with a 32-byte id, without a certificate or a server name. */
export const TLS12_BYTES = 158;
const LIFETIME = 36_000;

/**
 * Bytes for all sessions together: what the cache needs more than an empty process.
 * @typedef {object} Weight
 * @property {number} number sessions held
 * @property {number} linear Wasm memory in use: pages that have been handed out, index and free
 *   blocks included
 * @property {number} heap JavaScript's heap
 * @property {number} buffers data outside of the heap, without the allocator's share
 * @property {number} resident growth of the process
 * @property {number} collection milliseconds of a full collection
 */

/**
 * @param {string} name
 * @param {number} size
 * @returns {Promise<Weight>}
 */
export async function weigh(name, size) {
  const { gc } = globalThis;
  if (!gc) throw new Error('run node with --expose-gc');
  const cache = await contender(name).make(size, LIFETIME);
  gc();
  const before = process.memoryUsage();
  const ids = new Ids();
  for (let i = 0; i < size; i++) cache.add(ids.at(i), dataOf(i, TLS12_BYTES));
  gc();
  const start = performance.now();
  gc();
  const collection = performance.now() - start;
  const after = process.memoryUsage();
  return {
    number: cache.count(),
    linear: cache.memory?.() ?? 0,
    heap: after.heapUsed - before.heapUsed,
    buffers: after.arrayBuffers - before.arrayBuffers,
    resident: after.rss - before.rss,
    collection,
  };
}
