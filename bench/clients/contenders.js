// The clients that `npm run bench:clients` compares. Each visit is a connection of its own, with a
// request and its answer. `full`: no session is offered.

import https from 'node:https';
import { Agent, buildConnector, request } from 'undici';
import { ClientSessionCache, SessionAgent, undiciConnector } from 'sesscache/client';

/**
 * A client in one process.
 * @typedef {object} Client
 * @property {(port: number) => Promise<string>} visit resolves to the answer
 * @property {() => void} [forget] drops its sessions; is called before each visit that is to be full
 */

/** @typedef {import('node:tls').ConnectionOptions} ConnectionOptions */

/**
 * Each stock client stands before those that are compared with it. `again` shows what the figures
 * can tell.
 * @type {Record<string, (tls: ConnectionOptions, full: boolean) => Client>}
 */
export const contenders = {
  'https.Agent, stock': (tls, full) => ({
    visit: withAgent(new https.Agent({ ...tls, ...(full && { maxCachedSessions: 0 }) })),
  }),
  'https.Agent, again': (tls, full) => ({
    visit: withAgent(new https.Agent({ ...tls, ...(full && { maxCachedSessions: 0 }) })),
  }),
  SessionAgent: (tls) => sessionAgent(tls, {}),
  'SessionAgent, keepLast': (tls) => sessionAgent(tls, { keepLast: true }),
  'undici, stock': (tls, full) => ({
    visit: withDispatcher(
      new Agent({
        connect: /** @type {any} */ ({ ...tls, ...(full && { maxCachedSessions: 0 }) }),
      }),
    ),
  }),
  undiciConnector: (tls) => undici(tls, {}),
  'undiciConnector, keepLast': (tls) => undici(tls, { keepLast: true }),
};

/** @returns {Client} */
function sessionAgent(tls, options) {
  const sessions = new ClientSessionCache(options);
  const agent = new SessionAgent({ ...tls, sessions });
  return { visit: withAgent(agent), forget: () => sessions.cache.flushSessions(0) };
}

/** @returns {Client} */
function undici(tls, options) {
  const sessions = new ClientSessionCache(options);
  const connect = undiciConnector(buildConnector, { ...tls, sessions });
  const forget = () => sessions.cache.flushSessions(0);
  return { visit: withDispatcher(new Agent({ connect: /** @type {any} */ (connect) })), forget };
}

/** @returns {(port: number) => Promise<string>} */
function withAgent(agent) {
  return (port) =>
    new Promise((resolve, reject) => {
      const asked = https.get({ host: 'localhost', port, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => resolve(text));
      });
      asked.on('error', reject);
    });
}

/** @returns {(port: number) => Promise<string>} */
function withDispatcher(dispatcher) {
  return async (port) => {
    // `reset`: connection: close
    const options = { dispatcher, reset: true };
    const { body } = await request(`https://localhost:${port}/`, options);
    return body.text();
  };
}
