// The ClientHello is read before Node reads it, however it comes; and whatever is none is left to
// Node.

import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTLS, type TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readHello } from '../../bindings/node/hello/hello.ts';
import { sClient } from '../support/commands.ts';
import { assertResumed, connectTls, withServer } from './harness.ts';
import { captureHello, inPieces, inRecords, sendRaw, withProxy, type Cut } from './wire.ts';

const test = suite('attachServer: the ClientHello reader');

const attach = { tls13: true };

const cuts: Record<string, Cut> = {
  'in one piece': (hello) => [hello],
  'one byte at a time': (hello) => inPieces(hello, 1),
  'in pieces of 97 bytes': (hello) => inPieces(hello, 97),
  'its record header alone': (hello) => [hello.subarray(0, 5), hello.subarray(5)],
  'all but its last byte': (hello) => [hello.subarray(0, -1), hello.subarray(-1)],
  'in two records': (hello) => [inRecords(hello, hello.length >> 1)],
  'in records of 10 bytes': (hello) => [inRecords(hello, 10)],
  'in records of 100 bytes, one byte at a time': (hello) => inPieces(inRecords(hello, 100), 1),
  'with a message header in two records': (hello) => [inRecords(hello, 3, hello.length)],
};

for (const [name, cut] of Object.entries(cuts)) {
  test(`a hello ${name} resumes`, async () => {
    await withServer({ attach }, async ({ port, attached }) => {
      await withProxy(port, cut, async (through) => {
        const first = await connectTls(through);
        assertResumed(first, false);
        assertResumed(await connectTls(through, first.session), true);
        const old = { maxVersion: 'TLSv1.2' } as const;
        const second = await connectTls(through, undefined, old);
        assertResumed(await connectTls(through, second.session, old), true);
      });
      assert.equal(attached.stats().hellos, { read: 4, left: 0, timeouts: 0, lost: 0 });
    });
  });
}

test('a hello in more records than are waited for is left to Node', async () => {
  await withServer({ attach }, async ({ port, attached }) => {
    await withProxy(
      port,
      (hello) => [inRecords(hello, 1)],
      async (through) => {
        assertResumed(await connectTls(through), false);
      },
    );
    assert.is(attached.stats().hellos.left, 1);
  });
});

test('HelloRetryRequest: a full handshake', async () => {
  await withServer({ attach, tls: { ecdhCurve: 'P-384' } }, async ({ connect, attached }) => {
    const retried = { ecdhCurve: 'X25519:P-384' };
    const first = await connect(undefined, retried);
    const second = await connect(first.session, retried);
    assertResumed(second, false);
    assert.equal(attached.stats().handshakes, { full: 2, resumed: 0, failed: 0 });
    const direct = { ecdhCurve: 'P-384' };
    const third = await connect(undefined, direct);
    assertResumed(await connect(third.session, direct), true);
  });
});

test('an empty legacy id: a full handshake', async () => {
  await withServer({ attach }, async ({ port, attached }) => {
    const to = ['-connect', `127.0.0.1:${port}`, '-tls1_3', '-no_middlebox', '-ign_eof'];
    for (let i = 0; i < 2; i++) {
      assert.match(await sClient(to), /^New, TLSv1.3/m);
    }
    assert.equal(attached.stats().handshakes, { full: 2, resumed: 0, failed: 0 });
  });
});

