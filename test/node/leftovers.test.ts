// Ten thousand connections that come to nothing leave nothing behind: half of them with sessions in
// the cache, half with sessions elsewhere.

import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTLS, TLSSocket } from 'node:tls';
import * as v8 from 'node:v8';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SessionCache } from '../../bindings/index.ts';
import { ServerConnection } from '../../bindings/node/handshake/connection.ts';
import { Reading } from '../../bindings/node/handshake/reader.ts';
import { type Fault, fail, faults, resources } from './faults.ts';
import { assertResumed, withServer } from './harness.ts';
import { captureHello } from './wire.ts';

const test = suite('attachServer: what connections leave behind');

/** How many objects of a class there are; Node 20.13 and later, and not in the types of 20. */
const { queryObjects } = v8 as unknown as {
  queryObjects(kind: unknown, options: { format: 'count' }): number;
};

const CONNECTIONS = 5000;
const AT_ONCE = 50;

for (const store of ['in the cache', 'elsewhere'] as const) {
  test(`${CONNECTIONS} connections that fail, sessions ${store}`, async () => {
    const cache = new SessionCache();
    if (store === 'elsewhere') {
      cache.setGetSessionCallback(() => sleep(5).then(() => undefined));
    }
    const attach = { tls13: true, handshakeTimeout: 200, lookupTimeout: 100 };
    const tls = { handshakeTimeout: 200 };
    await withServer({ cache, attach, tls }, async ({ port, server, attached, connect: visit }) => {
      // A plain tls.Server leaves it to this event to end a handshake that takes too long.
      server.on('tlsClientError', (_error, socket) => socket.destroy());
      const { session } = await visit();
      const hello = await captureHello((to) =>
        connectTLS({ port: to, host: '127.0.0.1', servername: 'localhost', session }),
      );
      const events = ['connection', 'newSession', 'resumeSession', 'secureConnection'];
      const listeners = () => events.map((event) => server.listenerCount(event));
      await sleep(50); // whatever is still closing
      const [listening, before] = [listeners(), resources()];
      let made = 0;
      const worker = async (): Promise<void> => {
        while (made < CONNECTIONS) {
          await fail(port, hello, faults[made++ % faults.length] as Fault);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      const left = (): boolean => {
        const { pending } = attached.stats();
        return pending.hellos + pending.lookups > 0;
      };
      for (let wait = 0; wait < 100 && left(); wait++) await sleep(20);
      const open = await new Promise((done) => server.getConnections((_error, n) => done(n)));
      assert.is(open, 0);
      assert.equal(listeners(), listening);
      assert.equal(attached.stats().pending, { hellos: 0, lookups: 0 });
      await sleep(50);
      assert.equal(resources(), before, 'no timer and no handle is left');
      const { hellos, handshakes } = attached.stats();
      assert.ok(hellos.lost > 0 && hellos.timeouts > 0 && hellos.left > 0 && hellos.read > 0);
      assert.ok(handshakes.failed >= CONNECTIONS * 0.9, `${handshakes.failed} failed`);
      const next = await visit();
      assertResumed(next, false);
      if (store === 'in the cache') assertResumed(await visit(next.session), true);
      assert.is((server.address() as AddressInfo).port, port);
    });
  });
}

test('no object of ours, and no socket, outlives its connection', async () => {
  const attach = { tls13: true, handshakeTimeout: 200 };
  await withServer({ attach, tls: { handshakeTimeout: 200 } }, async (running) => {
    const { port, server, connect: visit } = running;
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    const { session } = await visit();
    const hello = await captureHello((to) =>
      connectTLS({ port: to, host: '127.0.0.1', servername: 'localhost', session }),
    );
    const alive = (): number[] =>
      [ServerConnection, Reading, TLSSocket].map((kind) => queryObjects(kind, { format: 'count' }));
    await sleep(300);
    const before = alive();
    for (let i = 0; i < 300; i += 30) {
      const these = Array.from({ length: 30 }, (_, k) => faults[(i + k) % faults.length] as Fault);
      await Promise.all(these.map((fault) => fail(port, hello, fault)));
      await visit();
    }
    await sleep(300);
    const after = alive();
    assert.ok(
      after.every((count, kind) => count <= (before[kind] as number) + 1),
      `${before} before, ${after} after 310 connections`,
    );
  });
});

test.run();
