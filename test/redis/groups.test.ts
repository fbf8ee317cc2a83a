import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { redisStore } from '../../bindings/redis/index.ts';
import { connectCluster, connectSentinel, LIBRARIES } from './clients.ts';
import { withRedisCluster, withSentinel } from './groups.ts';
import { until } from '../support/clock.ts';

const test = suite('redisStore: clusters and sentinels');

test('a cluster of three: every node has its share, and messages reach all', async () => {
  await withRedisCluster(async (nodes) => {
    const ports = nodes.map(({ port }) => port);
    const clients = await Promise.all(LIBRARIES.map((library) => connectCluster(library, ports)));
    const stores = clients.map(({ client }) => redisStore(client));
    try {
      for (const [at, store] of stores.entries()) {
        const keys = Array.from({ length: 60 }, (_, i) => `${at}-${i}`);
        await Promise.all(keys.map((key) => store.set(key, Buffer.from([255, at]), 60_000)));
        const sizes = await Promise.all(nodes.map((node) => node.command('dbsize')));
        assert.ok(sizes.every((size) => Number(size) >= 5), `${sizes}`); // prettier-ignore
        // One library takes what the other has set.
        const other = stores[1 - at]!;
        const taken = await Promise.all(keys.map((key) => other.take!(key)));
        assert.ok(taken.every((value) => value && value[0] === 255 && value[1] === at));
        assert.is(await store.get(keys[0]!), null);
      }
      const heard = [0, 0];
      const ends = stores.map((store, at) => store.channel!.subscribe(() => void heard[at]!++));
      await until(async () => {
        await stores[0]!.channel!.publish(Uint8Array.of(1));
        return heard.every((count) => count > 0);
      }, 'both libraries hear');
      heard.fill(0);
      await until(async () => {
        await stores[1]!.channel!.publish(Uint8Array.of(1));
        return heard.every((count) => count > 0);
      }, 'both libraries hear');
      for (const end of ends) end();
    } finally {
      await Promise.all(clients.map(({ close }) => close()));
    }
  });
});

test('a sentinel: the store follows it to the new master, and so do its messages', async () => {
  await withSentinel(async ({ port, name, master, replica, failedOver }) => {
    const clients = await Promise.all(
      LIBRARIES.map((library) => connectSentinel(library, port, name)),
    );
    const stores = clients.map(({ client }) => redisStore(client));
    try {
      const heard = [0, 0];
      const ends = stores.map((store, at) => store.channel!.subscribe(() => void heard[at]!++));
      await Promise.all(
        stores.map((store, at) => store.set(`before ${at}`, Uint8Array.of(at), 60_000)),
      );
      // WAIT would not do: it waits for what its own connection has written.
      const hasBoth = async (): Promise<boolean> => (await replica.command('dbsize')) === '2';
      await until(hasBoth, 'the replica has both');
      await master.kill();
      await failedOver();
      for (const [at, store] of stores.entries()) {
        const works = async (): Promise<boolean> =>
          (await settled(store.get(`before ${at}`)))?.[0] === at;
        await until(works, `${LIBRARIES[at]} reads from the new master`);
        await store.set(`after ${at}`, Uint8Array.of(255), 60_000);
        assert.equal([...((await store.take!(`after ${at}`)) as Uint8Array)], [255]);
      }
      heard.fill(0);
      await until(async () => {
        await settled(stores[0]!.channel!.publish(Uint8Array.of(1)) as Promise<unknown>);
        return heard.every((count) => count > 0);
      }, 'messages through the new master');
      for (const end of ends) end();
    } finally {
      await Promise.all(clients.map(({ close }) => close()));
    }
  });
});

/** What a promise resolves to within a second; undefined: it rejects, or does not settle. */
function settled<T>(promise: Promise<T>): Promise<T | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, 1000, undefined).unref());
  return Promise.race([promise.catch(() => undefined), late]);
}

test.run();
