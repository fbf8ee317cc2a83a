import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer as createTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SessionCache } from '../../bindings/index.ts';
import { attachServer, AttachError } from '../../bindings/node/index.ts';
import { attachTicketKeys } from '../../bindings/tickets/index.ts';
import { assertResumed, connectTls, makeServer, withServer } from './harness.ts';

const test = suite('attachServer: attaching and detaching');

const events = ['connection', 'newSession', 'resumeSession', 'secureConnection', 'tlsClientError'];

test('detach leaves the listeners of the server as they were, each in its place', () => {
  for (const kind of ['tls', 'https', 'http2'] as const) {
    const server = makeServer(kind, { maxVersion: 'TLSv1.2' });
    server.prependListener('connection', () => {});
    server.once('connection', () => {});
    const listeners = () => events.map((event) => server.rawListeners(event));
    const before = listeners();
    const attached = attachServer(server, new SessionCache());
    assert.is(server.listenerCount('resumeSession'), 1);
    assert.is(server.listenerCount('connection'), 3);
    attached.detach();
    assert.equal(listeners(), before);
    assert.equal(Object.getOwnPropertyNames(server).includes('emit'), false);
    attached.detach(); // once more does nothing
    assert.equal(listeners(), before);
  }
});

test('detached in any order, sessions and ticket keys leave the methods of the server as they were', () => {
  const server = makeServer('tls', { secureOptions: 0 });
  const own = (): unknown[] =>
    ['setSecureContext', 'addContext'].map((name) => Object.getOwnPropertyDescriptor(server, name));
  const before = own();
  for (const first of ['sessions', 'tickets']) {
    const sessions = attachServer(server, new SessionCache());
    const tickets = attachTicketKeys(server, { secret: randomBytes(32) });
    if (first === 'sessions') sessions.detach();
    tickets.detach();
    if (first === 'tickets') sessions.detach();
    assert.equal(own(), before, `${first} first`);
  }
});

test('attaching twice is an error and changes nothing; after detach it is not', async () => {
  await withServer({ tls: { maxVersion: 'TLSv1.2' } }, async ({ server, attached, connect }) => {
    const cache = new SessionCache();
    assert.throws(
      () => attachServer(server, cache),
      (error: unknown) => error instanceof AttachError && error.code === 'ERR_SESSCACHE_ATTACHED',
    );
    const { session } = await connect();
    assertResumed(await connect(session), true);
    attached.detach();
    assertResumed(await connect(session), false);
    const again = attachServer(server, cache);
    const next = await connect();
    assertResumed(await connect(next.session), true);
    assert.is(again.stats().hits, 1);
    again.detach();
  });
});

test('a server with another resumeSession listener is refused', () => {
  const server = makeServer('tls', {});
  server.on('resumeSession', (_id, callback) => callback(null, null));
  assert.throws(
    () => attachServer(server, new SessionCache()),
    (error: unknown) => error instanceof AttachError && error.code === 'ERR_SESSCACHE_LISTENERS',
  );
});

test('wrong arguments are named', () => {
  const server = makeServer('tls', {});
  const cache = new SessionCache();
  const wrong: [unknown[], RegExp][] = [
    [[createTcp(), cache], /"server" expected tls, https or secure http2 server, got Server/],
    [[server, {}], /"cache" expected SessionCache, got Object/],
    [[server, cache, null], /"options" expected object, got null/],
    [[server, cache, { tls13: 1 }], /"tls13" expected boolean, got number/],
    [[server, cache, { reuse: 'no' }], /"reuse" expected boolean/],
    [[server, cache, { namespace: '' }], /"namespace" expected 1..32 bytes/],
    [[server, cache, { lookupTimeout: 0 }], /"lookupTimeout" expected an integer 1../],
    [[server, cache, { handshakeTimeout: -1 }], /"handshakeTimeout" expected an integer 0../],
    [[server, cache, { maxHelloBytes: 1e9 }], /"maxHelloBytes" expected an integer/],
    [[server, cache, { onError: 'log' }], /"onError" expected function/],
  ];
  const attach = attachServer as (...args: unknown[]) => unknown;
  for (const [args, message] of wrong) assert.throws(() => attach(...args), message);
  assert.is(server.listenerCount('resumeSession'), 0, 'nothing was changed');
  attachServer(server, cache, { tls13: true }).detach();
});

test('detach lets a connection go on whose hello has only half come', async () => {
  const attach = { tls13: true };
  await withServer({ attach }, async ({ port, attached, connect }) => {
    const proxy = createTcp((client) => {
      const upstream = connectTcp(port, '127.0.0.1');
      client.once('data', (hello) => {
        upstream.write(hello.subarray(0, 100));
        setTimeout(() => {
          upstream.write(hello.subarray(100));
          client.pipe(upstream);
        }, 100);
      });
      upstream.pipe(client);
      upstream.on('close', () => client.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const slow = connectTls((proxy.address() as AddressInfo).port);
    while (attached.stats().pending.hellos === 0) await sleep(5);
    attached.detach();
    assertResumed(await slow, false);
    assert.is(attached.stats().pending.hellos, 0);
    assertResumed(await connect(), false);
    proxy.close();
  });
});

test('listeners of others see every event, with the real server', async () => {
  const seen: string[] = [];
  const prepare = (server: ReturnType<typeof makeServer>): void => {
    server.on('connection', () => seen.push('connection'));
    server.on('newSession', (_id, _data, done) => {
      seen.push('newSession');
      done();
    });
    server.on('secureConnection', (socket) => {
      seen.push('secureConnection');
      assert.is((socket as unknown as { server: unknown }).server, server);
    });
  };
  await withServer({ prepare, tls: { maxVersion: 'TLSv1.2' } }, async ({ connect }) => {
    await connect();
    assert.equal(seen, ['connection', 'newSession', 'secureConnection']);
  });
});

test.run();
