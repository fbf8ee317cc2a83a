// `connect` in the place of `tls.connect`, as programs put it there for libraries that take no
// agent.

import { once } from 'node:events';
import tls from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientSessionCache, connect, SessionAgent } from '../../bindings/client/index.ts';
import https from 'node:https';
import { ca, serve, VERSIONS } from './servers.ts';

const test = suite('connect in the place of tls.connect');

const { connect: stock } = tls;
test.after.each(() => {
  tls.connect = stock;
});

async function visit(options: tls.ConnectionOptions): Promise<boolean> {
  const socket = tls.connect({ host: 'localhost', ca, ...options });
  await once(socket, 'secureConnect');
  const reused = socket.isSessionReused();
  socket.end('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  socket.resume();
  await once(socket, 'close');
  return reused;
}

for (const version of VERSIONS) {
  test(`${version}: itself`, async () => {
    const server = await serve('https', version);
    tls.connect = connect as typeof tls.connect;
    const seen: boolean[] = [];
    for (let i = 0; i < 3; i++) seen.push(await visit({ port: server.port }));
    assert.equal(seen, [false, true, true]);
    await server.close();
  });
}

for (const version of VERSIONS) {
  test(`${version}: within a function that adds the cache, with an agent of ours besides`, async () => {
    const server = await serve('https', version);
    const sessions = new ClientSessionCache();
    let calls = 0;
    tls.connect = ((options: tls.ConnectionOptions, listener?: () => void) => {
      calls++;
      return connect({ ...options, sessions }, listener);
    }) as typeof tls.connect;
    const seen: boolean[] = [];
    for (let i = 0; i < 3; i++) seen.push(await visit({ port: server.port }));
    assert.equal(seen, [false, true, true]);
    assert.is(sessions.stats().resumed, 2);
    const other = new ClientSessionCache();
    const agent = new SessionAgent({ ca, sessions: other });
    for (let i = 0; i < 2; i++) {
      const [response] = await once(https.get({ agent, port: server.port }), 'response');
      response.resume();
      await once(response, 'close');
    }
    assert.is(other.stats().resumed, 1, 'the agent goes through Node itself');
    assert.is(sessions.stats().resumed, 2);
    assert.is(calls, 3 * 2 + 2);
    sessions.close();
    other.close();
    await server.close();
  });

  test(`${version}: a connection that a lookup opens is another one`, async () => {
    const server = await serve('https', version);
    const sessions = new ClientSessionCache();
    tls.connect = ((options: tls.ConnectionOptions, listener?: () => void) =>
      connect({ ...options, sessions }, listener)) as typeof tls.connect;
    const within: Promise<boolean>[] = [];
    const lookup = ((
      _: string,
      options: { all?: boolean },
      callback: (...all: unknown[]) => void,
    ) => {
      within.push(visit({ port: server.port }));
      if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
      else callback(null, '127.0.0.1', 4);
    }) as never;
    const seen: boolean[] = [];
    for (let i = 0; i < 2; i++)
      seen.push(await visit({ port: server.port, lookup }), await within[i]!);
    assert.equal(seen, [false, false, true, true]);
    sessions.close();
    await server.close();
  });
}

test.run();
