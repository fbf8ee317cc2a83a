// RFC 5246 §7.2.2: the sessions of a connection that failed are not used again.

import { once } from 'node:events';
import { connect as connectTcp, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTLS } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertResumed, makeServer, withServer } from './harness.ts';
import { SessionCache } from '../../bindings/index.ts';
import { attachServer } from '../../bindings/node/index.ts';
import { captureHello } from './wire.ts';

const test = suite('attachServer: sessions of failed connections');

test('TLS 1.2: a record that does not decrypt, after the handshake, drops the session', async () => {
  // A server that keeps its connections open.
  const server = makeServer('tls', { maxVersion: 'TLSv1.2' });
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    socket.resume();
  });
  const cache = new SessionCache();
  const attached = attachServer(server, cache);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let upstream: Socket | undefined;
  const proxy = createServer((client) => {
    upstream = connectTcp(port, '127.0.0.1');
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.pipe(upstream).pipe(client);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const through = (proxy.address() as AddressInfo).port;
  try {
    for (const rubbish of [false, true]) {
      const socket = connectTLS({ port: through, host: '127.0.0.1', rejectUnauthorized: false });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      assert.is(cache.stats().number, rubbish ? 2 : 1);
      if (rubbish) upstream?.write(Buffer.from([23, 3, 3, 0, 32, ...Buffer.alloc(32)]));
      else upstream?.resetAndDestroy(); // a lost connection says nothing about the session
      await sleep(100);
      socket.destroy();
      assert.is(cache.stats().number, 1);
      assert.is(attached.stats().dropped, rubbish ? 1 : 0);
    }
    assert.is(cache.stats().removals.aborted, 1);
  } finally {
    proxy.close();
    server.close();
    await once(server, 'close');
  }
});

test('TLS 1.2: a client that hangs up during a resumed handshake', async () => {
  const tls = { maxVersion: 'TLSv1.2' } as const;
  await withServer({ tls }, async ({ port, connect, attached, cache }) => {
    const { session } = await connect();
    const hello = await captureHello((to) =>
      connectTLS({ port: to, host: '127.0.0.1', servername: 'localhost', session }),
    );
    const raw = connectTcp(port, '127.0.0.1', () => raw.write(hello));
    raw.once('data', () => raw.resetAndDestroy()); // the ServerHello, which resumes
    while (attached.stats().handshakes.failed === 0) await sleep(5);
    assert.is(attached.stats().hits, 1);
    assert.is(attached.stats().dropped, 1);
    assert.is(cache.stats().number, 0);
    assertResumed(await connect(session), false);
  });
});

test.run();
