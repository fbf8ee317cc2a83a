import { CONTEXT } from '../data/sessions.js';

/** @type {import('./types.ts').Contender} */
export const sesscache = {
  package: 'sesscache',
  bounds: true,
  expires: true,
  evicts: 'expiry',
  budget: 1024,
  async make(size, seconds) {
    const { Session, SessionCache } = await import('sesscache');
    const cache = new SessionCache({ size, sessionIdContext: CONTEXT });
    const sessionIdContext = CONTEXT;
    return {
      add(id, data) {
        cache.addSession(new Session({ id, data, timeout: seconds, sessionIdContext }));
      },
      addFor(id, data, timeout) {
        cache.addSession(new Session({ id, data, timeout, sessionIdContext }));
      },
      addToGroup(id, data, group) {
        const tags = [group];
        cache.addSession(new Session({ id, data, timeout: seconds, sessionIdContext, tags }));
      },
      view: (id) => cache.viewSession(id)?.data,
      copy: (id) => cache.resumeSession(id)?.data,
      remove: (id) => void cache.removeSessionById(id),
      purge: (budget) => cache.flushSessions(Math.floor(Date.now() / 1000), { budget }),
      revoke: (tag) => cache.revoke({ tag }),
      clear: (budget) => cache.flushSessions(0, { budget }),
      count: () => cache.stats().number,
      memory: () => cache.stats().memory,
    };
  },
};
