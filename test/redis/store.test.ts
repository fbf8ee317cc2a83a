import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createClient, createClientPool } from 'redis';
import { Redis } from 'ioredis';
import { certificatePath, readCertificate } from '../../examples/certificates.js';
import type { ExternalStore } from '../../bindings/external/index.ts';
import { redisStore } from '../../bindings/redis/index.ts';
import { connectClient, type Connected, LIBRARIES, type Library } from './clients.ts';
import { freePort } from '../support/ports.js';
import { type RedisServer, withRedis } from './server.ts';
import { until } from '../support/clock.ts';

const test = suite('redisStore');

/**
 * Values that a text protocol could spoil: invalid UTF-8, line ends of RESP, and no bytes at all.
 */
const VALUES = [
  Uint8Array.of(0),
  Uint8Array.of(0xff, 0xfe, 0x80, 0xc3, 0x28),
  Buffer.from('$-1\r\n+OK\r\n'),
  new Uint8Array(randomBytes(17_408)),
  randomBytes(400).subarray(100, 300),
];

async function withStores(
  library: Library,
  use: (store: ExternalStore, connected: Connected, redis: RedisServer) => Promise<void>,
  ...args: string[]
): Promise<void> {
  await withRedis(
    async (redis) => {
      const connected = await connectClient(library, redis.port);
      try {
        await use(redisStore(connected.client), connected, redis);
      } finally {
        await connected.close();
      }
    },
    ...args,
  );
}

