// A server that is deployed anew without a common parent: the new process inherits the listening
// socket from systemd, asks the old one for its sessions over a unix socket, and then shakes hands.
// Run: SESSION_KEY=$(openssl rand -hex 32) node examples/socket-restart.js /run/site/restart 8443;
// under systemd the port is that of the .socket unit, which two instances of a service may share.

import { constants, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SessionCache } from 'sesscache';
import { attachServer } from 'sesscache/node';
import { restoreSessions, saveSessions } from 'sesscache/warm-restart';
import { readCertificate } from './certificates.js';

const BINDING_BYTES = 32;
/** For a client that connects and says nothing; milliseconds. */
const PATIENCE = 5000;

const [path = '/run/site/restart', port = '8443', maxVersion = 'TLSv1.3'] = process.argv.slice(2);
const keys = [Buffer.from(process.env['SESSION_KEY'] ?? '', 'hex')];
const cache = new SessionCache({ timeout: 7200 });
const server = createHttps({
  ...readCertificate('rsa'),
  maxVersion: /** @type {import('node:tls').SecureVersion} */ (maxVersion),
  secureOptions: constants.SSL_OP_NO_TICKET,
  sessionIdContext: 'socket-restart',
});
const options = { tls13: maxVersion === 'TLSv1.3', namespace: 'socket-restart' };
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
let accepted = 0;
const front = createServer({ pauseOnConnect: true }, async (socket) => {
  accepted++;
  socket.on('error', () => {});
  await started;
  server.emit('connection', socket);
});
// The first socket that systemd passes is 3: see sd_listen_fds(3).
if (process.env['LISTEN_FDS']) front.listen({ fd: 3 });
else front.listen(Number(port), '127.0.0.1');
await once(front, 'listening');
console.log(`restored ${await takeOver()} sessions`);
await expectSuccessor();
start();
console.log(`listening ${JSON.stringify(front.address())}`);

/** Restores what the old process has, if there is one. */
async function takeOver() {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    const binding = randomBytes(BINDING_BYTES); // only this process can restore what is bound to it
    socket.write(binding);
    const signal = AbortSignal.timeout(2 * PATIENCE);
    const { restored } = await restoreSessions(cache, socket, { keys, binding, signal });
    return restored;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    // Without an old process, or if it fails: handshakes are full.
    if (code !== 'ENOENT' && code !== 'ECONNREFUSED') console.error(`restored nothing: ${error}`);
    return 0;
  } finally {
    socket.destroy();
  }
}

/** Listens for the new process. The first to connect takes the sessions, so only this user may. */
async function expectSuccessor() {
  rmSync(path, { force: true }); // of a process that was killed
  const handover = createServer(async (socket) => {
    socket.on('error', () => {});
    const binding = await read(socket, BINDING_BYTES);
    if (binding === undefined || !handover.listening) return void socket.destroy();
    handover.close(); // removes the path, at which the new process listens from now on
    front.close(); // the socket itself stays open in the new process
    const deadline = performance.now() + PATIENCE;
    while (isShaking() && performance.now() < deadline) await sleep(1); // they make sessions yet
    await saveSessions(cache, socket, { keys, binding });
    socket.end();
    server.closeIdleConnections(); // the process ends with the last connection
  });
  const mask = process.umask(0o177);
  handover.listen(path);
  process.umask(mask);
  await once(handover, 'listening');
}

/** Whether handshakes are under way. */
function isShaking() {
  const { full, resumed, failed } = attached.stats().handshakes;
  return accepted > full + resumed + failed;
}

/**
 * The first bytes that a socket receives, or undefined if it ends before.
 * @param {import('node:net').Socket} socket
 * @param {number} length
 * @returns {Promise<Buffer | undefined>}
 */
async function read(socket, length) {
  /** @type {Buffer[]} */
  const pieces = [];
  for await (const piece of socket.iterator({ destroyOnReturn: false })) {
    pieces.push(piece);
    const all = Buffer.concat(pieces);
    if (all.length >= length) return all.subarray(0, length);
  }
  return undefined;
}
