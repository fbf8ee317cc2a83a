/**
 * The session cache of node-forge, the TLS stack in JavaScript. Its lookup removes the session, and
 * its users put it back; both walk or shift an array of all ids.
 * @type {import('./types.ts').Contender}
 */
export const forge = {
  package: 'node-forge',
  bounds: true,
  expires: false,
  evicts: 'age',
  largest: 1000,
  async make(size) {
    const { default: nodeForge } = await import('node-forge');
    /** @type {any} */
    const cache = /** @type {any} */ (nodeForge.tls).createSessionCache({}, size);
    const { latin1Slice } = /** @type {any} */ (Buffer.prototype);
    // Its ids are strings of bytes.
    const stringOf = (/** @type {Uint8Array} */ id) => latin1Slice.call(id, 0, 32);
    const find = (/** @type {Uint8Array} */ id) => {
      const key = stringOf(id);
      const session = cache.getSession(key);
      if (session === null) return undefined;
      cache.setSession(key, session);
      return session;
    };
    return {
      add: (id, data) => cache.setSession(stringOf(id), data),
      view: find,
      copy: find,
      remove: (id) => cache.getSession(stringOf(id)),
      count: () => cache.order.length,
    };
  },
};
