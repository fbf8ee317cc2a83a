// A server in a process of its own, for secrets.test.ts. It prints its port; after a line of input
// it closes everything, prints the masked secrets of its sessions, and waits to have its memory
// searched.
//
//   node --expose-gc --import tsx secrets-server.ts VERSION alone|listener|callback|store

import { constants, randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { attachExternal, memoryStore } from '../../bindings/external/index.ts';
import { Session, SessionCache } from '../../bindings/index.ts';
import { attachServer } from '../../bindings/node/index.ts';
import { readCertificate } from '../../examples/certificates.js';
import { maskMasterSecret } from '../support/masked.ts';

const [version, way] = process.argv.slice(2) as ['TLSv1.2' | 'TLSv1.3', string];
const secrets: string[] = [];
/** Sessions that the program keeps: the search must find them. */
const kept: unknown[] = [];

const { emit } = EventEmitter.prototype;
EventEmitter.prototype.emit = function spy(name, ...args: unknown[]) {
  // Before all listeners, which may wipe the session.
  if (name === 'newSession') secrets.push(maskMasterSecret(args[1] as Buffer));
  return Reflect.apply(emit, this, [name, ...args]) as boolean;
};

async function serve(): Promise<void> {
  const server = createServer({
    ...readCertificate('rsa'),
    minVersion: version,
    maxVersion: version,
    sessionIdContext: 'secrets',
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  server.on('secureConnection', (socket) => socket.end('hello'));
  const cache = new SessionCache();
  if (way === 'callback') {
    cache.setNewSessionCallback((_connection, session) => {
      kept.push(session);
      return true;
    });
  }
  const attached = attachServer(server, cache, { tls13: true });
  const store = memoryStore();
  const external = way === 'store' ? attachExternal(cache, store, { keys: [randomBytes(32)] }) : undefined; // prettier-ignore
  if (way === 'listener') server.once('newSession', (_id, data) => kept.push(data));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  console.log((server.address() as AddressInfo).port);
  await once(process.stdin, 'data');
  console.log(JSON.stringify(attached.stats().handshakes));
  await end(server);
  await external?.close();
  store.clear();
  cache.close();
  attached.detach();
}

async function end(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

await serve();
for (let i = 0; i < 10; i++) {
  await sleep(20);
  (globalThis as unknown as { gc(): void }).gc();
}
const intact = kept.filter((it) =>
  (it instanceof Session ? it.data : (it as Buffer)).some((byte) => byte !== 0),
);
console.log(JSON.stringify({ secrets, kept: kept.length, intact: intact.length }));
process.stdin.resume().on('end', () => process.exit(kept.length > 999 ? 1 : 0));
