// The workloads. Each figure is nanoseconds per session.

/** @type {Record<string, { title: string, about: string }>} */
export const workloads = {
  view: {
    title: 'hit, view',
    about: 'look up a random session; its bytes may be read until the next call',
  },
  tested: {
    title: 'hit, tested as in a handshake',
    about:
      'the same where OpenSSL also takes a reference and compares context and time, as its handshake does',
  },
  copy: {
    title: 'hit, copy',
    about: 'look up a random session; its bytes may be kept. The others hand out what they keep',
  },
  miss: { title: 'miss', about: 'look up an id that is not there' },
  prefix: {
    title: 'hit, common prefix',
    about: 'as “hit, view”, where the first 16 bytes of all ids are the same',
  },
  add: { title: 'add', about: 'fill an empty cache, its growth included' },
  evict: { title: 'add + evict', about: 'add to a full cache; all sessions live equally long' },
  mixedTimeouts: {
    title: 'add + evict, mixed timeouts',
    about: 'the same with lifetimes from 1 to 3 hours, at random',
  },
  remove: { title: 'remove', about: 'remove by id, a tenth of the sessions' },
  mixed: {
    title: '80/20, Zipf',
    about: 'four lookups to one add with eviction; the younger a session, the more it is asked for',
  },
  flush: {
    title: 'flush 1 of 10',
    about: 'drop the tenth that has expired; per session dropped',
  },
  expire: { title: 'flush all', about: 'drop all when all have expired; per session dropped' },
  revoke: {
    title: 'revoke 1 of 100',
    about: 'drop a group; the others look at every session to find it; per session dropped',
  },
};

/**
 * The workloads with many caches in a process.
 * @type {Record<string, { title: string, about: string }>}
 */
export const crowdWorkloads = {
  make: { title: 'new cache', about: 'make a cache and add its first session; per cache' },
  cold: {
    title: 'add, first life',
    about: 'fill the first caches of the process, nothing compiled',
  },
  add: { title: 'add', about: 'fill new caches, later ones of the process' },
  view: { title: 'hit, view', about: 'look up a random session of a random cache' },
  evict: { title: 'add + evict', about: 'add to each full cache in turn' },
};

/** @param {string} key of `workloads` */
export function titleOf(key) {
  return workloads[key]?.title ?? key;
}
