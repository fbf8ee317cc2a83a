// A TLS server takes its connections from other places than its own port: a program hands them to
// it. With a cache attached each of these ways works as on stock Node, and resumes.

import { once } from 'node:events';
import { connect as connectTcp, createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { connect as connectTls, createServer as createTlsServer, TLSSocket } from 'node:tls';
import type { Server } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../../examples/certificates.js';
import { SessionCache } from '../../../bindings/index.ts';
import { attachServer } from '../../../bindings/node/index.ts';
import { CONTEXT, makeServer } from '../harness.ts';
import { sameAsStock, visit, type Visit } from './twins.ts';
import { type Version, VERSIONS } from '../../support/versions.ts';

const test = suite('attachServer: where connections come from');

async function listen(server: NetServer, path?: string): Promise<number> {
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  return path === undefined ? (server.address() as AddressInfo).port : 0;
}

/**
 * Runs `connect` four times against a server whose cache is attached: the first handshake is full,
 * the others resume; and stock Node can be reached the same way.
 */
async function resumes(
  connect: (server: Server, session: Buffer | undefined, version: Version) => Promise<Visit>,
  options: { pauseOnConnect?: boolean; allowHalfOpen?: boolean } = {},
): Promise<void> {
  for (const version of VERSIONS) {
    const tls = { ...options, minVersion: version, maxVersion: version };
    const stock = makeServer('tls', tls);
    const first = await connect(stock, undefined, version);
    assert.is(first.outcome, 'secure', `stock Node, ${version}`);
    assert.match(first.text, /"resumed":false/);

    const server = makeServer('tls', tls);
    const attached = attachServer(server, new SessionCache(), { tls13: version === 'TLSv1.3' });
    let session: Buffer | undefined;
    for (let i = 0; i < 4; i++) {
      const { outcome, text, session: next } = await connect(server, session, version);
      assert.is(outcome, 'secure', version);
      assert.match(text, new RegExp(`"resumed":${i > 0}`), `${version}, visit ${i}`);
      session = next ?? session;
    }
    assert.equal(attached.stats().handshakes, { full: 1, resumed: 3, failed: 0 });
    assert.equal(attached.stats().pending, { hellos: 0, lookups: 0 });
    assert.is(attached.stats().errors, 0);
    server.close();
    stock.close();
  }
}

/** A server without TLS whose connections `accept` hands to a TLS server. */
async function through(
  accept: (socket: Socket) => void,
  session: Buffer | undefined,
  options: { pauseOnConnect?: boolean; allowHalfOpen?: boolean } = {},
  path?: string,
): Promise<Visit> {
  const front = createTcpServer(options, accept);
  const port = await listen(front, path);
  try {
    return await visit(port, { session, ...(path !== undefined && { path, port: undefined }) });
  } finally {
    front.close();
  }
}

const handOver = (server: Server) => (socket: Socket) => void server.emit('connection', socket);

test('its own port', async () => {
  const ports = new WeakMap<Server, Promise<number>>();
  await resumes(async (server, session) => {
    if (!ports.has(server)) ports.set(server, listen(server));
    return visit((await ports.get(server)) as number, { session });
  });
});

test('its own port, where connections begin paused', async () => {
  const ports = new WeakMap<Server, Promise<number>>();
  await resumes(
    async (server, session) => {
      if (!ports.has(server)) ports.set(server, listen(server));
      return visit((await ports.get(server)) as number, { session });
    },
    { pauseOnConnect: true },
  );
});

test('a unix socket of its own', async () => {
  const paths = new WeakMap<Server, string>();
  let made = 0;
  await resumes(async (server, session) => {
    let path = paths.get(server);
    if (path === undefined) {
      path = join(tmpdir(), `sesscache-${process.pid}-${made++}.sock`);
      paths.set(server, path);
      await listen(server, path);
    }
    return visit(0, { session, path });
  });
});

test("another server's connections", async () => {
  await resumes((server, session) => through(handOver(server), session));
});

test("another server's, which are half open", async () => {
  await resumes((server, session) => through(handOver(server), session, { allowHalfOpen: true }));
});

test("another server's, which begin paused", async () => {
  await resumes((server, session) => through(handOver(server), session, { pauseOnConnect: true }));
});

test('a unix socket of another server', async () => {
  let made = 0;
  await resumes((server, session) => {
    const path = join(tmpdir(), `sesscache-front-${process.pid}-${made++}.sock`);
    return through(handOver(server), session, {}, path);
  });
});

/** How port multiplexers look at the first bytes. */
const peeks: Record<string, (socket: Socket, done: () => void) => void> = {
  "once('data'), pause() and unshift()": (socket, done) => {
    socket.once('data', (chunk) => {
      socket.pause();
      socket.unshift(chunk);
      done();
    });
  },
  "once('data') and unshift(), later": (socket, done) => {
    socket.once('data', (chunk) => {
      socket.pause();
      socket.unshift(chunk);
      setTimeout(done, 20);
    });
  },
  "once('readable'), read(1) and unshift()": (socket, done) => {
    socket.once('readable', () => {
      const byte = socket.read(1) as Buffer | null;
      if (byte) socket.unshift(byte);
      done();
    });
  },
  'handed over, then unshift()': (socket, done) => {
    socket.once('data', (chunk) => {
      socket.pause();
      done();
      socket.unshift(chunk);
    });
  },
  'the hello unshifted in two pieces': (socket, done) => {
    socket.once('data', (chunk: Buffer) => {
      socket.pause();
      socket.unshift(chunk.subarray(40));
      socket.unshift(chunk.subarray(0, 40));
      done();
    });
  },
  'the hello unshifted byte by byte': (socket, done) => {
    socket.once('data', (chunk: Buffer) => {
      socket.pause();
      for (let i = chunk.length - 1; i >= 0; i--) socket.unshift(chunk.subarray(i, i + 1));
      done();
    });
  },
};
for (const [name, peek] of Object.entries(peeks)) {
  test(`bytes that were read already: ${name}`, async () => {
    await resumes((server, session) =>
      through((socket) => peek(socket, () => server.emit('connection', socket)), session),
    );
  });
}

test('the hello unshifted after the server has the socket', async () => {
  await resumes((server, session) =>
    through((socket) => {
      socket.once('data', (chunk: Buffer) => {
        socket.pause();
        server.emit('connection', socket);
        socket.unshift(chunk);
      });
    }, session),
  );
});

test('streams that are no sockets', async () => {
  await resumes((server, session) => {
    const [ours, theirs] = pair();
    server.emit('connection', theirs);
    return visit(0, { session, socket: ours as Socket });
  });
});

test('TLS in TLS', async () => {
  await resumes(async (server, session) => {
    const outer = createTlsServer(readCertificate('ecdsa'), (socket) => {
      socket.on('error', () => {});
      server.emit('connection', socket);
    });
    const port = await listen(outer);
    const tunnel = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(tunnel, 'secureConnect');
    try {
      return await visit(0, { session, socket: tunnel });
    } finally {
      tunnel.destroy();
      outer.close();
    }
  });
});

test('a socket that has spoken before: STARTTLS by emit("connection")', async () => {
  await resumes(async (server, session) => {
    const front = createTcpServer((socket) => {
      socket.write('220 ready\r\n');
      socket.once('data', () => {
        socket.write('220 go ahead\r\n');
        server.emit('connection', socket);
      });
    });
    const port = await listen(front);
    const raw = connectTcp(port, '127.0.0.1');
    try {
      await once(raw, 'data');
      raw.write('STARTTLS\r\n');
      await once(raw, 'data');
      return await visit(0, { session, socket: raw });
    } finally {
      front.close();
    }
  });
});

test("a library before the cache keeps Node's listener and calls it when it likes", async () => {
  for (const moment of ['at once', 'after a peek', 'later'] as const) {
    await resumes(async (server, session) => {
      if (!libraries.has(server)) libraries.set(server, takeOver(server, moment));
      if (!ports.has(server)) ports.set(server, listen(server));
      return visit((await ports.get(server)) as number, { session });
    });
  }
});
const libraries = new WeakMap<Server, true>();
const ports = new WeakMap<Server, Promise<number>>();

function takeOver(server: Server, moment: 'at once' | 'after a peek' | 'later'): true {
  const [own] = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (moment === 'at once') own!.call(server, socket);
    else if (moment === 'later') setTimeout(() => own!.call(server, socket), 10);
    else peeks["once('data'), pause() and unshift()"]!(socket, () => own!.call(server, socket));
  });
  return true;
}

