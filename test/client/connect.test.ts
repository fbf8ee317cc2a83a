// connect() is tls.connect: the same arguments, the same socket.

import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo, LookupFunction } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { type TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import {
  ClientSessionCache,
  connect,
  defaultSessions,
  http2Connector,
  SessionAgent,
  undiciConnector,
} from '../../bindings/client/index.ts';
import { destroyUnconnected } from '../support/leftovers.ts';
import { ca, serve } from './servers.ts';

const test = suite('connect');

const REQUEST = 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';

/** Waits for the handshake and the end; resolves to whether it was resumed. */
async function toTheEnd(socket: TLSSocket): Promise<boolean> {
  await once(socket, 'secureConnect');
  const resumed = socket.isSessionReused();
  socket.write(REQUEST);
  socket.resume();
  await once(socket, 'close');
  return resumed;
}

test('puts no session into the options of the caller', async () => {
  const server = await serve('https', 'TLSv1.2');
  const sessions = new ClientSessionCache();
  const options = Object.freeze({ ca, sessions, port: server.port, servername: 'localhost' });
  assert.is(await toTheEnd(connect(options)), false);
  assert.is(await toTheEnd(connect(options)), true);
  assert.not.ok('session' in options);
  await server.close();
  sessions.close();
});

test('takes its arguments in every order that tls.connect takes them', async () => {
  const server = await serve('https', 'TLSv1.2');
  const { port } = server;
  const sessions = new ClientSessionCache();
  let called = 0;
  const listener = (): void => void called++;
  const options = { ca, sessions, servername: 'localhost' };
  const ways: (() => TLSSocket)[] = [
    () => connect({ port, host: 'localhost', ...options }, listener),
    () => connect(port, 'localhost', options, listener),
    () => connect(port, { host: 'localhost', ...options }, listener),
    () => connect(`${port}` as unknown as number, 'localhost', options, listener),
    () => connect(1, 'not.test', { port, host: 'localhost', ...options }, listener),
  ];
  const resumed: boolean[] = [];
  for (const way of ways) resumed.push(await toTheEnd(way()));
  assert.equal(resumed, [false, true, true, true, true]);
  assert.is(called, ways.length);
  sessions.close();
  await server.close();
});

test('goes through a socket of the file system, which is a peer of its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sesscache-client-'));
  const path = join(folder, 'socket');
  const server = tls.createServer(
    { ...readCertificate('rsa'), maxVersion: 'TLSv1.2' },
    (socket) => {
      socket.on('error', () => {});
      socket.resume().end('hello');
    },
  );
  server.listen(path);
  await once(server, 'listening');
  const sessions = new ClientSessionCache();
  const options = { ca, sessions, servername: 'localhost' };
  assert.is(await toTheEnd(connect(path, options)), false);
  assert.is(await toTheEnd(connect(path, options)), true);
  assert.is(await toTheEnd(connect({ path, ...options })), true);
  server.close();
  await once(server, 'close');
  rmSync(folder, { recursive: true });
  sessions.close();
});

test('verifies the host of a connection through a socket of the file system', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sesscache-client-'));
  const path = join(folder, 'socket');
  const server = tls.createServer(readCertificate('rsa'), (socket) => {
    socket.on('error', () => {});
    socket.resume().end('hello');
  });
  server.listen(path);
  await once(server, 'listening');
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const sessions = new ClientSessionCache();
    const options = { path, ca, sessions, maxVersion: version };
    assert.is(await toTheEnd(connect({ ...options, host: 'localhost' })), false);
    assert.is(await toTheEnd(connect({ ...options, host: 'localhost' })), true);
    for (const servername of ['', undefined]) {
      const other = connect({ ...options, servername, host: 'another.test' });
      const [error] = (await once(other, 'error')) as [NodeJS.ErrnoException];
      assert.is(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
      if (!other.closed) await once(other, 'close');
    }
    sessions.close();
  }
  server.close();
  await once(server, 'close');
  rmSync(folder, { recursive: true });
});

