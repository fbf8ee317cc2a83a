// A handshake that asks for two server names: the second hello, after a HelloRetryRequest, may say
// another than the first. Stock Node applies the first one's policy and reports the second.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { assertResumed, type Report, withServer } from './harness.ts';
import { connectTls13 } from './tls13-client.ts';

const test = suite('attachServer: two names in one handshake');
const tls = { minVersion: 'TLSv1.3', ecdhCurve: 'P-256' } as const;

test('a session of a handshake that asked for one name is stored, retried or not', async () => {
  await withServer({ tls, attach: { tls13: true } }, async ({ port, attached }) => {
    const { retried, text, sessions } = await connectTls13(port, { servername: 'one.test' });
    assert.ok(retried && sessions.length > 0);
    assert.is((JSON.parse(text) as Report).servername, 'one.test');
    assert.is(attached.stats().stored, sessions.length);
  });
});

test('nothing is stored where the second hello asks for another name', async () => {
  const prepare = { ...readCertificate('rsa') };
  await withServer(
    {
      tls,
      attach: { tls13: true },
      prepare: (server) => server.addContext('one.test', prepare),
    },
    async ({ port, attached, cache }) => {
      for (const [servername, secondName] of [
        ['one.test', 'two.test'],
        ['two.test', 'one.test'],
        ['one.test', 'ONE.test'],
      ] as const) {
        const outcome = await connectTls13(port, { servername, secondName });
        assert.ok(outcome.retried && outcome.sessions.length > 0);
        assert.is((JSON.parse(outcome.text) as Report).servername, secondName);
      }
      const { stored, notStored } = attached.stats();
      assert.is(stored, 0);
      assert.is(notStored.names, 6);
      assert.is(cache.stats().number, 0);
    },
  );
});

test('where names do not count, two of them are no reason', async () => {
  const attach = { tls13: true, servernames: false };
  await withServer({ tls, attach }, async ({ port, attached }) => {
    await connectTls13(port, { servername: 'one.test', secondName: 'two.test' });
    assert.is(attached.stats().stored, 2);
  });
});

test('a session that is offered before a retry does not resume', async () => {
  await withServer({ tls, attach: { tls13: true } }, async ({ connect, attached }) => {
    const { session } = await connect();
    assertResumed(await connect(session, { ecdhCurve: 'X25519:P-256' }), false);
    await sleep(10);
    assert.is(attached.stats().hits, 1, 'it was found, and is used up');
    assert.is(attached.stats().handshakes.resumed, 0);
  });
});

test('this client resumes as others do', async () => {
  await withServer(
    { tls: { minVersion: 'TLSv1.3' }, attach: { tls13: true } },
    async ({ port }) => {
      const servername = 'one.test';
      const { sessions } = await connectTls13(port, { servername });
      const second = await connectTls13(port, { servername, psk: sessions[0]! });
      assert.equal([second.retried, second.resumed], [false, true]);
      assert.is((JSON.parse(second.text) as Report).resumed, true);
    },
  );
});

for (const [name, options] of [
  ['in both hellos', {}],
  ['with no mode that is known in the first', { modes: [0x7f] }],
  ['with modes that the server does not take in the first', { modes: [0] }],
  ['without modes in the first', { modes: [] }],
  ['in the second alone', { offersFirst: false }],
] as const) {
  for (const secondName of ['one.test', 'two.test']) {
    test(`a session offered ${name} does not resume for ${secondName}`, async () => {
      const served: (string | undefined)[] = [];
      const context = readCertificate('rsa');
      const prepare = (server: Server): void => {
        server.addContext('two.test', context);
        server.on('secureConnection', (socket) => {
          const { servername } = socket as { servername?: string };
          if (socket.isSessionReused()) served.push(servername);
        });
      };
      await withServer({ tls, attach: { tls13: true }, prepare }, async ({ port, attached }) => {
        const servername = 'one.test';
        const { sessions } = await connectTls13(port, { servername });
        const psk = sessions[0]!;
        const outcome = await connectTls13(port, {
          servername,
          secondName,
          psk,
          ...(options as object),
        }).catch((error: unknown) => error as Error);
        if (!(outcome instanceof Error)) assert.is(outcome.text.includes('"resumed":true'), false);
        assert.equal(served, []);
        assert.is(attached.stats().handshakes.resumed, 0);
      });
    });
  }
}

test.run();
