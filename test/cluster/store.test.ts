import { once } from 'node:events';
import { connect } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clusterStore, type ClusterStoreStats } from '../../bindings/cluster/index.ts';
import { type Config, type Fleet, type LastWords, startFleet, withFleet } from './fleet.ts';
import { until } from '../support/clock.ts';

const two: Config = {
  workers: 2,
  stores: [
    { name: 'a', kind: 'cluster', options: { timeout: 5000 } },
    { name: 'b', kind: 'cluster', options: { maxBytes: 1000, timeout: 5000 } },
  ],
};
/** Bytes that are no UTF-8. */
const VALUE = 'ff00fe80c328';

for (const serialization of ['json', 'advanced'] as const) {
  const test = suite(`clusterStore, serialization ${serialization}`);
  let fleet: Fleet;
  test.before(async () => void (fleet = await startFleet({ ...two, serialization })));
  test.after(() => fleet.stop());

  test('what one worker sets the others and the primary get, in bytes', async () => {
    const { ask, ids } = fleet;
    const [first, second] = ids as [number, number];
    const large = 'c3'.repeat(16_384);
    for (const value of [VALUE, large]) {
      for (const [from, to] of [
        [first, second],
        [second, 0],
        [0, first],
      ] as const) {
        await ask(from, 'set', 'a', 'key', value, 5000);
        assert.is(await ask(to, 'get', 'a', 'key'), value);
        assert.is(await ask(to, 'get', 'b', 'key'), null);
        await ask(to, 'delete', 'a', 'key');
        assert.is(await ask(from, 'get', 'a', 'key'), null);
      }
    }
    // The application's own messages go through all this while.
    assert.equal(await Promise.all(ids.map((id) => ask(id, 'echo', `I am ${id}`))), ids.map((id) => `I am ${id}`)); // prettier-ignore
    const form = serialization === 'advanced' ? 'bytes' : 'text';
    assert.equal(await ask(0, 'forms'), [form], 'as they are where that can be, else as base64');
    const stats = await ask<ClusterStoreStats>(0, 'stats', 'a');
    assert.is(stats.values, 0);
    assert.is(stats.failed, 0);
  });

  test('malformed messages are ignored, and end no process', async () => {
    const { ask, ids } = fleet;
    for (const id of ids) await ask(id, 'subscribe', 'a');
    const bad = [
      { type: 'removal' },
      { type: 'removal', bytes: 5 },
      { type: 'removal', bytes: { 0: 1 } },
      { type: 'answer' },
      { type: 'answer', id: 0, bytes: [] },
      { type: 'ask' },
      { type: 'ask', id: 1, operation: 'get', key: {} },
      { type: 'ask', id: 1, operation: 'set', key: 'key', ttlMs: 1 },
      { type: 'ask', id: 1, operation: '__proto__', key: 'key' },
      { type: 'toString' },
      {},
    ];
    for (const id of [...ids, 0]) {
      for (const message of bad) await ask(id, 'say', { sesscache: 'a', ...message });
    }
    for (const id of [...ids, 0]) {
      await ask(id, 'set', 'a', 'key', VALUE, 5000);
      assert.is(await ask(id, 'take', 'a', 'key'), VALUE);
    }
    assert.is((await ask<ClusterStoreStats>(0, 'stats', 'a')).failed, 0);
    for (const id of ids) {
      assert.equal(await ask(id, 'heard'), []);
      await ask(id, 'unsubscribe');
    }
  });

  test('of all that take a value at once, one gets it', async () => {
    const { ask, ids } = fleet;
    for (let round = 0; round < 20; round++) {
      await ask(ids[0]!, 'set', 'a', 'key', VALUE, 5000);
      const takers = [...ids, 0, ...ids];
      const taken = await Promise.all(takers.map((id) => ask(id, 'take', 'a', 'key')));
      assert.is(taken.filter((value) => value === VALUE).length, 1);
      assert.is(taken.filter((value) => value === null).length, takers.length - 1);
    }
  });

  test('a message reaches all that listen to the store, and no others', async () => {
    const { ask, ids } = fleet;
    const [first, second] = ids as [number, number];
    for (const id of [0, first, second]) await ask(id, 'subscribe', 'a');
    await ask(second, 'subscribe', 'b');
    await ask(first, 'publish', 'a', 'one');
    await ask(0, 'publish', 'a', 'two');
    await ask(first, 'publish', 'b', 'three');
    await hears(fleet, second, ['a: one', 'a: two', 'b: three']);
    await hears(fleet, 0, ['a: one', 'a: two']);
    await hears(fleet, first, ['a: two']); // not what it said itself
    await ask(second, 'unsubscribe');
    await ask(first, 'publish', 'a', 'four');
    await hears(fleet, 0, ['a: one', 'a: two', 'a: four']);
    await hears(fleet, second, ['a: one', 'a: two', 'b: three']);
  });

  test('values end with their time, and the first to expire make room', async () => {
    const { ask, ids } = fleet;
    const [first] = ids as [number];
    await ask(first, 'set', 'a', 'brief', VALUE, 1);
    await until(async () => (await ask(first, 'get', 'a', 'brief')) === null, 'it has expired');
    const value = 'aa'.repeat(200);
    for (let i = 0; i < 10; i++) await ask(first, 'set', 'b', `${i}`, value, 60_000 + i * 5000);
    const { values, bytes, evicted } = await ask<ClusterStoreStats>(0, 'stats', 'b');
    assert.ok(values >= 1 && values < 10 && bytes <= 1000, `${values} values, ${bytes} bytes`);
    assert.is(evicted, 10 - values);
    assert.is(await ask(first, 'get', 'b', '9'), value);
    assert.is(await ask(first, 'get', 'b', '0'), null);
  });

  test('what does not fit is refused, in the worker that asked', async () => {
    const { ask, ids } = fleet;
    const refused = ask(ids[0]!, 'set', 'b', 'key', 'aa'.repeat(2000), 5000);
    assert.is(await refused.then(String, String), 'Error: Error: the primary could not do it');
    assert.is((await ask<ClusterStoreStats>(ids[0]!, 'stats', 'b')).failed, 1);
    assert.is((await ask<ClusterStoreStats>(0, 'stats', 'b')).failed, 1);
  });

  test('a worker that dies leaves nothing behind, and one that comes finds what is there', async () => {
    const { ask, ids } = fleet;
    const [first, second] = ids as [number, number];
    await ask(first, 'subscribe', 'a');
    await ask(first, 'set', 'a', 'key', VALUE, 60_000);
    await ask(0, 'kill', first);
    await ask(second, 'publish', 'a', 'unheard');
    const third = await ask<number>(0, 'fork');
    assert.is(await ask(third, 'get', 'a', 'key'), VALUE);
    await ask(third, 'subscribe', 'a');
    await ask(second, 'publish', 'a', 'to the new one');
    await hears(fleet, third, ['a: to the new one']);
  });

  test.run();
}

