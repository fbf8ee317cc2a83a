// Shared by the JavaScript caches: a string as key, and data kept by reference.

/**
 * A store with string keys, as all of them are.
 * @typedef {object} Store
 * @property {(key: string) => any} get
 * @property {(key: string, value: any, options?: any) => any} set
 * @property {(key: string) => unknown} [delete]
 * @property {() => IterableIterator<[string, any]>} [entries]
 * @property {() => void} [clear]
 */

/**
 * @param {Store} store
 * @param {import('./keys.js').MakeKey} key
 * @returns {Omit<import('./types.ts').Cache, 'count'>}
 */
export function keyed(store, key) {
  const find = (/** @type {Uint8Array} */ id) => store.get(key(id));
  return {
    add(id, data) {
      store.set(key(id), data);
    },
    view: find,
    copy: find,
    ...(store.delete && { remove: (id) => void store.delete?.(key(id)) }),
    ...(store.clear && { clear: () => store.clear?.() }),
    ...(store.delete && store.entries && grouped(store, key)),
  };
}

/**
 * None of them supports groups: to revoke one, every session is examined.
 * @param {Store} store
 * @param {import('./keys.js').MakeKey} key
 * @returns {Required<Pick<import('./types.ts').Cache, 'addToGroup' | 'revoke'>>}
 */
function grouped(store, key) {
  return {
    addToGroup(id, data, group) {
      store.set(key(id), { group, data });
    },
    revoke(group) {
      const found = [];
      for (const [each, value] of store.entries?.() ?? []) {
        if (value.group === group) found.push(each);
      }
      for (const each of found) store.delete?.(each);
      return found.length;
    },
  };
}
