// Caches of a few dozen lines: one or two objects or a Map, and a bound. Each in its best
// configuration for the job.

import { keyed } from './keyed.js';
import { keys } from './keys.js';

/** @typedef {import('./types.ts').Contender} Contender */

/** @type {Contender} */
export const flru = {
  package: 'flru',
  // Two generations of `size - 1`, as with `size` it would rotate one session late. It cannot
  // remove.
  bounds: true,
  expires: false,
  evicts: 'age',
  key: 'ucs2',
  async make(size, _seconds, key = 'ucs2') {
    // Its types describe a CommonJS module.
    const create = /** @type {any} */ ((await import('flru')).default);
    return counted(create(size - 1), size, keys[key]);
  },
};

/** @type {Contender} */
export const hashlru = {
  package: 'hashlru',
  // Two generations of `size`.
  bounds: true,
  expires: false,
  evicts: 'age',
  key: 'ucs2',
  async make(size, _seconds, key = 'ucs2') {
    const create = /** @type {any} */ ((await import('hashlru')).default);
    const store = create(size);
    const { get, set, clear, remove } = store;
    return counted({ get, set, clear, delete: remove }, size, keys[key]);
  },
};

/** @type {Contender} */
export const sieve = {
  package: '@neophi/sieve-cache',
  bounds: true,
  expires: false,
  evicts: 'age',
  key: 'ucs2',
  async make(size, _seconds, key = 'ucs2') {
    const { SieveCache } = await import('@neophi/sieve-cache');
    /** @type {import('@neophi/sieve-cache').SieveCache<string, any>} */
    const cache = new SieveCache(size);
    return { ...keyed(/** @type {any} */ (cache), keys[key]), count: () => cache.size };
  },
};

/** @type {Contender} */
export const tinyLru = { ...tiny(false), expires: false };

/** @type {Contender} With one lifetime for all sessions: it has no other. */
export const tinyLruTtl = { ...tiny(true), expires: true };

/**
 * @param {boolean} expires
 * @returns {Omit<Contender, 'expires'>}
 */
function tiny(expires) {
  return {
    package: 'tiny-lru',
    bounds: true,
    evicts: 'age',
    key: 'ucs2',
    async make(size, seconds, key = 'ucs2') {
      const { lru } = await import('tiny-lru');
      /** @type {import('tiny-lru').LRU<any>} */
      const cache = lru(size, expires ? seconds * 1000 : 0);
      return { ...keyed(/** @type {any} */ (cache), keys[key]), count: () => cache.size };
    },
  };
}

/**
 * For a store that does not count its sessions: those added and not removed, up to `size`.
 * @param {import('./keyed.js').Store} store
 * @param {number} size
 * @param {import('./keys.js').MakeKey} key
 * @returns {import('./types.ts').Cache}
 */
function counted(store, size, key) {
  const { add, remove, clear, ...rest } = keyed(store, key);
  let number = 0;
  return {
    ...rest,
    add(id, data) {
      add(id, data);
      number++;
    },
    ...(remove && {
      remove(id) {
        remove(id);
        number--;
      },
    }),
    ...(clear && {
      clear() {
        clear();
        number = 0;
      },
    }),
    count: () => (number = Math.min(number, size)),
  };
}