for (const library of LIBRARIES) {
  test(`${library}: gives back the very bytes, once for take`, async () => {
    await withStores(library, async (store) => {
      for (const value of VALUES) {
        await store.set('key', value, 5000);
        const [got, again] = [await store.get('key'), await store.get('key')];
        assert.ok(Buffer.from(value).equals(got as Uint8Array));
        assert.ok(Buffer.from(value).equals(again as Uint8Array));
        const takers = await Promise.all([1, 2, 3].map(() => store.take!('key')));
        assert.is(takers.filter(Boolean).length, 1);
        assert.ok(Buffer.from(value).equals(takers.find(Boolean) as Uint8Array));
        assert.is(await store.get('key'), null);
      }
    });
  });

  test(`${library}: sets, with a time to live, under the prefix, and deletes`, async () => {
    await withStores(library, async (store, { client }, redis) => {
      await store.set('a', Uint8Array.of(1), 60_000);
      const ttl = Number(await redis.command('pttl', 'sesscache:a'));
      assert.ok(ttl > 0 && ttl <= 60_000, `${ttl}`);
      const other = redisStore(client, { prefix: 'other:' });
      assert.is(await other.get('a'), null);
      await other.set('a', Uint8Array.of(2), 60_000);
      await store.delete('a');
      await store.delete('a');
      assert.is(await store.get('a'), null);
      assert.equal([...((await other.get('a')) as Uint8Array)], [2]);
      await store.set('brief', Uint8Array.of(3), 1);
      await until(async () => (await store.get('brief')) === null, 'a millisecond is over');
    });
  });

  test(`${library}: the caller may overwrite what it has set, and what it was given`, async () => {
    await withStores(library, async (store) => {
      const value = Buffer.from('a value');
      const set = store.set('key', value, 5000);
      value.fill(0);
      await set;
      const got = (await store.get('key')) as Uint8Array;
      assert.is(Buffer.from(got).toString(), 'a value');
      got.fill(0);
      assert.is(Buffer.from((await store.get('key')) as Uint8Array).toString(), 'a value');
    });
  });

  test(`${library}: says what is missing where there is no GETDEL`, async () => {
    await withStores(
      library,
      async (store) => {
        await store.set('key', Uint8Array.of(1), 5000);
        const error = await store.take!('key').then(() => undefined, String);
        assert.is(error, 'Error: take needs the command GETDEL: Redis 6.2 or later');
        assert.ok(await store.get('key'));
      },
      '--rename-command',
      'GETDEL',
      '',
    );
  });

  test(`${library}: rejects what Redis refuses`, async () => {
    await withStores(library, async (store, _connected, redis) => {
      await redis.command('rpush', 'sesscache:list', 'x');
      const error = await store.get('list').then(() => undefined, String);
      assert.match(error as string, /WRONGTYPE/);
    });
  });

  test(`${library}: messages reach every listener of the prefix, as bytes`, async () => {
    await withStores(library, async (store, { client }, redis) => {
      const second = await connectClient(library, redis.port);
      try {
        const there = redisStore(second.client);
        const heard: string[] = [];
        const hear = (name: string) => (message: Uint8Array) =>
          void heard.push(`${name} ${Buffer.from(message).toString('hex')}`);
        const endA = there.channel!.subscribe(hear('a'));
        const endB = redisStore(second.client).channel!.subscribe(hear('b'));
        const endC = redisStore(second.client, { prefix: 'c:' }).channel!.subscribe(hear('c'));
        await subscribers(redis, 'sesscache:removals', 1);
        await subscribers(redis, 'c:removals', 1);
        await store.channel!.publish(Uint8Array.of(0xff, 0, 0x0d, 0x0a));
        await until(() => heard.length === 2, 'both listeners have heard');
        assert.equal(heard.toSorted(), ['a ff000d0a', 'b ff000d0a']);

        endA();
        endA();
        await store.channel!.publish(Uint8Array.of(1));
        await redisStore(client, { prefix: 'c:' }).channel!.publish(Uint8Array.of(2));
        await until(() => heard.length === 4, 'the others have heard');
        assert.equal(heard.slice(2).toSorted(), ['b 01', 'c 02']);

        endB();
        await subscribers(redis, 'sesscache:removals', 0);
        endC();
        await subscribers(redis, 'c:removals', 0);
        // The connection is unchanged: it still takes commands, and has no listeners of the store.
        await there.set('key', Uint8Array.of(1), 1000);
        if (library === 'ioredis') assert.is((second.client as Redis).listenerCount('messageBuffer'), 0); // prettier-ignore
      } finally {
        await second.close();
      }
    });
  });

  test(`${library}: listens again when Redis is back, also if it was not there at first`, async () => {
    await withStores(library, async (store, _connected, redis) => {
      await redis.kill();
      await until(
        async () => (await store.get('x').then(() => 'answer', () => 'error')) === 'error',
        'the client has noticed',
      ); // prettier-ignore
      const heard: number[] = [];
      const end = store.channel!.subscribe((message) => heard.push(message[0] as number));
      await redis.start();
      await subscribers(redis, 'sesscache:removals', 1);
      await store.channel!.publish(Uint8Array.of(1));
      await until(() => heard.length === 1, 'the first message');
      await redis.kill();
      await redis.start();
      await subscribers(redis, 'sesscache:removals', 1);
      await store.channel!.publish(Uint8Array.of(2));
      await until(() => heard.length === 2, 'the second message');
      assert.equal(heard, [1, 2]);
      end();
    });
  });

  test(`${library}: never connects, and leaves the connection to its owner`, async () => {
    await withRedis(async (redis) => {
      const { client } =
        library === 'ioredis'
          ? {
              client: new Redis({ port: redis.port, lazyConnect: true, enableOfflineQueue: false }),
            }
          : { client: createClient({ url: redis.url, disableOfflineQueue: true }) };
      const before = await clientCount(redis);
      const events = client.eventNames().map((name) => `${String(name)} ${client.listenerCount(name)}`); // prettier-ignore
      redisStore(client);
      assert.is(await clientCount(redis), before);
      assert.equal(
        client.eventNames().map((name) => `${String(name)} ${client.listenerCount(name)}`),
        events,
      );
    });
  });
}

test('needs only the commands that the documentation names', async () => {
  await withRedis(async (redis) => {
    const rights = ['~sesscache:*', '&sesscache:*', '-@all', '+get', '+set', '+del', '+getdel'];
    const messages = ['+publish', '+subscribe', '+unsubscribe'];
    const hello = ['+hello', '+info'];
    await redis.command('acl', 'setuser', 'sessions', 'on', '>secret', ...rights, ...messages, ...hello); // prettier-ignore
    const login = { username: 'sessions', password: 'secret' };
    const node = createClient({ url: redis.url, ...login });
    const io = new Redis({ port: redis.port, ...login });
    const denied: string[] = [];
    for (const client of [node, io])
      client.on('error', (error: Error) => denied.push(error.message));
    await node.connect();
    try {
      for (const [at, store] of [redisStore(node), redisStore(io)].entries()) {
        await store.set('key', Uint8Array.of(1), 1000);
        assert.ok(await store.get('key'));
        assert.ok(await store.take!('key'));
        await store.delete('key');
        const heard = new Promise((resolve) => store.channel!.subscribe(resolve));
        await subscribers(redis, 'sesscache:removals', at + 1);
        await store.channel!.publish(Uint8Array.of(1));
        await heard;
      }
      assert.equal(denied, []);
    } finally {
      node.destroy();
      io.disconnect();
    }
  });
});

