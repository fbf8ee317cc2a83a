import { CONTEXT } from '../data/sessions.js';

/** So that its index grows at the same sessions on every run: see ../measure/pauses.js. */
const SEED = new Uint8Array(16).fill(0x5e);

/** @type {import('./types.ts').Contender} */
export const sesscache = {
  package: 'sesscache',
  bounds: true,
  expires: true,
  evicts: 'expiry',
  budget: 1024,
  async make(size, seconds) {
    const { SessionCache } = await import('sesscache');
    const cache = new SessionCache({ size, sessionIdContext: CONTEXT, seed: SEED });
    const sessionIdContext = CONTEXT;
    return {
      add(id, data) {
        cache.addSession({ id, data, timeout: seconds, sessionIdContext });
      },
      addFor(id, data, timeout) {
        cache.addSession({ id, data, timeout, sessionIdContext });
      },
      addToGroup(id, data, group) {
        const tags = [group];
        cache.addSession({ id, data, timeout: seconds, sessionIdContext, tags });
      },
      view: (id) => cache.viewSession(id)?.data,
      copy: (id) => cache.resumeSession(id)?.data,
      remove: (id) => void cache.removeSessionById(id),
      purge: (budget) => cache.flushSessions(Math.floor(Date.now() / 1000), { budget }),
      revoke: (tag) => cache.revoke({ tag }),
      clear: (budget) => cache.flushSessions(0, { budget }),
      count: () => cache.stats().number,
      memory: () => cache.stats().memory,
      close: () => cache.close(),
    };
  },
};