const test = suite('clusterStore');

test('workers that came before the primary opened its store are heard', async () => {
  const stores = [{ name: 'a', kind: 'cluster' as const, options: { timeout: 200 } }];
  await withFleet({ workers: 1, stores, lateStores: true }, async (fleet) => {
    const { ask, ids } = fleet;
    const [first] = ids as [number];
    await ask(first, 'subscribe', 'a');
    const alone = await ask(first, 'get', 'a', 'key').then(String, String);
    assert.is(alone, 'Error: Error: the primary did not answer: it must call clusterStore too');
    assert.is((await ask<ClusterStoreStats>(first, 'stats', 'a')).late, 1);
    await ask(0, 'open', 'a');
    await ask(first, 'set', 'a', 'key', VALUE, 5000);
    assert.is(await ask(0, 'get', 'a', 'key'), VALUE);
    await ask(0, 'publish', 'a', 'at last');
    await hears(fleet, first, ['a: at last']);

    // Closed and opened again, it is empty, and the workers go on.
    await ask(0, 'close', 'a');
    const closed = await ask(first, 'get', 'a', 'key').then(String, String);
    assert.is(closed, 'Error: Error: the store is closed in the primary');
    await ask(0, 'open', 'a');
    await until(
      async () => (await ask(first, 'get', 'a', 'key').catch(() => 'closed')) === null,
      'the worker knows',
    );
  });
});

test('a worker whose primary is gone rejects at once, and lives', async () => {
  await withFleet(two, async ({ ask, ids, primary }) => {
    const [first] = ids as [number];
    await ask(first, 'outlive');
    const port = await ask<number>(first, 'lastWords', 'a');
    primary.kill('SIGKILL');
    await once(primary, 'exit');
    const words = await connect(port, '127.0.0.1').setEncoding('utf8').toArray();
    const { outcomes, milliseconds, stats } = JSON.parse(words.join('')) as LastWords;
    assert.equal(outcomes.slice(0, 4), Array(4).fill('Error: the store is without its primary'));
    assert.match(outcomes[4]!, /ERR_IPC_CHANNEL_CLOSED/);
    assert.ok(milliseconds < 5000, `${milliseconds} ms, of a time limit of 5000`);
    assert.is(stats.pending, 0);
    assert.is(stats.failed, 4);
  });
});

test('in a process without a cluster it is a store of that process', async () => {
  const store = clusterStore();
  const other = clusterStore({ name: 'other' });
  assert.throws(() => clusterStore(), "this process has a cluster store 'default'");
  const heard: number[] = [];
  const end = store.channel.subscribe((message) => heard.push(message[0]!));
  await store.set('key', Uint8Array.of(1), 5000);
  store.channel.publish(Uint8Array.of(7));
  end();
  store.channel.publish(Uint8Array.of(8));
  assert.equal(heard, [7]);
  const value = await store.get('key');
  value!.fill(0);
  assert.equal([...(await store.take('key'))!], [1]);
  assert.is(await other.get('key'), null);
  store.close();
  store.close();
  const error = await store.get('key').then(() => 'none', String);
  assert.is(error, 'Error: the store is closed');
  clusterStore().close(); // the name is free again
  other.close();
});

test('names the argument that is wrong', () => {
  const wrong = (options: unknown): string => {
    try {
      clusterStore(options as object);
    } catch (error) {
      return String(error);
    }
    return 'nothing thrown';
  };
  assert.is(wrong({ name: 1 }), 'TypeError: "name" expected string, got number');
  assert.is(wrong({ name: '' }), 'RangeError: "name" expected 1..100 characters, got 0');
  assert.match(wrong({ size: -1 }), /^RangeError: "size" expected an integer/);
  assert.match(wrong({ maxBytes: 0.5 }), /^RangeError: "maxBytes" expected an integer/);
  assert.match(wrong({ timeout: 0 }), /^RangeError: "timeout" expected an integer 1/);
  assert.is(wrong(null), 'TypeError: "options" expected object, got null');
});

async function hears({ ask }: Fleet, id: number, expected: string[]): Promise<void> {
  await until(
    async () => (await ask<string[]>(id, 'heard')).length >= expected.length,
    `${id} hears ${expected.join(', ')}`,
  );
  assert.equal(await ask(id, 'heard'), expected);
}

test.run();
