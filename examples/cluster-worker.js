// A worker of examples/cluster.js, to copy: an https server that shares its sessions with the
// others.

import cluster from 'node:cluster';
import { constants } from 'node:crypto';
import { createServer } from 'node:https';
import { SessionCache } from 'sesscache';
import { clusterStore } from 'sesscache/cluster';
import { attachExternal } from 'sesscache/external';
import { attachServer } from 'sesscache/node';
import { redisStore } from 'sesscache/redis';
import { readCertificate } from './certificates.js';

const { REDIS_URL, SESSION_KEY = '' } = process.env;

const server = createServer({
  ...readCertificate('ecdsa'),
  secureOptions: constants.SSL_OP_NO_TICKET, // sessions stay on the servers
  sessionIdContext: 'example-cluster', // the same in all processes
});

const cache = new SessionCache();
// The primary holds the sessions; or Redis, where they are sealed with a key that all hosts have.
const store = REDIS_URL ? redisStore(await connectRedis(REDIS_URL)) : clusterStore();
const keys = REDIS_URL ? [Buffer.from(SESSION_KEY, 'hex')] : undefined;
// 25 ms is the default; here clients, workers and store share one machine.
const external = attachExternal(cache, store, { keys, deadline: 500 });
attachServer(server, cache, { namespace: 'example-cluster', tls13: true });

server.on('request', (request, response) => {
  response.setHeader('connection', 'close');
  response.end(`${cluster.worker?.id}`);
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1');

process.on('message', async (message) => {
  if (message !== 'stop') return; // among others, the store's own messages come by
  await external.close(); // what waits to be written is written
  process.exit();
});

async function connectRedis(url) {
  const { createClient } = await import('redis');
  const client = createClient({ url, disableOfflineQueue: true });
  client.on('error', () => {}); // handshakes go on without it: external.stats() counts
  return client.connect();
}
