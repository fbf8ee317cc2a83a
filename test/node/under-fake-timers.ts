// A program under the fake timers of a test tool, which stand still: `<tool> <before|after>`. They
// are installed before or after the import of the package. Prints the outcome as JSON.

import { once } from 'node:events';
import { connect as connectTcp, Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mock } from 'node:test';
import { connect as connectTls, createServer, type Server, type TlsOptions } from 'node:tls';
import { constants, randomBytes } from 'node:crypto';
import { install } from '@sinonjs/fake-timers';
import { readCertificate } from '../../examples/certificates.js';

const [tool, moment] = process.argv.slice(2);

function fake(): void {
  if (tool === 'node:test') mock.timers.enable();
  // All but what Node's own streams need: the default of vitest. jest's are the same tool's.
  else install({ now: Date.now(), toNotFake: ['nextTick', 'queueMicrotask'] });
}

/** Waits in real time. */
function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    new Socket().setTimeout(ms, resolve);
  });
}

createServer().listen(0); // keeps the process alive
if (moment === 'before') fake();
const { Session, SessionCache } = await import('../../bindings/index.ts');
const { attachServer } = await import('../../bindings/node/index.ts');
const { ClientSessionCache, connect } = await import('../../bindings/client/index.ts');
const { restoreSessions, saveSessions } = await import('../../bindings/warm-restart/index.ts');
if (moment === 'after') fake();

const certificate = readCertificate('rsa');

async function listen(options: TlsOptions): Promise<{ server: Server; port: number }> {
  const server = createServer(
    { ...certificate, sessionIdContext: 'fake', ...options },
    (socket) => {
      socket.on('error', () => {});
      socket.end('x');
    },
  );
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

type Connect = (options: object) => ReturnType<typeof connectTls>;

async function visit(port: number, session?: Buffer, open: Connect = connectTls) {
  const socket = open({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: certificate.cert,
    ...(session && { session }),
  });
  let given = session;
  let resumed = '-';
  socket.on('session', (made: Buffer) => (given = made));
  socket.on('secureConnect', () => (resumed = socket.isSessionReused() ? 'R' : 'F'));
  socket.on('error', () => {});
  socket.resume();
  await Promise.race([once(socket, 'close'), wait(5000)]);
  socket.destroy();
  return { resumed, session: given };
}

const NO_TICKET = constants.SSL_OP_NO_TICKET;

/** Two visits at once, and a third one when the cache's second is over: FRF. */
async function serverOutlives(version: 'TLSv1.2' | 'TLSv1.3'): Promise<string> {
  const limits = { minVersion: version, maxVersion: version };
  const { server, port } = await listen({ ...limits, secureOptions: NO_TICKET });
  attachServer(server, new SessionCache({ timeout: 1 }), { tls13: version === 'TLSv1.3' });
  const one = await visit(port);
  const two = await visit(port, one.session);
  await wait(3000);
  const three = await visit(port, two.session);
  server.close();
  return one.resumed + two.resumed + three.resumed;
}

async function clientOutlives(): Promise<string> {
  const { server, port } = await listen({});
  const sessions = new ClientSessionCache({ maxLifetime: 1 });
  const open: Connect = (options) => connect({ ...options, sessions });
  const one = await visit(port, undefined, open);
  const two = await visit(port, undefined, open);
  await wait(3000);
  const three = await visit(port, undefined, open);
  server.close();
  return one.resumed + two.resumed + three.resumed;
}

/** A store that never answers. */
async function silentStore(): Promise<string> {
  const { server, port } = await listen({ maxVersion: 'TLSv1.2', secureOptions: NO_TICKET });
  const cache = new SessionCache();
  attachServer(server, cache, { lookupTimeout: 100 });
  const { session } = await visit(port);
  cache.flushSessions(0);
  cache.setGetSessionCallback(() => new Promise(() => {}));
  const { resumed } = await visit(port, session);
  server.close();
  return resumed;
}

/** A client that says nothing. */
async function silentClient(): Promise<string> {
  const { server, port } = await listen({ secureOptions: NO_TICKET });
  attachServer(server, new SessionCache(), { tls13: true, handshakeTimeout: 100 });
  const socket = connectTcp(port, '127.0.0.1').resume();
  socket.on('error', () => {});
  const closed = once(socket, 'close').then(() => 'closed');
  const outcome = await Promise.race([closed, wait(5000).then(() => 'hangs')]);
  socket.destroy();
  server.close();
  return outcome;
}

/** How many sessions of 1,000 move from one cache to another. */
async function warmRestart(): Promise<number | string> {
  const [from, to] = [new SessionCache(), new SessionCache()];
  for (let i = 0; i < 1000; i++) {
    const [id, data] = [randomBytes(32), randomBytes(160)];
    from.addSession(new Session({ id, data, protocolVersion: 0x0303 }));
  }
  const options = { keys: [randomBytes(32)] };
  const pieces: Uint8Array[] = [];
  const move = async (): Promise<number> => {
    await saveSessions(from, (piece) => pieces.push(Buffer.from(piece)), options);
    return (await restoreSessions(to, pieces, options)).restored;
  };
  return Promise.race([move(), wait(5000).then(() => 'hangs')]);
}

const [tls12, tls13, client, store, silent, moved] = await Promise.all([
  serverOutlives('TLSv1.2'),
  serverOutlives('TLSv1.3'),
  clientOutlives(),
  silentStore(),
  silentClient(),
  warmRestart(),
]);
process.stdout.write(JSON.stringify({ tls12, tls13, client, store, silent, moved }), () =>
  process.exit(),
);