test('works over TLS', async () => {
  const port = await freePort();
  const [cert, key] = [certificatePath('ecdsa.cert.pem'), certificatePath('ecdsa.key.pem')];
  const tls = ['--tls-port', `${port}`, '--tls-cert-file', cert, '--tls-key-file', key];
  await withRedis(
    async () => {
      const { cert: ca } = readCertificate('ecdsa');
      const node = createClient({ socket: { port, host: 'localhost', tls: true, ca } });
      const io = new Redis({ port, host: 'localhost', tls: { ca } });
      await Promise.all([node.connect(), once(io, 'ready')]);
      try {
        for (const store of [redisStore(node), redisStore(io)]) {
          await store.set('key', Uint8Array.of(255), 1000);
          assert.equal([...((await store.take!('key')) as Uint8Array)], [255]);
        }
      } finally {
        node.destroy();
        io.disconnect();
      }
    },
    ...tls,
    '--tls-auth-clients',
    'no',
  );
});

test('a pool of node-redis works, without a channel of its own', async () => {
  await withRedis(async (redis) => {
    const pool = createClientPool({ url: redis.url });
    await pool.connect();
    try {
      const store = redisStore(pool);
      assert.is(store.channel, undefined);
      await store.set('key', Uint8Array.of(255), 1000);
      assert.equal([...((await store.take!('key')) as Uint8Array)], [255]);
    } finally {
      await pool.close();
    }
  });
});

test('over RESP 2 a second client subscribes, and the first is never asked to', async () => {
  await withRedis(async (redis) => {
    const node = createClient({ url: redis.url, RESP: 2 });
    const io = new Redis({ port: redis.port, protocol: 2 });
    await Promise.all([node.connect(), once(io, 'ready')]);
    const [nodeSubscriber, ioSubscriber] = [node.duplicate(), io.duplicate()];
    await Promise.all([nodeSubscriber.connect(), once(ioSubscriber, 'ready')]);
    try {
      assert.is(redisStore(node).channel, undefined);
      assert.is(redisStore(io).channel, undefined);
      assert.is(redisStore(io, { subscriber: false }).channel, null, 'on purpose');
      assert.throws(() => redisStore(node, { subscriber: node }), /over RESP 2/);
      assert.throws(() => redisStore(io, { subscriber: io }), /over RESP 2/);
      const stores = [
        redisStore(node, { prefix: 'a:', subscriber: nodeSubscriber }),
        redisStore(io, { prefix: 'b:', subscriber: ioSubscriber }),
      ];
      for (const store of stores) {
        const heard = new Promise((resolve) => store.channel!.subscribe(resolve));
        await subscribers(redis, store === stores[0] ? 'a:removals' : 'b:removals', 1);
        await store.channel!.publish(Uint8Array.of(9));
        assert.equal([...((await heard) as Uint8Array)], [9]);
        await store.set('key', Uint8Array.of(1), 1000);
        assert.ok(await store.get('key'));
      }
    } finally {
      for (const client of [node, nodeSubscriber]) client.destroy();
      for (const client of [io, ioSubscriber]) client.disconnect();
    }
  });
});

test('names the argument that is wrong', () => {
  const client = createClient();
  const wrong = (args: unknown[]): string => {
    try {
      (redisStore as (...args: unknown[]) => unknown)(...args);
    } catch (error) {
      return String(error);
    }
    return 'nothing thrown';
  };
  const expected = 'expected client of node-redis or ioredis, got';
  assert.is(wrong([]), `TypeError: "client" ${expected} undefined`);
  assert.is(wrong([new Map()]), `TypeError: "client" ${expected} Map`);
  assert.is(wrong([client, { prefix: 1 }]), 'TypeError: "prefix" expected string, got number');
  assert.is(
    wrong([client, { prefix: 'x'.repeat(101) }]),
    'RangeError: "prefix" expected at most 100 characters, got 101',
  );
  assert.is(wrong([client, { subscriber: 'it' }]), `TypeError: "subscriber" ${expected} string`);
});

async function subscribers(redis: RedisServer, channel: string, count: number): Promise<void> {
  await until(
    async () => (await redis.command('pubsub', 'numsub', channel)).endsWith(`\n${count}`),
    `${count} connections listen to ${channel}`,
  );
}

async function clientCount(redis: RedisServer): Promise<number> {
  return (await redis.command('client', 'list')).split('\n').length;
}

test.run();
