import { once } from 'node:events';
import https from 'node:https';
import { constants } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SessionCacheMode } from '../../bindings/index.ts';
import { attach } from '../../examples/attach.js';
import { readCertificate } from '../../examples/certificates.js';
import { assertResumed, CONTEXT } from '../node/harness.ts';
import { newCache, withServer } from './harness.ts';

const test = suite('node:tls server with a SessionCache');

for (const name of ['rsa', 'ecdsa'] as const) {
  test(`a Node client resumes its session (${name} certificate)`, async () => {
    await withServer({ tls: readCertificate(name) }, async ({ cache, connect }) => {
      const client = { ca: readCertificate(name).cert };
      const first = await connect(undefined, client);
      assertResumed(first, false);
      assert.is(cache.stats().number, 1);
      assertResumed(await connect(first.session, client), true);
      assertResumed(await connect(first.session, client), true);
      const { accept, acceptGood, hits, misses, number } = cache.stats();
      // The miss: to please middleboxes, a client that could speak TLS 1.3 offers a random id.
      assert.equal(
        { accept, acceptGood, hits, misses, number },
        { accept: 3, acceptGood: 3, hits: 2, misses: 1, number: 1 },
      );
    });
  });
}

test('each of many clients resumes its own session', async () => {
  await withServer({}, async ({ cache, connect }) => {
    const first = await Promise.all(Array.from({ length: 12 }, () => connect()));
    assert.is(cache.stats().number, 12);
    const again = await Promise.all(first.map(({ session }) => connect(session)));
    for (const outcome of again) assertResumed(outcome, true);
    assert.is(cache.stats().hits, 12);
  });
});

test('an https.Agent resumes', async () => {
  const cache = newCache();
  const server = https.createServer(
    {
      ...readCertificate('rsa'),
      maxVersion: 'TLSv1.2',
      secureOptions: constants.SSL_OP_NO_TICKET,
      sessionIdContext: CONTEXT,
    },
    (request, response) => response.end(`${(request.socket as TLSSocket).isSessionReused()}`),
  );
  attach(server, cache);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const agent = new https.Agent({ ca: readCertificate('rsa').cert, keepAlive: false });
  const get = async (): Promise<string> => {
    const [response] = await once(https.get({ host: 'localhost', port, agent }), 'response');
    return (await response.setEncoding('utf8').toArray()).join('');
  };
  try {
    assert.equal([await get(), await get(), await get()], ['false', 'true', 'true']);
  } finally {
    agent.destroy();
    server.close();
  }
});

test('an expired session has a full handshake, and the new one resumes', async () => {
  let clock = Math.floor(Date.now() / 1000);
  const cache = newCache({ timeout: 60, now: () => clock });
  await withServer({ cache }, async ({ connect }) => {
    const { session } = await connect();
    clock += 60; // the last second at which it is good
    assertResumed(await connect(session), true);
    clock += 1;
    const renewed = await connect(session);
    assertResumed(renewed, false);
    assert.is(cache.stats().timeouts, 1);
    assertResumed(await connect(renewed.session), true);
  });
});

test('a session of another session id context has a full handshake', async () => {
  const cache = newCache();
  const other = Buffer.from('another-service');
  await withServer({ cache }, async (here) => {
    await withServer(
      { cache, connection: { sessionIdContext: other }, tls: { sessionIdContext: `${other}` } },
      async (there) => {
        const { session } = await here.connect();
        assertResumed(await there.connect(session), false);
        assert.is(cache.stats().missCauses.context, 1);
        assertResumed(await here.connect(session), true);
      },
    );
  });
});

test('an evicted session has a full handshake', async () => {
  await withServer({ cache: newCache({ size: 1 }) }, async ({ cache, connect }) => {
    const first = await connect();
    const second = await connect();
    assert.is(cache.stats().cacheFull, 1);
    assertResumed(await connect(second.session), true);
    assertResumed(await connect(first.session), false);
  });
});

test('a removed session has a full handshake', async () => {
  await withServer({}, async ({ cache, connect }) => {
    const { session } = await connect();
    const [cached] = cache;
    assert.ok(cached);
    assert.is(cache.removeSession(cached), true);
    assert.is(cached.isResumable, false);
    assertResumed(await connect(session), false);
  });
});

test('a session removed by its id has a full handshake', async () => {
  await withServer({}, async ({ cache, connect }) => {
    const { session } = await connect();
    const [cached] = cache;
    assert.ok(cached);
    assert.is(cache.removeSessionById(cached.id), true);
    assertResumed(await connect(session), false);
  });
});

test('no session outlives a flush of everything', async () => {
  await withServer({}, async ({ cache, connect }) => {
    const outcomes = [await connect(), await connect()];
    assert.is(cache.flushSessions(0), 2);
    assert.is(cache.stats().number, 0);
    for (const outcome of await Promise.all(outcomes.map(({ session }) => connect(session)))) {
      assertResumed(outcome, false);
    }
  });
});

test('nothing resumes without the SERVER bit', async () => {
  await withServer({ cache: newCache({ mode: SessionCacheMode.OFF }) }, async (running) => {
    const { session } = await running.connect();
    assert.is(running.cache.stats().number, 0);
    assertResumed(await running.connect(session), false);
  });
});

test('a closed cache costs full handshakes, not connections', async () => {
  const closed = /closed/i;
  // Second connection: its start, its lookup, and the session that it makes.
  await withServer({ errors: [closed, closed, closed] }, async ({ cache, connect }) => {
    const { session } = await connect();
    cache.close();
    assertResumed(await connect(session), false);
  });
});

test.run();
