// Many connections at a time to a TLS 1.3 server that gives two tickets with each full handshake:
// how many resume, and how often a ticket is sent twice, where an observer can link the
// connections.

import { once } from 'node:events';
import https from 'node:https';
import * as undici from 'undici';
import { collect } from '../support/collect.ts';
import {
  ClientSessionCache,
  type ClientSessionCacheOptions,
  SessionAgent,
  undiciConnector,
} from '../../bindings/client/index.ts';
import { relayTo } from './hellos.ts';
import { ca, serve } from './servers.ts';

export const AT_ONCE = 64;
export const WAVES = 4;

export interface Outcome {
  connections: number;
  /** How many connections resumed, as the server says. */
  resumed: number;
  /** Tickets that were offered. */
  offered: number;
  /** How many different tickets those were. */
  different: number;
}

/** A client: opens a connection for each call, and closes it. */
export interface Contender {
  visit(port: number): Promise<void>;
  close(): void | Promise<void>;
}

export const CONTENDERS: Readonly<Record<string, () => Contender>> = {
  'https.Agent, stock': () => withAgent(new https.Agent({ ca })),
  'undici, stock': () => withDispatcher(new undici.Agent({ connect: { ca } })),
  SessionAgent: () => ours({}),
  'SessionAgent, ticketsPerPeer: 8': () => ours({ ticketsPerPeer: 8 }),
  'SessionAgent, keepLast': () => ours({ keepLast: true }),
  undiciConnector: () => {
    const sessions = new ClientSessionCache();
    const connect = undiciConnector(undici.buildConnector, { ca, sessions });
    return withDispatcher(new undici.Agent({ connect }), sessions);
  },
};

/**
 * Waves of connections, each once the one before is over and, if `collects`, garbage is collected.
 */
export async function run(contender: Contender, collects = true): Promise<Outcome> {
  const server = await serve('https', 'TLSv1.3');
  const relay = await relayTo(server.port);
  try {
    for (let wave = 0; wave < WAVES; wave++) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => contender.visit(relay.port)));
      if (collects) collect();
    }
    const offered = relay.offered.filter((ticket) => ticket !== undefined);
    return {
      connections: server.resumed.length,
      resumed: server.resumed.filter(Boolean).length,
      offered: offered.length,
      different: new Set(offered).size,
    };
  } finally {
    await contender.close();
    await relay.close();
    await server.close();
  }
}

function ours(options: ClientSessionCacheOptions): Contender {
  const sessions = new ClientSessionCache(options);
  return withAgent(new SessionAgent({ ca, sessions }), sessions);
}

function withAgent(agent: https.Agent, sessions?: ClientSessionCache): Contender {
  return {
    async visit(port) {
      const request = https.get({ host: 'localhost', port, agent });
      const [response] = await once(request, 'response');
      response.resume();
      if (!request.closed) await once(request, 'close');
    },
    close() {
      agent.destroy();
      sessions?.close();
    },
  };
}

function withDispatcher(dispatcher: undici.Agent, sessions?: ClientSessionCache): Contender {
  return {
    async visit(port) {
      // `reset`: connection: close
      const target = `https://localhost:${port}/`;
      const { body } = await undici.request(target, { dispatcher, reset: true });
      await body.dump();
    },
    async close() {
      await dispatcher.close();
      sessions?.close();
    },
  };
}