test('what is not TLS goes to Node untouched', async () => {
  await withServer({ attach }, async ({ port, server, attached }) => {
    const errors: string[] = [];
    server.on('tlsClientError', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''));
    await sendRaw(port, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    assert.equal(errors, ['ERR_SSL_HTTP_REQUEST'], 'as Node calls it by itself');
    await sendRaw(port, Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'));
    assert.is(errors.length, 2);
    assert.is(attached.stats().hellos.left, 2);
    assert.is(attached.stats().handshakes.failed, 2);
  });
});

test('a hello longer than the limit is left to Node, which does a full handshake', async () => {
  const small = { tls13: true, maxHelloBytes: 100 };
  await withServer({ attach: small }, async ({ connect, attached }) => {
    const first = await connect();
    assertResumed(first, false);
    assertResumed(await connect(first.session), false);
    assert.is(attached.stats().hellos.left, 2);
    assert.is(attached.stats().stored, 0, 'its server name is unknown');
  });
});

test('a silent client, and one that stops half way, end at the deadline', async () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from([22, 3, 1, 2, 0, 1])]) {
    const limited = { tls13: true, handshakeTimeout: 100 };
    await withServer({ attach: limited }, async ({ port, server, attached }) => {
      const failed = once(server, 'tlsClientError');
      const socket = connectTcp(port, '127.0.0.1', () => socket.write(bytes));
      socket.on('error', () => {});
      const [error, refused] = (await failed) as [NodeJS.ErrnoException, TLSSocket];
      assert.is(error.code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
      await once(refused, 'close');
      assert.is(attached.stats().hellos.timeouts, 1);
      assert.is(attached.stats().pending.hellos, 0);
    });
  }
});

