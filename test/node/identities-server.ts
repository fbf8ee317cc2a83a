// A release of Node that hands PSK identities to `resumeSession`, simulated: what its TLS would
// tell of a hello is put in the place of the legacy session id, before any listener hears of it.
// Connections are in memory, so that their bytes pass through JavaScript. Prints as JSON what
// happened to a few clients. With the argument `stock` Node is as it is.

/* oxlint-disable no-underscore-dangle -- the names are Node's */

import { constants } from 'node:crypto';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, createServer, TLSSocket } from 'node:tls';
import { readCertificate } from '../../examples/certificates.js';
import { attachExternal, memoryStore } from '../../bindings/external/index.ts';
import { SessionCache } from '../../bindings/index.ts';
import { readHello } from '../../bindings/node/hello/hello.ts';
import { attachServer } from '../../bindings/node/index.ts';
import type {
  NativeHello,
  NodeTlsSocket,
  TlsHandle,
} from '../../bindings/node/runtime/internals.ts';

const [runtime, store] = process.argv.slice(2) as ['stock' | 'identities', 'alone' | 'shared'];
const servernames = process.argv[4] === 'names';
const certificate = readCertificate('rsa');

if (runtime === 'identities') simulate(TLSSocket.prototype as unknown as NodeTlsSocket);

function simulate(prototype: NodeTlsSocket): void {
  const { _init } = prototype;
  prototype._init = function (this: NodeTlsSocket, socket?: unknown, wrap?: unknown): void {
    _init.call(this, socket, wrap);
    if (this._tlsOptions.isServer === true && this._handle) tellIdentities(this._handle);
  };
}

/** Must be told before the adapter puts its own method on the handle, which calls this one. */
function tellIdentities(handle: TlsHandle): void {
  let identity: Uint8Array | undefined;
  const look = (bytes: Buffer): void => {
    const found = readHello(bytes, 65_536);
    if (found && 'hello' in found) identity ??= found.hello.psk;
  };
  const below = handle._parent as { readBuffer(bytes: Buffer): void };
  const { readBuffer } = below;
  below.readBuffer = (bytes) => {
    look(bytes);
    readBuffer.call(below, bytes);
  };
  const { receive, onclienthello } = handle;
  handle.receive = (bytes) => {
    look(bytes);
    receive.call(handle, bytes);
  };
  handle.onclienthello = (hello: NativeHello) => {
    onclienthello.call(handle, identity ? { ...hello, sessionId: Buffer.from(identity) } : hello);
  };
}

const server = createServer({
  ...certificate,
  minVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_TICKET,
  sessionIdContext: 'identities',
});
server.on('secureConnection', (socket) => {
  socket.on('error', () => {});
  socket.end('.');
});
const errors: string[] = [];
server.on('tlsClientError', (error) => errors.push(String(error)));
const cache = new SessionCache();
if (store === 'shared') attachExternal(cache, memoryStore(), { unsealed: true });
const attached = attachServer(server, cache, { tls13: true, servernames });
await new Promise((resolve) => setImmediate(resolve)); // Node 26 tells of a hello a little later

/** Two ends of a connection. */
function pair(): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const end = (other: 0 | 1): Duplex =>
    new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        ends[other]!.push(chunk);
        done();
      },
      final(done) {
        ends[other]!.push(null);
        done();
      },
    });
  ends.push(end(1), end(0));
  return ends as [Duplex, Duplex];
}

let session: Buffer | undefined;

async function visit(options: ConnectionOptions): Promise<boolean> {
  const [ours, theirs] = pair();
  server.emit('connection', theirs);
  const client = connect({
    socket: ours,
    ca: certificate.cert,
    servername: 'localhost',
    ...options,
  });
  client.on('session', (made) => (session = made));
  client.resume();
  await once(client, 'end');
  const reused = client.isSessionReused();
  client.destroy();
  return reused;
}

const reused: Record<string, boolean> = {};
for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
  session = undefined;
  reused[`${version} first`] = await visit({ minVersion: version, maxVersion: version });
  const made = session as Buffer | undefined;
  const options = { minVersion: version, maxVersion: version, session: made };
  reused[`${version} again`] = await visit(options);
  if (version === 'TLSv1.3') reused[`${version} used before`] = await visit(options);
  const next = session as Buffer | undefined;
  reused[`${version} other name`] = await visit({
    ...options,
    session: next,
    servername: 'other.test',
    checkServerIdentity: () => undefined,
  });
}
// It offers TLS 1.3, where a session of TLS 1.2 is of no use.
reused['both'] = await visit({ session });
const { hellos, hits, handshakes } = attached.stats();
process.stdout.write(JSON.stringify({ reused, read: hellos.read, hits, handshakes, errors }));
process.exit();
