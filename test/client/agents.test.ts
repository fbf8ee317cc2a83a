// Pools and agents keep the promises of their libraries: keep-alive, which requests share a
// connection, and what the tests of Node's https.Agent (test-https-agent-session-reuse,
// -session-eviction, -additional-options) and of undici (tls-session-reuse) expect of a session
// cache.

import { constants, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import https, { type RequestOptions } from 'node:https';
import { createServer as createHttpServer } from 'node:http';
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcpServer,
  type Socket,
} from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as undici from 'undici';
import { readCertificate } from '../../examples/certificates.js';
import {
  ClientSessionCache,
  SessionAgent,
  type SessionAgentOptions,
  sessionKey,
  undiciConnector,
} from '../../bindings/client/index.ts';
import { CLIENTS } from './clients.ts';
import { ca, type Running, serve, VERSIONS } from './servers.ts';

const test = suite('agents and pools');

/** One request; resolves when the connection is back in its pool, or closed. */
async function get(agent: https.Agent, port: number, options: RequestOptions = {}): Promise<void> {
  const request = https.get({ host: 'localhost', port, path: '/', agent, ca, ...options });
  const [response] = await once(request, 'response');
  response.resume();
  await once(request, 'close');
}

test('https-agent-session-reuse: resumes; other ciphers and new ticket keys begin anew', async () => {
  const server = await serve('https', 'TLSv1.2');
  const agent = new SessionAgent({ sessions: new ClientSessionCache() });
  const [one, other] = ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384'];
  const plan: [string | undefined, boolean][] = [
    [undefined, false],
    [undefined, true],
    [one, false],
    [one, true],
    [other, false],
    [one, true],
  ];
  for (const [ciphers] of plan) await get(agent, server.port, ciphers ? { ciphers } : {});
  assert.equal(
    server.resumed,
    plan.map(([, resumed]) => resumed),
  );
  server.server.setTicketKeys(randomBytes(48));
  for (let i = 0; i < 3; i++) await get(agent, server.port);
  assert.equal(server.resumed.slice(plan.length), [false, true, true]);
  agent.destroy();
  await server.close();
});

test('https-agent-session-reuse: resumes where the option maxCachedSessions is 1', async () => {
  const server = await serve('https', 'TLSv1.2');
  const agent = new SessionAgent({ sessions: new ClientSessionCache(), maxCachedSessions: 1 });
  assert.is((agent as unknown as { maxCachedSessions: number }).maxCachedSessions, 0, 'it is off');
  for (let i = 0; i < 3; i++) await get(agent, server.port);
  assert.equal(server.resumed, [false, true, true]);
  agent.destroy();
  await server.close();
});

for (const version of VERSIONS) {
  test(`https-agent-session-eviction: an error in the handshake, ${version}`, async () => {
    const ticketKeys = randomBytes(48);
    const sessions = new ClientSessionCache();
    const agent = new SessionAgent({ sessions });
    let server = await serve('https', version, { ticketKeys });
    const { port } = server;
    await get(agent, port);
    await server.close();

    const faulty = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end('this is not TLS'));
    });
    faulty.listen(port, '127.0.0.1');
    await once(faulty, 'listening');
    const error = await get(agent, port).catch((reason: Error) => reason);
    assert.instance(error, Error);
    faulty.close();
    await once(faulty, 'close');
    assert.is(sessions.stats().sessions, 0);

    server = await serve('https', version, { ticketKeys }, port);
    await get(agent, port);
    await get(agent, port);
    assert.equal(server.resumed, [false, true]);
    agent.destroy();
    await server.close();
  });
}

