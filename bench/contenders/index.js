// The contenders. To add one: a file here, and its package as an exact devDependency. OpenSSL is
// not a JavaScript cache: see ../native/.

import { forge } from './forge.js';
import { lruCache, lruCacheTtl, lruMin, map, mnemonist, quickLru, ttlcache } from './javascript.js';
import { lmdb } from './lmdb.js';
import { flru, hashlru, sieve, tinyLru, tinyLruTtl } from './minimal.js';
import { sesscache } from './sesscache.js';

/** @type {Record<string, import('./types.ts').Contender>} */
export const contenders = {
  sesscache,
  'lru-cache, ttl': lruCacheTtl,
  'lru-cache': lruCache,
  'quick-lru': quickLru,
  ttlcache,
  mnemonist,
  'lru.min': lruMin,
  'tiny-lru, ttl': tinyLruTtl,
  'tiny-lru': tinyLru,
  'sieve-cache': sieve,
  flru,
  hashlru,
  'node-forge': forge,
  Map: map,
  lmdb,
};

/** The part that every figure contains: the loop and the making of ids. */
export const harness = 'harness';

/** OpenSSL's own cache, in C. */
export const OPENSSL = 'OpenSSL';

/** @type {import('./types.ts').Contender} */
const nothing = {
  package: '',
  bounds: false,
  expires: false,
  evicts: 'none',
  async make() {
    const data = new Uint8Array(1);
    const find = (/** @type {Uint8Array} */ id) => (id[0] === -1 ? undefined : data);
    return { add() {}, view: find, copy: find, remove() {}, count: () => 0 };
  },
};

/**
 * @param {string} name
 * @returns {import('./types.ts').Contender}
 */
export function contender(name) {
  const found = name === harness ? nothing : contenders[name];
  if (found) return found;
  throw new Error(`no contender ${name}: there are ${Object.keys(contenders).join(', ')}`);
}
