// A server that is deployed anew without losing a session or a connection: the new process takes
// the connections, waits until the old one has handed its sessions over, and then shakes hands.
// Run: node examples/rolling-restart.js 8443; `kill -HUP` its process to restart what serves.

import cluster from 'node:cluster';
import { constants, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttps } from 'node:https';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SessionCache } from 'sesscache';
import { attachServer } from 'sesscache/node';
import { destinationTo, restoreSessions, saveSessions, sourceFrom } from 'sesscache/warm-restart';
import { readCertificate } from './certificates.js';

const [port = '8443', maxVersion = 'TLSv1.3'] = process.argv.slice(2);
if (cluster.isPrimary) await supervise();
else await serve();

async function supervise() {
  const key = randomBytes(32).toString('hex'); // of the sessions in transit; in memory only
  let worker = cluster.fork();
  await once(worker, 'message'); // it hears
  worker.send({ key });
  const [{ address }] = await once(worker, 'message');
  console.log(`listening ${JSON.stringify(address)}`);

  process.on('SIGHUP', async () => {
    const [old, next] = [worker, (worker = cluster.fork())];
    await once(next, 'message');
    next.send({ key, isSuccessor: true });
    // The new process names the binding of the sessions: no other process can restore them.
    const [{ binding }] = await once(next, 'message');
    old.on('message', (message) => 'sesscacheRestart' in message && next.send(message));
    old.send({ handOver: binding });
    const [{ restored }] = await once(next, 'message');
    console.log(`handed over ${restored} sessions`);
  });
}

async function serve() {
  const cache = new SessionCache({ timeout: 7200 });
  const server = createHttps({
    ...readCertificate('rsa'),
    maxVersion: /** @type {import('node:tls').SecureVersion} */ (maxVersion),
    secureOptions: constants.SSL_OP_NO_TICKET,
    sessionIdContext: 'rolling-restart',
  });
  const options = { tls13: maxVersion === 'TLSv1.3', namespace: 'rolling-restart' };
  const attached = attachServer(server, cache, options);
  server.on('request', (request, response) => {
    const socket = /** @type {import('node:tls').TLSSocket} */ (request.socket);
    response.setHeader('connection', 'close');
    response.end(JSON.stringify({ resumed: socket.isSessionReused(), pid: process.pid }));
  });

  // Takes connections at once, and keeps them waiting until the sessions are there.
  /** @type {() => void} */
  let start = () => {};
  const started = new Promise((resolve) => (start = () => resolve(undefined)));
  const front = createServer({ pauseOnConnect: true }, async (socket) => {
    socket.on('error', () => {});
    await started;
    server.emit('connection', socket);
  });

  const told = once(process, 'message');
  process.send?.({ hears: true });
  const [{ key, isSuccessor }] = await told;
  const keys = [Buffer.from(key, 'hex')];
  front.listen(Number(port), '127.0.0.1');
  await once(front, 'listening');
  if (isSuccessor) {
    const binding = randomBytes(32).toString('hex');
    const source = sourceFrom(process);
    process.send?.({ binding });
    const signal = AbortSignal.timeout(10_000);
    const report = await restoreSessions(cache, source, { keys, binding, signal }).catch(
      (error) => ({ restored: 0, error }),
    );
    process.send?.({ restored: report.restored });
  } else {
    process.send?.({ address: front.address() });
  }
  start();

  process.on('message', async ({ handOver: binding }) => {
    if (binding === undefined) return;
    front.close();
    while (underway(cache, attached) > 0) await sleep(1); // they make sessions yet
    const destination = destinationTo(process);
    await saveSessions(cache, destination.write, { keys, binding });
    await destination.end();
    server.closeIdleConnections();
    process.disconnect(); // ends when the last connection does
  });
}

/**
 * How many handshakes are.
 * @param {SessionCache} cache
 * @param {import('sesscache/node').Attached} attached
 */
function underway(cache, attached) {
  const { full, resumed, failed } = attached.stats().handshakes;
  return cache.stats().accept - full - resumed - failed;
}
