// Clients that connect and do not finish: what the server reports of them, and when, is what stock
// Node reports, to the properties of the argument of `tlsClientError`.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Kind } from '../harness.ts';
import { captureHello, inPieces } from '../wire.ts';
import { sameAsStock } from './twins.ts';

const test = suite('attachServer: clients that do not finish');

const hello = await captureHello((port) =>
  connectTls({ port, host: '127.0.0.1', servername: 'localhost' }),
);
const oldHello = await captureHello((port) =>
  connectTls({ port, host: '127.0.0.1', servername: 'localhost', maxVersion: 'TLSv1.2' }),
);

/** What a client sends before it stops. */
const sent: Record<string, Buffer> = {
  nothing: Buffer.alloc(0),
  'one byte': Buffer.from([22]),
  'three bytes': Buffer.from([22, 3, 1]),
  'the header of a record': hello.subarray(0, 5),
  'half a hello': hello.subarray(0, hello.length >> 1),
  'all but its last byte': hello.subarray(0, -1),
  'a hello': hello,
  'a hello of TLS 1.2': oldHello,
  'a hello and half a record': Buffer.concat([hello, Buffer.from([23, 3, 3, 0, 9, 1])]),
  'HTTP without TLS': Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'),
  'one letter': Buffer.from('G'),
  'another protocol': Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'),
  'a record of no known type': Buffer.from([99, 3, 3, 0, 1, 0]),
  'an alert': Buffer.from([21, 3, 1, 0, 2, 2, 40]),
  'data before the hello': Buffer.from([23, 3, 3, 0, 4, 1, 2, 3, 4]),
  'a hello whose lengths are wrong': Buffer.from(hello).fill(0xff, 43, 60),
  'a record that is too long': Buffer.from([22, 3, 1, 0xff, 0xff, 1, 0, 0, 1]),
  'an empty record': Buffer.from([22, 3, 1, 0, 0]),
  'SSL 2': Buffer.from([0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 16]),
  zeros: Buffer.alloc(600),
};

/** How it stops. */
const ends: Record<string, (socket: Socket) => unknown> = {
  reset: (socket) => socket.resetAndDestroy(),
  FIN: (socket) => socket.end(),
  silence: () => {},
};
/** ms that the server gives a handshake, where that is what ends it. */
const PATIENCE = 1000;

for (const [how, end] of Object.entries(ends)) {
  for (const kind of ['tls', 'https', 'http2'] as Kind[]) {
    const handshakeTimeout = how === 'silence' ? PATIENCE : 10_000;
    const tls = { handshakeTimeout };
    test(`${how}: what ${kind} reports, and when`, async () => {
      const all = Object.entries(sent).map(async ([what, bytes]) => {
        await sameAsStock({ kind, tls }, async ({ tcp, server, note, accepted }) => {
          note(what);
          const failed = once(server, 'tlsClientError') as Promise<[NodeJS.ErrnoException]>;
          const start = performance.now();
          const socket = await tcp();
          const closed = once(socket, 'close');
          socket.setNoDelay(true).resume();
          if (bytes.length > 0) socket.write(bytes);
          while ((accepted[0]?.bytesRead ?? -1) < bytes.length) await sleep(2);
          end(socket);
          const report = await within(PATIENCE * 3, failed);
          const isEarly = performance.now() - start < handshakeTimeout * 0.9;
          const isLate = report?.[0].code === 'ERR_TLS_HANDSHAKE_TIMEOUT';
          note('reported', report !== undefined, isLate && isEarly ? 'before its time' : '');
          note('closed', (await within(PATIENCE, closed)) !== undefined);
        });
      });
      await Promise.all(all);
    });
  }
}

/** What `event` resolves to; undefined: not in so many ms. */
async function within<T>(ms: number, event: Promise<T>): Promise<T | undefined> {
  const end = new AbortController();
  const late = sleep(ms, undefined, { signal: end.signal }).catch(() => undefined);
  const result = await Promise.race([event, late]);
  end.abort();
  return result;
}

test('a client that trickles its hello does not get more time than on stock Node', async () => {
  await sameAsStock({ tls: { handshakeTimeout: 150 } }, async ({ tcp, server, note }) => {
    const socket = await tcp();
    const start = performance.now();
    const failed = once(server, 'tlsClientError');
    const pieces = inPieces(hello.subarray(0, 40), 1);
    const timer = setInterval(() => {
      const piece = pieces.shift();
      if (piece) socket.write(piece);
    }, 20);
    await failed;
    clearInterval(timer);
    note(performance.now() - start < 700);
  });
});

test('a hello that comes late, but in time, leaves what is left of the time for the rest', async () => {
  await sameAsStock({ tls: { handshakeTimeout: 1000 } }, async ({ tcp, server, note }) => {
    const socket = await tcp();
    const start = performance.now();
    socket.resume();
    await sleep(800);
    const failed = once(server, 'tlsClientError');
    socket.write(hello); // and never the rest of the handshake
    await failed;
    note(performance.now() - start < 1700);
  });
});

test('an error of the socket is reported as on stock Node', async () => {
  const code = 'EHOSTUNREACH';
  await sameAsStock(
    {
      before: (server) =>
        server.on('connection', (socket) =>
          setTimeout(() => socket.destroy(Object.assign(new Error('lost'), { code })), 10),
        ),
    },
    async ({ tcp, server }) => {
      const failed = once(server, 'tlsClientError');
      const socket = await tcp();
      socket.write(hello.subarray(0, 50));
      const [error] = (await failed) as [NodeJS.ErrnoException];
      assert.is(error.code, code);
      await sleep(20);
    },
  );
});

test('without a listener for it a failure goes by as on stock Node', async () => {
  await sameAsStock({ tls: { handshakeTimeout: 60 } }, async ({ tcp, server, note }) => {
    server.removeAllListeners('tlsClientError');
    const socket = await tcp();
    const closed = once(socket, 'close').then(() => true);
    socket.write(Buffer.from([22, 3, 1]));
    socket.resume();
    note('closed', await Promise.race([closed, sleep(150, false)]));
  });
});

test.run();
