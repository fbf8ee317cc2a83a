// The caches of JavaScript, each in its best configuration for the job.

import { keyed } from './keyed.js';
import { keys } from './keys.js';

/** @typedef {import('./types.ts').Contender} Contender */
/** @typedef {import('lru.min').CacheOptions<string, any>} LruMinOptions */

/** @type {Contender} */
export const lruCacheTtl = {
  package: 'lru-cache',
  bounds: true,
  expires: true,
  evicts: 'age',
  clockLag: 1100,
  key: 'ucs2',
  async make(size, seconds, key = 'ucs2') {
    const keyOf = keys[key];
    const { LRUCache } = await import('lru-cache');
    // Whole seconds, as sesscache: with the default of 1 ms it reads the clock more often.
    /** @type {import('lru-cache').LRUCache<string, any>} */
    const cache = new LRUCache({ max: size, ttl: seconds * 1000, ttlResolution: 1000 });
    return {
      ...keyed(cache, keyOf),
      addFor: (id, data, ttl) => void cache.set(keyOf(id), data, { ttl: ttl * 1000 }),
      purge: () => void cache.purgeStale(),
      count: () => cache.size,
    };
  },
};

/** @type {Contender} */
export const lruCache = {
  package: 'lru-cache',
  bounds: true,
  expires: false,
  evicts: 'age',
  key: 'ucs2',
  async make(size, _seconds, key = 'ucs2') {
    const keyOf = keys[key];
    const { LRUCache } = await import('lru-cache');
    /** @type {import('lru-cache').LRUCache<string, any>} */
    const cache = new LRUCache({ max: size });
    return { ...keyed(cache, keyOf), count: () => cache.size };
  },
};

/** @type {Contender} */
export const quickLru = {
  package: 'quick-lru',
  // Holds up to twice as many sessions, and drops the older ones as it meets them.
  bounds: true,
  expires: true,
  evicts: 'age',
  key: 'ucs2',
  async make(size, seconds, key = 'ucs2') {
    const keyOf = keys[key];
    const { default: QuickLRU } = await import('quick-lru');
    /** @type {import('quick-lru').default<string, any>} */
    const cache = new QuickLRU({ maxSize: size, maxAge: seconds * 1000 });
    return {
      ...keyed(cache, keyOf),
      addFor: (id, data, age) => void cache.set(keyOf(id), data, { maxAge: age * 1000 }),
      count: () => cache.size,
    };
  },
};

/** @type {Contender} */
export const ttlcache = {
  package: '@isaacs/ttlcache',
  bounds: true,
  expires: true,
  evicts: 'expiry',
  // An add walks a list of all milliseconds at which a session expires: 3 ms at 20,480 sessions.
  largestMixed: 100_000,
  key: 'ucs2',
  async make(size, seconds, key = 'ucs2') {
    const keyOf = keys[key];
    const { TTLCache } = await import('@isaacs/ttlcache');
    /** @type {import('@isaacs/ttlcache').TTLCache<string, any>} */
    const cache = new TTLCache({ max: size, ttl: seconds * 1000 });
    return {
      ...keyed(/** @type {import('./keyed.js').Store} */ (/** @type {unknown} */ (cache)), keyOf),
      addFor: (id, data, ttl) => void cache.set(keyOf(id), data, { ttl: ttl * 1000 }),
      purge: () => cache.purgeStale(),
      count: () => cache.size,
    };
  },
};

/** @type {Contender} */
export const mnemonist = {
  package: 'mnemonist',
  bounds: true,
  expires: false,
  evicts: 'age',
  key: 'ucs2',
  async make(size, _seconds, key = 'ucs2') {
    const keyOf = keys[key];
    // The faster of its two classes here: LRUCache keeps its keys as properties of an object.
    const { LRUMapWithDelete } = await import('mnemonist');
    /** @type {import('mnemonist').LRUMapWithDelete<string, any>} */
    const cache = new LRUMapWithDelete(size);
    return { ...keyed(/** @type {any} */ (cache), keyOf), count: () => cache.size };
  },
};

/** @type {Contender} */
export const lruMin = {
  package: 'lru.min',
  bounds: true,
  expires: false,
  evicts: 'age',
  key: 'ucs2',
  async make(size, _seconds, key = 'ucs2') {
    const keyOf = keys[key];
    const { createLRU } = await import('lru.min');
    const cache = createLRU(/** @type {LruMinOptions} */ ({ max: size }));
    return { ...keyed(/** @type {any} */ (cache), keyOf), count: () => cache.size };
  },
};

/** @type {Contender} */
export const map = {
  package: '',
  bounds: false,
  expires: false,
  evicts: 'none',
  key: 'ucs2',
  largest: 16_000_000,
  async make(size, _seconds, key = 'ucs2') {
    const keyOf = keys[key];
    /** @type {Map<string, any>} */
    const store = new Map();
    const most = Math.min(4 * size, 2 ** 24);
    return {
      ...keyed(store, keyOf),
      add(id, data) {
        // It evicts nothing, and stops at 16,777,216 entries unless it is emptied now and then.
        if (store.size === most) store.clear();
        store.set(keyOf(id), data);
      },
      count: () => store.size,
    };
  },
};