test("without an option of its own the deadline is Node's, and the socket stays open as it does there", async () => {
  await withServer(
    { attach, tls: { handshakeTimeout: 80 } },
    async ({ port, server, attached }) => {
      const failed = once(server, 'tlsClientError');
      const socket = connectTcp(port, '127.0.0.1');
      const [error, refused] = (await failed) as [NodeJS.ErrnoException, TLSSocket];
      assert.is(error.code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
      assert.is(attached.stats().hellos.timeouts, 1);
      assert.is(refused.destroyed, false);
      assert.is(attached.stats().pending.hellos, 1, 'the client may still say hello');
      socket.resume();
      await Promise.all([once(socket, 'close'), once(refused.destroy(), 'close')]);
      assert.is(attached.stats().pending.hellos, 0);
    },
  );
});

test('a client that hangs up half way is reported as Node reports it', async () => {
  await withServer({ attach }, async ({ port, server, attached }) => {
    const failed = once(server, 'tlsClientError');
    await sendRaw(port, Buffer.from([22, 3, 1, 2, 0, 1, 0]));
    const [error] = (await failed) as [NodeJS.ErrnoException];
    assert.is(error.code, 'ECONNRESET');
    assert.is(attached.stats().hellos.lost, 1);
    assert.is(attached.stats().handshakes.failed, 1);
  });
});

test('a stream that is no socket can be handed to the server', async () => {
  await withServer({ attach }, async ({ server, attached }) => {
    const visit = async (session?: Buffer): Promise<[boolean, Buffer]> => {
      const [ours, theirs] = pair();
      server.emit('connection', theirs);
      const socket = connectTLS({ socket: ours, rejectUnauthorized: false, ...(session && { session }) }); // prettier-ignore
      let given: Buffer = Buffer.alloc(0);
      socket.on('session', (next: Buffer) => (given = next));
      socket.resume();
      await once(socket, 'end');
      return [socket.isSessionReused(), given];
    };
    const [, session] = await visit();
    assert.is((await visit(session))[0], true);
    assert.equal(attached.stats().handshakes, { full: 1, resumed: 1, failed: 0 });
  });
});

test('pauseOnConnect', async () => {
  const tls = { pauseOnConnect: true };
  await withServer({ attach, tls }, async ({ connect }) => {
    const { session } = await connect();
    assertResumed(await connect(session), true);
  });
});

test('of several PSK identities the first of 32 bytes is the one that OpenSSL asks for', async () => {
  await withServer({ attach }, async ({ port, connect, attached }) => {
    const { session } = await connect();
    const hello = await captureHello((to) =>
      connectTLS({ port: to, host: '127.0.0.1', servername: 'localhost', session }),
    );
    const real = readHello(hello, 20_000);
    assert.ok(real && 'hello' in real && real.hello.psk);
    const identity = Buffer.from(real.hello.psk);
    const short = Buffer.alloc(10, 1);
    const strange = Buffer.alloc(32, 2);
    for (const [before, expected] of [
      [short, identity],
      [strange, strange],
    ] as const) {
      const more = withIdentity(hello, before);
      const read = readHello(more, 20_000);
      assert.ok(read && 'hello' in read);
      assert.equal(Buffer.from(read.hello.psk ?? []), expected);
    }
    // The binders no longer fit: the handshake fails if the session is found, and goes on if not.
    const alert = 21;
    const hit = await sendRaw(port, withIdentity(hello, short));
    assert.is(hit[0], alert);
    assert.is(attached.stats().hits, 1);
    const { session: next } = await connect();
    assert.ok(next);
    const miss = await sendRaw(port, withIdentity(hello, strange), 300);
    assert.is(miss[0], 22, 'a ServerHello');
    assert.is(attached.stats().hits, 1);
  });
});

test('no cut or flipped byte of a real hello makes the parser throw or read beyond it', async () => {
  await withServer({ attach }, async ({ connect }) => {
    const { session } = await connect();
    const hello = await captureHello((to) =>
      connectTLS({ port: to, host: '127.0.0.1', servername: 'localhost', session }),
    );
    const whole = readHello(hello, 20_000);
    assert.ok(whole && 'hello' in whole);
    const { servername, tls13, psk } = whole.hello;
    assert.equal({ servername, tls13 }, { servername: 'localhost', tls13: true });
    assert.is(psk?.length, 32);
    for (let length = 0; length < hello.length; length++) {
      const read = readHello(hello.subarray(0, length), 20_000);
      assert.ok(read && 'need' in read && read.need > length && read.need <= hello.length);
    }
    for (let at = 0; at < hello.length; at++) {
      for (const bits of [0x01, 0x80, 0xff]) {
        const flipped = Buffer.from(hello);
        flipped[at] = (flipped[at] as number) ^ bits;
        const read = readHello(flipped, 20_000);
        if (read === undefined) continue;
        if ('need' in read) assert.ok(read.need > flipped.length);
        else assert.ok((read.hello.psk?.length ?? 32) === 32);
      }
    }
    await sleep(0);
  });
});

/**
 * Puts an identity, and a binder for it, before those of a hello whose last extension is the PSK's.
 */
function withIdentity(hello: Buffer, identity: Buffer): Buffer {
  const at = pskExtension(hello);
  const identities = hello.subarray(at + 6, at + 6 + hello.readUInt16BE(at + 4));
  const binders = hello.subarray(at + 8 + identities.length);
  const list = (parts: Buffer[]): Buffer => {
    const all = Buffer.concat(parts);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(all.length);
    return Buffer.concat([length, all]);
  };
  const extension = Buffer.concat([
    list([list([identity]), Buffer.alloc(4), identities]),
    list([Buffer.from([binders[0] as number]), Buffer.alloc(binders[0] as number, 7), binders]),
  ]);
  const grown = Buffer.concat([hello.subarray(0, at + 4), extension]);
  const more = grown.length - hello.length;
  grown.writeUInt16BE(extension.length, at + 2);
  grown.writeUInt16BE(hello.readUInt16BE(3) + more, 3);
  grown.writeUIntBE(hello.readUIntBE(6, 3) + more, 6, 3);
  const list0 = extensionsAt(hello);
  grown.writeUInt16BE(hello.readUInt16BE(list0) + more, list0);
  return grown;
}

/** Where the length of the extensions is. */
function extensionsAt(hello: Buffer): number {
  let at = 5 + 4 + 2 + 32;
  at += 1 + (hello[at] as number);
  at += 2 + hello.readUInt16BE(at);
  return at + 1 + (hello[at] as number);
}

function pskExtension(hello: Buffer): number {
  let at = extensionsAt(hello) + 2;
  while (hello.readUInt16BE(at) !== 41) at += 4 + hello.readUInt16BE(at + 2);
  return at;
}

/** Two ends of a stream in memory. */
function pair(): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  for (const other of [1, 0]) {
    ends.push(
      new Duplex({
        read() {},
        write(chunk, _encoding, done) {
          ends[other]?.push(chunk);
          done();
        },
        final(done) {
          ends[other]?.push(null);
          done();
        },
      }),
    );
  }
  return ends as [Duplex, Duplex];
}

test.run();
