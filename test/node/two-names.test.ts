// A handshake that asks for two server names: the second hello, after a HelloRetryRequest, may say
// another than the first. Stock Node applies the first one's policy and reports the second.

import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { assertResumed, type Report, withServer } from './harness.ts';
import { connectTls13 } from './tls13-client.ts';

const test = suite('attachServer: two names in one handshake');
const tls = { minVersion: 'TLSv1.3', ecdhCurve: 'P-256' } as const;

test('a session of a handshake that asked for one name is stored, retried or not', async () => {
  await withServer({ tls, attach: { tls13: true } }, async ({ port, attached }) => {
    const { retried, text, tickets } = await connectTls13(port, { servername: 'one.test' });
    assert.ok(retried && tickets > 0);
    assert.is((JSON.parse(text) as Report).servername, 'one.test');
    assert.is(attached.stats().stored, tickets);
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
        assert.ok(outcome.retried && outcome.tickets > 0);
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

test.run();
