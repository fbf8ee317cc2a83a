// A worker of bench/external/handshakes.js: a server for each way to share sessions.

import { constants } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:tls';
import { readCertificate } from '../../examples/certificates.js';
import { clusterStore } from '../../dist/cluster/index.js';
import { attachExternal } from '../../dist/external/index.js';
import { SessionCache, SessionCacheMode } from '../../dist/index.js';
import { attachServer } from '../../dist/node/index.js';
import { openIORedis, openNodeRedis } from './stores.js';

const port = Number(process.env.REDIS_PORT);
const NO_INTERNAL = SessionCacheMode.SERVER | SessionCacheMode.NO_INTERNAL;
const keys = [Buffer.from(process.env.SESSION_KEY ?? '', 'hex')];
const node = await openNodeRedis(port);
const io = await openIORedis(port);

/**
 * The store of each server. Those that call the library themselves are what a program would write.
 */
const WAYS = {
  'nothing: full handshakes': () => {},
  tickets: () => {},
  'straight to node-redis': (server) => straight(server, node),
  'straight to ioredis': (server) => straight(server, io),
  'attachExternal, node-redis': (server) => attach(server, node.store, { keys }),
  'attachExternal, ioredis': (server) => attach(server, io.store, { keys }),
  'attachExternal, clusterStore': (server) => attach(server, clusterStore(), {}),
  'attachExternal, node-redis, copies inside': (server) =>
    attach(server, node.store, { keys, namespace: 'inside' }, SessionCacheMode.SERVER),
};

const ports = {};
for (const [way, put] of Object.entries(WAYS)) {
  const server = createServer({
    ...readCertificate('rsa'),
    maxVersion: 'TLSv1.2',
    sessionIdContext: 'bench',
    secureOptions: way === 'tickets' ? 0 : constants.SSL_OP_NO_TICKET,
  });
  put(server);
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    socket.resume();
    socket.end('.');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ports[way] = /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}
process.on('message', (message) => {
  if (message !== 'cpu') return;
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system });
});
process.send?.({ ports });

function straight(server, { get, set }) {
  server.on('newSession', (id, data, done) => {
    set(id.toString('hex'), data, 300_000).catch(() => {});
    done();
  });
  server.on('resumeSession', (id, answer) => {
    get(id.toString('hex')).then(
      (data) => answer(null, data ?? null),
      () => answer(null, null),
    );
  });
}

/** By default the cache stores nothing, so that each reconnect is a lookup in the store. */
function attach(server, store, options, mode = NO_INTERNAL) {
  const cache = new SessionCache({ mode });
  attachExternal(cache, store, { ...options, deadline: 1000 });
  attachServer(server, cache, { namespace: 'bench' });
}
