// What Node's releases do by themselves, as docs/node-servers.md says it: no cache is attached
// here.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import type { Server, TlsOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { askForCertificate, assertResumed, connectTls, makeServer } from './harness.ts';

const test = suite('stock Node');

const RELEASE = Number(process.versions.node.split('.')[0]);

async function withStock(server: Server, use: (port: number) => Promise<void>): Promise<void> {
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    server.close();
    await once(server, 'close');
  }
}

test('finds the TLS 1.2 sessions of a Map, and none of TLS 1.3', async () => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const server = makeServer('tls', { maxVersion });
    const sessions = new Map<string, Buffer>();
    server.on('newSession', (id, data, done) => {
      sessions.set(id.toString('hex'), data);
      done();
    });
    server.on('resumeSession', (id, done) => done(null, sessions.get(id.toString('hex')) ?? null));
    await withStock(server, async (port) => {
      const { session } = await connectTls(port);
      assert.ok(sessions.size > 0);
      assertResumed(await connectTls(port, session), maxVersion === 'TLSv1.2');
    });
  }
});

const outcome = RELEASE < 24 ? 'is authorized by' : 'is refused by';
test(`a session without certificate ${outcome} a server that demands one and shares its keys`, async () => {
  const common: TlsOptions = { ticketKeys: randomBytes(48), secureOptions: 0 };
  await withStock(makeServer('tls', common), async (open) => {
    await withStock(makeServer('tls', { ...common, ...askForCertificate }), async (closed) => {
      const { session } = await connectTls(open);
      const intruder = await connectTls(closed, session).catch((error: unknown) => error as Error);
      if (RELEASE < 24) {
        assert.not.instance(intruder, Error);
        const { server } = intruder as Exclude<typeof intruder, Error>;
        assert.equal([server?.resumed, server?.authorized], [true, true]);
      } else {
        assert.ok(intruder instanceof Error || intruder.server === undefined, 'it was not let in');
      }
    });
  });
});

const gets = RELEASE < 26 ? 'does not see' : 'sees';
test(`a client that is sent nothing ${gets} its TLS 1.3 sessions`, async () => {
  const server = createServer({ ...readCertificate('rsa'), minVersion: 'TLSv1.3' }, (socket) => {
    socket.on('error', () => {});
    socket.resume().end();
  });
  await withStock(server, async (port) => {
    for (let i = 0; i < 10; i++) {
      const { sessions } = await connectTls(port);
      assert.is(sessions.length > 0, RELEASE >= 26, `${sessions.length} sessions`);
    }
  });
});

test.run();
