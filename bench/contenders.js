// Who takes part. To add one: a factory here, and its package as an exact devDependency.
//
// All but sesscache need a string for a key. `ucs2Slice` makes the cheapest one that holds 32 bytes:
// 16 two-byte characters, which V8 hashes in half the steps of 32 one-byte ones (measured on Node 20
// with a Map of 20,480: 115–129 ns a lookup; latin1Slice 140–154, String.fromCharCode with 32
// arguments 118–147, base64 163, hex 223). They keep the caller's data by reference; sesscache
// copies it.

const { ucs2Slice } = /** @type {any} */ (Buffer.prototype);

/** @type {(id: Uint8Array) => string} */
const keyOf = (id) => ucs2Slice.call(id, 0, 32);

/**
 * A cache of `size` sessions that live `seconds`.
 * @typedef {object} Cache
 * @property {(id: Uint8Array, data: Uint8Array) => void} add
 * @property {(id: Uint8Array) => Uint8Array | undefined} view finds data that may be read at once
 * @property {(id: Uint8Array) => Uint8Array | undefined} copy finds data that may be kept; the same
 *   function as `view` where both are one
 * @property {() => number} count sessions held
 * @property {() => number} [memory] bytes outside of JavaScript's heap and buffers
 *
 * @typedef {object} Contender
 * @property {string} package whose version is printed; empty: none
 * @property {boolean} bounds whether it holds no more than `size`
 * @property {boolean} expires whether it drops what is older than `seconds`
 * @property {(size: number, seconds: number) => Promise<Cache>} make
 */

/** @typedef {import('lru.min').CacheOptions<string, Uint8Array>} LruMinOptions */

/** @type {Record<string, Contender>} */
export const contenders = {
  sesscache: {
    package: 'sesscache',
    bounds: true,
    expires: true,
    async make(size, seconds) {
      const { Session, SessionCache } = await import('sesscache');
      const cache = new SessionCache({ size });
      return {
        add: (id, data) => void cache.addSession(new Session({ id, data, timeout: seconds })),
        view: (id) => cache.viewSession(id)?.data,
        copy: (id) => cache.resumeSession(id)?.data,
        count: () => cache.stats().number,
        memory: () => cache.stats().memory,
      };
    },
  },

  'lru-cache': {
    package: 'lru-cache',
    bounds: true,
    expires: true,
    async make(size, seconds) {
      const { LRUCache } = await import('lru-cache');
      // Whole seconds, as sesscache: with the default of 1 ms it reads the clock more often.
      /** @type {import('lru-cache').LRUCache<string, Uint8Array>} */
      const cache = new LRUCache({ max: size, ttl: seconds * 1000, ttlResolution: 1000 });
      return { ...keyed(cache), count: () => cache.size };
    },
  },

  'quick-lru': {
    package: 'quick-lru',
    // Holds up to twice as many; of those it finds, it drops the older ones as it goes.
    bounds: true,
    expires: true,
    async make(size, seconds) {
      const { default: QuickLRU } = await import('quick-lru');
      /** @type {import('quick-lru').default<string, Uint8Array>} */
      const cache = new QuickLRU({ maxSize: size, maxAge: seconds * 1000 });
      return { ...keyed(cache), count: () => cache.size };
    },
  },

  ttlcache: {
    package: '@isaacs/ttlcache',
    bounds: true,
    expires: true,
    async make(size, seconds) {
      const { TTLCache } = await import('@isaacs/ttlcache');
      /** @type {import('@isaacs/ttlcache').TTLCache<string, Uint8Array>} */
      const cache = new TTLCache({ max: size, ttl: seconds * 1000 });
      return { ...keyed(cache), count: () => cache.size };
    },
  },

  mnemonist: {
    package: 'mnemonist',
    bounds: true,
    expires: false,
    async make(size) {
      // The faster of its two at this: LRUCache keeps its keys as properties of an object.
      const { LRUMap } = await import('mnemonist');
      /** @type {import('mnemonist').LRUMap<string, Uint8Array>} */
      const cache = new LRUMap(size);
      return { ...keyed(cache), count: () => cache.size };
    },
  },

  'lru.min': {
    package: 'lru.min',
    bounds: true,
    expires: false,
    async make(size) {
      const { createLRU } = await import('lru.min');
      const cache = createLRU(/** @type {LruMinOptions} */ ({ max: size }));
      return { ...keyed(cache), count: () => cache.size };
    },
  },

  Map: {
    package: '',
    bounds: false,
    expires: false,
    async make(size) {
      /** @type {Map<string, Uint8Array>} */
      const map = new Map();
      return {
        ...keyed(map),
        add(id, data) {
          // It evicts nothing; emptied now and then, or it stops at 16,777,216 entries.
          if (map.size === 4 * size) map.clear();
          map.set(keyOf(id), data);
        },
        count: () => map.size,
      };
    },
  },
};

/** What every figure has in it: the making of ids and the loop. */
export const harness = 'harness';

/** @type {Contender} */
const nothing = {
  package: '',
  bounds: false,
  expires: false,
  async make() {
    const data = new Uint8Array(1);
    const find = (/** @type {Uint8Array} */ id) => (id[0] === -1 ? undefined : data);
    return { add() {}, view: find, copy: find, count: () => 0 };
  },
};

/**
 * @param {string} name
 * @returns {Contender}
 */
export function contender(name) {
  const found = name === harness ? nothing : contenders[name];
  if (found) return found;
  throw new Error(`no contender ${name}: there are ${Object.keys(contenders).join(', ')}`);
}

/**
 * A cache of strings, used by ids.
 * @param {{ get(key: string): Uint8Array | undefined, set(key: string, data: Uint8Array): any }} cache
 * @returns {Pick<Cache, 'add' | 'view' | 'copy'>}
 */
function keyed(cache) {
  const get = (/** @type {Uint8Array} */ id) => cache.get(keyOf(id));
  return {
    add(id, data) {
      cache.set(keyOf(id), data);
    },
    view: get,
    copy: get,
  };
}