test('leaves a session of the caller alone, and keeps nothing of that connection', async () => {
  const server = await serve('https', 'TLSv1.2');
  const sessions = new ClientSessionCache();
  const options = { host: 'localhost', port: server.port, ca, sessions };
  const first = tls.connect(options);
  const [session] = (await once(first, 'session')) as [Buffer];
  first.destroy();
  assert.is(await toTheEnd(connect({ ...options, session })), true);
  const { sessions: kept, unkeyedBy } = sessions.stats();
  assert.equal([kept, unkeyedBy], [0, ['session']]);
  assert.ok(
    session.some((byte) => byte !== 0),
    'and it is not overwritten',
  );
  sessions.close();
  await server.close();
});

test('takes options of a class, frozen, without a prototype or behind a Proxy, as tls.connect does', async () => {
  const server = await serve('https', 'TLSv1.2');
  const sessions = new ClientSessionCache();
  class Options {
    readonly host = 'localhost';
    readonly port = server.port;
    readonly ca = ca;
    readonly sessions = sessions;
    /** Inherited: tls.connect ignores it, and would fail otherwise. */
    get minVersion(): never {
      throw new Error('read');
    }
  }
  const plain = { ...new Options() };
  const all = [
    new Options(),
    Object.freeze({ ...plain }),
    Object.assign(Object.create(null) as object, plain),
    new Proxy(plain, {}),
  ];
  const reused: boolean[] = [];
  for (const options of all) reused.push(await toTheEnd(connect(options)));
  assert.equal(reused, [false, true, true, true]);
  assert.is(sessions.stats().unkeyed, 0);
  sessions.close();
  await server.close();
});

test('throws what tls.connect throws, and loses no ticket by it', async () => {
  const server = await serve('https', 'TLSv1.3');
  const sessions = new ClientSessionCache();
  const good = { host: 'localhost', port: server.port, ca, sessions };
  await toTheEnd(connect(good));
  const { sessions: before } = sessions.stats();
  assert.throws(() => connect({ ...good, port: 70_000 }), /ERR_SOCKET_BAD_PORT|port/i);
  assert.throws(() => connect({ ...good, ca: 'x', minDHSize: -1 }), /minDHSize/);
  destroyUnconnected();
  assert.is(sessions.stats().sessions, before);
  sessions.close();
  await server.close();
});

test('refuses sessions that are no ClientSessionCache, in every adapter', () => {
  const sessions = {} as never;
  const message = /"sessions" expected ClientSessionCache/;
  assert.throws(() => connect({ port: 1, sessions }), message);
  assert.throws(() => new SessionAgent({ sessions }), message);
  assert.throws(() => undiciConnector(() => () => {}, { sessions }), message);
  assert.throws(() => http2Connector({ sessions }), message);
  assert.throws(
    () => undiciConnector(1 as never),
    /"buildConnector" expected function, got number/,
  );
});

test('shares one cache in the process where none is given', async () => {
  const server = await serve('https', 'TLSv1.2');
  const agent = new SessionAgent();
  assert.is(agent.sessions, defaultSessions());
  const options = { host: 'localhost', port: server.port, ca };
  assert.is(await toTheEnd(connect(options)), false);
  assert.is(await toTheEnd(connect(options)), true);
  await server.close();
});

test('http2Connector takes what http2.connect takes for an authority', async () => {
  const server = await serve('http2', 'TLSv1.2');
  const { port } = server;
  const sessions = new ClientSessionCache();
  const createConnection = http2Connector({ sessions });
  const authorities = [`https://localhost:${port}`, new URL(`https://localhost:${port}`)];
  const bare = { protocol: 'https:', hostname: 'localhost', port: String(port) } as URL;
  for (const authority of [...authorities, bare]) {
    const client = http2.connect(authority, { ca, createConnection });
    await once(client, 'connect');
    assert.is(client.alpnProtocol, 'h2');
    client.close();
    await once(client, 'close');
  }
  assert.equal(server.resumed, [false, true, true]);
  sessions.close();
  await server.close();
});