test('a socket that is gone already is reported as on stock Node', async () => {
  for (const state of ['destroyed', 'ended', 'reset'] as const) {
    await sameAsStock({ tls: { handshakeTimeout: 1500 } }, async ({ server, note, quiet }) => {
      const reported = new Promise<void>((resolve) => {
        server.on('tlsClientError', (_error, failed) => {
          failed.destroy();
          resolve();
        });
      });
      const front = createTcpServer();
      const port = await listen(front);
      const client = connectTcp(port, '127.0.0.1');
      client.on('error', () => {});
      const [socket] = (await once(front, 'connection')) as [Socket];
      socket.on('error', () => {});
      if (state === 'destroyed') socket.destroy();
      else if (state === 'ended') client.end();
      else client.resetAndDestroy();
      await new Promise((resolve) => setTimeout(resolve, 20));
      try {
        server.emit('connection', socket);
      } catch (error) {
        note('throws', (error as Error).message);
      }
      await Promise.race([reported, new Promise((resolve) => setTimeout(resolve, 3000))]);
      await quiet();
      client.destroy();
      front.close();
    });
  }
});

test('TLS sockets of clients, and of servers without a cache, are left alone', async () => {
  const server = makeServer('tls', {});
  attachServer(server, new SessionCache(), { tls13: true });
  const other = createTlsServer(
    { ...readCertificate('rsa'), sessionIdContext: CONTEXT },
    (socket) => socket.end('x'),
  );
  const port = await listen(other);
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  assert.is(Object.hasOwn((socket as unknown as { _handle: object })['_handle'], 'receive'), false);
  socket.resume();
  await once(socket, 'end');
  const lone = new TLSSocket(new Duplex({ read() {} }), { isServer: true });
  assert.is(Object.hasOwn((lone as unknown as { _handle: object })['_handle'], 'receive'), false);
  other.close();
});

/** Two streams, each of which reads what is written to the other. */
function pair(): [Duplex, Duplex] {
  const make = (other: () => Duplex): Duplex =>
    new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        other().push(chunk);
        done();
      },
      final(done) {
        other().push(null);
        done();
      },
    });
  const one: Duplex = make(() => two);
  const two: Duplex = make(() => one);
  return [one, two];
}

test.run();
