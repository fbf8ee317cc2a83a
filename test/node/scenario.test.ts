// The scenario of Node's own test-tls-session-cache: one client of OpenSSL connects six times.

import { Agent, get } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { Session } from '../../bindings/index.ts';
import { sClient } from '../support/commands.ts';
import { type Running, type ServerOptions, withServer } from './harness.ts';

const test = suite("attachServer: the scenario of Node's own session cache test");

/** Connects six times; counts the events that Node's test counts. */
async function scenario(
  options: ServerOptions,
  check: (counted: { made: number; asked: number; resumed: number }, running: Running) => void,
  between: (running: Running) => void = () => {},
): Promise<void> {
  await withServer(options, async (running) => {
    const { server, port } = running;
    let made = 0;
    let asked = 0;
    server.on('newSession', () => made++);
    server.on('resumeSession', () => asked++);
    server.on('newSession', () => between(running));
    const to = ['-connect', `127.0.0.1:${port}`, '-tls1_2', '-reconnect'];
    const output = await sClient(to);
    const resumed = output.match(/^Reused, TLSv1/gm)?.length ?? 0;
    assert.is(output.match(/^(New|Reused), TLSv1/gm)?.length, 6);
    check({ made, asked, resumed }, running);
  });
}

const tls = { maxVersion: 'TLSv1.2' } as const;

test('tickets on: 0 new sessions, nothing asked for; resumed without us', async () => {
  await scenario(
    { tls: { ...tls, secureOptions: 0 } },
    ({ made, asked, resumed }, { attached }) => {
      assert.equal({ made, asked, resumed }, { made: 0, asked: 0, resumed: 5 });
      assert.equal(attached.stats().handshakes, { full: 1, resumed: 5, failed: 0 });
      assert.is(attached.stats().stored, 0);
    },
  );
});

test('tickets off: 1 new session, 5 resumed', async () => {
  await scenario({ tls }, ({ made, asked, resumed }, { attached }) => {
    assert.equal({ made, asked, resumed }, { made: 1, asked: 5, resumed: 5 });
    assert.is(attached.stats().hits, 5);
  });
});

test('stored bytes spoilt: 6 full handshakes and no crash', async () => {
  const spoil = ({ cache }: Running): void => {
    const all = [...cache];
    for (const session of all) {
      const { id, sessionIdContext, protocolVersion } = session;
      const data = Buffer.from('this is not a session');
      cache.addSession(new Session({ id, data, sessionIdContext, protocolVersion }));
    }
  };
  await scenario(
    { tls },
    ({ made, asked, resumed }, { attached }) => {
      assert.equal({ made, asked, resumed }, { made: 6, asked: 5, resumed: 0 });
      assert.is(attached.stats().misses.unreadable, 5);
      assert.equal(attached.stats().handshakes, { full: 6, resumed: 0, failed: 0 });
    },
    spoil,
  );
});

// What the test of the npm package tls-session-cache asserts, by the client's session; its server
// speaks TLS 1.2, for later versions give out a new session each time.
for (const attaches of [false, true]) {
  const what = attaches
    ? 'the second request has the session of the first'
    : 'without a cache, not';
  test(`two requests of an https.Agent: ${what}`, async () => {
    const agent = new Agent();
    await withServer({ kind: 'https', tls }, async ({ port, attached }) => {
      if (!attaches) attached.detach();
      const session = (): Promise<string> =>
        new Promise((resolve, reject) => {
          const { cert: ca } = readCertificate('rsa');
          const request = get({ port, host: 'localhost', path: '/', agent, ca }, (response) => {
            const own = (response.socket as TLSSocket).getSession()?.toString('hex') ?? '';
            response.resume().on('end', () => resolve(own));
          });
          request.on('error', reject);
        });
      const [first, second] = [await session(), await session()];
      assert.is(first === second, attaches);
    });
    agent.destroy();
  });
}

test.run();
