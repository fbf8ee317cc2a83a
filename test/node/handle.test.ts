// What Node does not document, and the reader of hellos counts on: each release is held to it here.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { handleOf } from '../../bindings/node/handle.ts';

const test = suite('attachServer: the handle of a socket');

/** Both ends of a connection. */
async function withPair(
  options: { pauseOnConnect?: boolean },
  use: (accepted: Socket, client: Socket) => Promise<void> | void,
): Promise<void> {
  const server = createServer(options).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepting = new Promise<void>((resolve, reject) => {
    server.once('connection', (accepted) => {
      Promise.resolve(use(accepted, client))
        .then(resolve, reject)
        .finally(() => accepted.destroy());
    });
  });
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  try {
    await accepting;
  } finally {
    client.destroy();
    server.close();
  }
}

test('sees the bytes first, and the socket has them none the less', async () => {
  await withPair({}, async (accepted, client) => {
    const handle = handleOf(accepted);
    assert.ok(handle, 'a new connection has one');
    const { onread } = handle;
    const seen = new Promise<Uint8Array>((resolve) => {
      handle.onread = (bytes, ...more) => {
        assert.instance(bytes, ArrayBuffer);
        assert.is(accepted.readableLength, 0);
        handle.onread = onread;
        onread.call(handle, bytes, ...more);
        resolve(new Uint8Array(bytes as ArrayBuffer));
      };
    });
    client.write('hello');
    assert.is(Buffer.from(await seen).toString(), 'hello');
    assert.is(String(accepted.read()), 'hello');
    assert.is(accepted.bytesRead, 5);
  });
});

test('is left alone where the socket is paused, flows, or has bytes already', async () => {
  await withPair({ pauseOnConnect: true }, (accepted) => {
    assert.is(handleOf(accepted), undefined);
  });
  await withPair({}, (accepted) => {
    accepted.resume();
    assert.is(handleOf(accepted), undefined);
  });
  await withPair({}, (accepted) => {
    accepted.unshift(Buffer.from('x'));
    assert.is(handleOf(accepted), undefined);
  });
});

test.run();