test('https-agent-additional-options: each set of options has connections and sessions of its own', async () => {
  const client = readCertificate('client');
  const variants: ConnectionOptions[] = [
    {},
    { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
    { ecdhCurve: 'P-256' },
    { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
    { sigalgs: 'RSA-PSS+SHA256' },
    { secureOptions: constants.SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS },
    { ...client },
    { ca: [ca, client.cert] },
    { rejectUnauthorized: false },
    { sessionIdContext: 'one' },
  ];
  const server = await serve('https', 'TLSv1.2', { requestCert: true, rejectUnauthorized: false });
  const keys = variants.map((options) =>
    Buffer.from(sessionKey({ ca, ...options })!).toString('hex'),
  );
  assert.is(new Set(keys).size, variants.length);
  const agent = new SessionAgent({ keepAlive: true, sessions: new ClientSessionCache() });
  for (const options of [...variants, ...variants]) await get(agent, server.port, options);
  assert.is(Object.keys(agent.freeSockets).length, variants.length);
  agent.destroy();
  for (const options of variants) await get(agent, server.port, options);
  const [first, second] = [
    server.resumed.slice(0, variants.length),
    server.resumed.slice(-variants.length),
  ];
  assert.equal(
    first,
    variants.map(() => false),
  );
  assert.equal(
    second,
    variants.map(() => true),
  );
  agent.destroy();
  await server.close();
});

test('keep-alive uses one connection again and again', async () => {
  const server = await serve('https', 'TLSv1.3');
  const agent = new SessionAgent({
    keepAlive: true,
    maxSockets: 1,
    sessions: new ClientSessionCache(),
  });
  for (let i = 0; i < 5; i++) await get(agent, server.port);
  await Promise.all(Array.from({ length: 5 }, () => get(agent, server.port)));
  assert.equal(server.resumed, [false]);
  agent.destroy();
  await server.close();
});

test('a pooled connection is not for a request with another pin function', async () => {
  const server = await serve('https', 'TLSv1.3');
  const agent = new SessionAgent({ keepAlive: true, sessions: new ClientSessionCache() });
  await get(agent, server.port);
  const checkServerIdentity = (): Error => new Error('not the pinned key');
  const error = await get(agent, server.port, { checkServerIdentity }).catch((e: Error) => e);
  assert.match(String(error), 'not the pinned key');
  agent.destroy();
  await server.close();
});

test('sockets of an agent show no session of theirs once they are secure', async () => {
  const server = await serve('https', 'TLSv1.2');
  const agent = new SessionAgent({ sessions: new ClientSessionCache() });
  await get(agent, server.port);
  const request = https.get({ host: 'localhost', port: server.port, agent, ca });
  const [socket] = await once(request, 'socket');
  await once(socket, 'secureConnect');
  assert.is(socket.isSessionReused(), true);
  for (const symbol of Object.getOwnPropertySymbols(socket)) {
    const { session } = (socket[symbol] ?? {}) as { session?: unknown };
    if (session instanceof Uint8Array) assert.ok(session.every((byte) => byte === 0));
  }
  const [response] = await once(request, 'response');
  response.resume();
  await once(request, 'close');
  await server.close();
});

test('an agent with proxyEnv leaves its connections alone, through the proxy or not', async () => {
  const server = await serve('https', 'TLSv1.2');
  const proxy = createHttpServer();
  const tunnels: Socket[] = [];
  proxy.on('connect', (_request, client: Socket) => {
    tunnels.push(client);
    const upstream = connectTcp(server.port, '127.0.0.1');
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    client.pipe(upstream).pipe(client);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  const sessions = new ClientSessionCache();
  const proxyEnv = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
  const agent = new SessionAgent({ sessions, proxyEnv } as SessionAgentOptions);
  for (let i = 0; i < 2; i++) await get(agent, server.port);
  assert.equal(server.resumed, [false, false]);
  assert.is(sessions.stats().sessions, 0);
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major >= 24) assert.is(tunnels.length, 2, 'Node knows of proxies');
  agent.destroy();
  for (const tunnel of tunnels) tunnel.destroy();
  proxy.close();
  await once(proxy, 'close');
  await server.close();
});

/** A dispatcher of undici that closes each connection after its request. */
function dispatcherOf(sessions: ClientSessionCache): undici.Agent {
  return new undici.Agent({
    connect: undiciConnector(undici.buildConnector, { ca, sessions }),
    pipelining: 0,
  });
}

async function ask(dispatcher: undici.Agent, { port }: Running, name = 'localhost'): Promise<void> {
  const { body } = await undici.request(`https://${name}:${port}/`, { dispatcher, reset: true });
  await body.text();
}

test('undici tls-session-reuse: a hundred requests, one full handshake', async () => {
  const server = await serve('https', 'TLSv1.2');
  const dispatcher = dispatcherOf(new ClientSessionCache());
  for (let i = 0; i < 100; i++) await ask(dispatcher, server);
  assert.is(server.resumed.length, 100);
  assert.is(server.resumed.filter((resumed) => !resumed).length, 1);
  await dispatcher.close();
  await server.close();
});

test('undici tls-session-reuse: a, a, b, a with room for one: miss, hit, miss, miss', async () => {
  const a = await serve('https', 'TLSv1.2');
  const b = await serve('https', 'TLSv1.2');
  const dispatcher = dispatcherOf(new ClientSessionCache({ size: 1 }));
  for (const server of [a, a, b, a]) await ask(dispatcher, server);
  assert.equal(a.resumed, [false, true, false]);
  assert.equal(b.resumed, [false]);
  await dispatcher.close();
  await a.close();
  await b.close();
});

test('undici keeps one connection for many requests', async () => {
  const server = await serve('https', 'TLSv1.3');
  const connect = undiciConnector(undici.buildConnector, {
    ca,
    sessions: new ClientSessionCache(),
  });
  const dispatcher = new undici.Agent({ connect, connections: 1 });
  for (let i = 0; i < 5; i++) {
    const { body } = await undici.request(`https://localhost:${server.port}/`, { dispatcher });
    await body.text();
  }
  assert.equal(server.resumed, [false]);
  await dispatcher.close();
  await server.close();
});

test('undici connects without TLS as ever', async () => {
  const server = createHttpServer((_request, response) => response.end('hello')).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const dispatcher = dispatcherOf(new ClientSessionCache());
  const { body } = await undici.request(`http://127.0.0.1:${port}/`, { dispatcher });
  assert.is(await body.text(), 'hello');
  await dispatcher.close();
  server.close();
  await once(server, 'close');
});

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

for (const { name, kind, visit } of CLIENTS) {
  test(`${name}: sessions survive garbage collections`, async () => {
    const server = await serve(kind, 'TLSv1.2');
    const sessions = new ClientSessionCache();
    await visit(server.port, sessions, { ca });
    for (let i = 0; i < 4; i++) {
      gc();
      await new Promise((resolve) => setImmediate(resolve)); // weakly held objects are gone now
    }
    await visit(server.port, sessions, { ca });
    assert.equal(server.resumed, [false, true]);
    sessions.close();
    await server.close();
  });
}

test.run();