test('http2Connector connects without TLS as ever', async () => {
  const server = http2.createServer((_request, response) => response.end('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const createConnection = http2Connector();
  const client = http2.connect(`http://127.0.0.1:${port}`, { createConnection });
  const stream = client.request({ ':path': '/' });
  assert.is((await stream.setEncoding('utf8').toArray()).join(''), 'hello');
  client.close();
  await once(client, 'close');
  server.close();
  await once(server, 'close');
});

test('resumes what a lookup of the program opens, too', async () => {
  const server = await serve('https', 'TLSv1.2');
  const { port } = server;
  const sessions = new ClientSessionCache();
  const inner: Promise<boolean>[] = [];
  const lookup = ((_name, options, found) => {
    inner.push(toTheEnd(connect({ host: 'localhost', port, ca, sessions })));
    if (options.all) found(null, [{ address: '127.0.0.1', family: 4 }]);
    else found(null, '127.0.0.1', 4);
  }) as LookupFunction;
  const outer: boolean[] = [];
  for (let i = 0; i < 3; i++) {
    const name = { host: 'name.test', servername: 'localhost', port, ca, lookup };
    outer.push(await toTheEnd(connect({ ...name, sessions })));
    await inner.at(-1);
  }
  assert.equal(outer, [false, true, true]);
  assert.equal(await Promise.all(inner), [false, true, true]);
  sessions.close();
  await server.close();
});

test('survives a connector that does not return its socket', async () => {
  const server = await serve('https', 'TLSv1.3');
  const sessions = new ClientSessionCache();
  const { buildConnector } = await import('undici');
  const silent = undiciConnector(
    (options) => {
      const connector = buildConnector(options);
      return (target, callback) => void connector(target, callback);
    },
    { ca, sessions },
  );
  const target = { hostname: 'localhost', protocol: 'https:', port: String(server.port) };
  const socket = await new Promise<TLSSocket>((resolve, reject) => {
    silent(target, (error, opened) => (error ? reject(error) : resolve(opened as TLSSocket)));
  });
  assert.is(sessions.stats().errors, 0);
  socket.destroy();
  sessions.close();
  await server.close();
});

/** Documented by Node, but missing in its types. */
interface SessionSocket extends TLSSocket {
  setSession(session: Buffer): void;
}

test('sets a session once, and once more only for another address: each time it is decoded', async () => {
  const server = await serve('https', 'TLSv1.2');
  const { port } = server;
  const sessions = new ClientSessionCache();
  const prototype = tls.TLSSocket.prototype as SessionSocket;
  const { setSession } = prototype;
  let calls = 0;
  prototype.setSession = function counted(session) {
    calls++;
    return Reflect.apply(setSession, this, [session]);
  };
  type Found = { address: string; family: number };
  type Answer = (error: null, found: Found[]) => void;
  const lookup =
    (...addresses: string[]) =>
    (_: string, __: object, answer: Answer): void =>
      answer(null, addresses.map((address) => ({ address, family: 4 }))); // prettier-ignore
  try {
    for (const [there, expected] of [
      [lookup('127.0.0.1'), 1],
      [lookup('127.0.0.9', '127.0.0.1'), undefined], // releases differ in what Node does itself
    ] as const) {
      for (const resumed of [false, true]) {
        calls = 0;
        const own = { lookup: there as never, autoSelectFamily: true };
        const socket = connect({ port, host: 'localhost', ca, sessions, ...own });
        assert.is(await toTheEnd(socket), resumed);
        if (!resumed) assert.is(calls, 0);
        else if (expected === undefined) assert.ok(calls >= 2);
        else assert.is(calls, expected);
      }
    }
  } finally {
    prototype.setSession = setSession;
    sessions.close();
    await server.close();
  }
});

test.run();
