// A removal reaches the store, and through the channel the caches of the other processes.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOCK_SKEW } from '../../bindings/external/clock.ts';
import { SessionCacheMode } from '../../bindings/index.ts';
import { faultyStore } from './faults.ts';
import { guardedStore, id, key, nonZero, remote, retire, session, settled, TOMBSTONES, worker } from './support.ts'; // prettier-ignore
import { until } from '../support/clock.ts';

const test = suite('removal between processes');
const { SERVER, NO_INTERNAL } = SessionCacheMode;

test.after.each(retire);

test('a session removed in one process leaves the others', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  const made = [1, 2, 3].map((n) => a.make(n));
  await settled(a);
  for (const n of [1, 2, 3]) assert.ok(await b.resumes(n));
  a.cache.removeSession(made[0]!);
  a.cache.abortSession(made[1]!);
  await until(() => b.cache.stats().number === 1, 'both leave');
  assert.not(await b.resumes(1));
  assert.not(await b.resumes(2));
  assert.ok(await b.resumes(3));
  assert.is(b.external.stats().messages.received, 1, 'one message for what happened at once');
  assert.equal(
    nonZero(a.external.stats().messages),
    { sent: 1 },
    'its own is none of its business',
  );
});

test('a process with other keys finds nothing, and each message that it refuses tells why', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store, { keys: [key(9)] })];
  const made = a.make(1);
  await settled(a);
  assert.not(await b.resumes(1));
  a.cache.removeSession(made);
  await until(() => b.external.stats().messages.refused > 0, 'it comes');
  const { misses, messages } = b.external.stats();
  assert.equal(nonZero(misses), { absent: 1 });
  assert.equal(nonZero(messages), { refused: 1 });
});

test('a revoked tag leaves every cache, and the store for good', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  a.make(1, { tags: ['user:42', 'site'] });
  a.make(2, { tags: ['user:43'] });
  await settled(a);
  assert.ok(await b.resumes(1));
  assert.ok(await b.resumes(2));
  a.cache.revoke({ tag: 'user:42' });
  await until(() => b.cache.stats().number === 1, 'it leaves');
  await settled(a);
  const late = worker(store); // was not there when the message came
  assert.not(await late.resumes(1));
  assert.equal(late.misses(), { revoked: 1 });
  assert.ok(await late.resumes(2));
});

test('a process revokes what it does not have itself', async () => {
  const store = remote();
  const [a, b, c] = [worker(store), worker(store), worker(store)];
  a.make(1, { tags: ['user:42'] });
  await settled(a);
  a.cache.flushSessions(0); // no worker has it cached
  b.cache.revoke({ tag: 'user:42' });
  await settled(b);
  for (const each of [a, b, c]) assert.not(await each.resumes(1));
});

test('sessions made some time after a revocation are not meant by it', async () => {
  const store = remote();
  const a = worker(store);
  const [realNow, start] = [Date.now, Date.now()];
  try {
    Date.now = () => start;
    a.cache.revoke({ tag: 'user:42' });
    Date.now = () => start + CLOCK_SKEW;
    a.make(1, { tags: ['user:42'] });
    Date.now = () => start + CLOCK_SKEW + 1;
    a.make(2, { tags: ['user:42'] });
  } finally {
    Date.now = realNow;
  }
  await settled(a);
  const b = worker(store);
  assert.not(await b.resumes(1), 'clocks differ: in doubt it is revoked');
  assert.ok(await b.resumes(2));
});

test('a replayed revocation spares what was made after it, in a process that started later, too', async () => {
  const [realNow, start] = [Date.now, Math.floor(Date.now() / 1000) * 1000];
  try {
    for (let fraction = 0; fraction < 1000; fraction += 111) {
      const store = remote();
      const recorded: Uint8Array[] = [];
      store.channel.subscribe((message) => recorded.push(message));
      const at = (ms: number): number => (Date.now = () => start + fraction + ms)();
      at(-5000);
      const a = worker(store);
      a.make(1, { tags: ['user:42'] });
      await settled(a);
      at(0);
      a.cache.revoke({ tag: 'user:42' });
      await settled(a);
      at(50);
      const late = worker(store);
      // With a remove callback, sessions are removed one by one.
      if (fraction % 2 === 1) late.cache.setRemoveSessionCallback(() => {});
      at(CLOCK_SKEW + 100);
      late.make(2, { tags: ['user:42'] });
      a.make(3, { tags: ['user:42'] });
      await settled(a, late);
      assert.ok(await late.resumes(3));
      assert.is(recorded.length, 1);
      for (const ms of [CLOCK_SKEW + 101, 5000, 100_000]) {
        at(ms);
        const own = [...recorded];
        for (const message of own) await store.channel.publish(message);
        assert.is(late.cache.stats().number, 2, `${fraction} ms, after ${ms}`);
        for (const each of [late, worker(store)]) {
          for (const n of [2, 3]) assert.ok(await each.resumes(n));
          assert.not(await each.resumes(1));
        }
      }
      retire();
    }
  } finally {
    Date.now = realNow;
  }
});

test('a revocation that comes late still revokes all that was made before it', async () => {
  const [realNow, start] = [Date.now, Math.floor(Date.now() / 1000) * 1000];
  try {
    for (let fraction = 0; fraction < 1000; fraction += 111) {
      const store = remote();
      const at = (ms: number): number => (Date.now = () => start + fraction + ms)();
      at(-5000);
      let deliver = (): void => {};
      const slow = { ...store };
      slow.channel = {
        ...store.channel,
        subscribe: (listener) =>
          store.channel.subscribe((message) => (deliver = () => listener(message))),
      };
      const [a, b] = [worker(store), worker(slow)];
      at(-1);
      b.make(1, { tags: ['user:42'] });
      at(0);
      a.cache.revoke({ tag: 'user:42' });
      await settled(a, b);
      at(60_000);
      b.make(2, { tags: ['user:42'] });
      deliver();
      assert.not(await b.resumes(1), `${fraction} ms`);
      assert.ok(await b.resumes(2), `${fraction} ms`);
      retire();
    }
  } finally {
    Date.now = realNow;
  }
});

test('a revocation counts for what a host with a clock ahead has made, and one set back', async () => {
  const store = remote();
  const [realNow, start] = [Date.now, Date.now()];
  try {
    Date.now = () => start + 30_000;
    const ahead = worker(store);
    ahead.make(1, { tags: ['user:42'] });
    await settled(ahead);
    Date.now = () => start;
    const b = worker(store);
    assert.ok(await b.resumes(1), 'it has seen the session');
    b.cache.revoke({ tag: 'user:42' });
    await settled(b);
    Date.now = () => start + 40_000;
    assert.not(await worker(store).resumes(1));
  } finally {
    Date.now = realNow;
  }
});

test('a mark that cannot be read, or not be asked for, counts as one', async () => {
  const store = faultyStore();
  const a = worker(store);
  a.make(1, { tags: ['user:42'] });
  await settled(a);
  let reads = 0;
  store.answer = (value, wrong) => (++reads === 1 ? value : wrong);
  const b = worker(store);
  a.make(2);
  await settled(a); // there is a wrong value to give
  assert.not(await b.resumes(1));
  assert.equal(b.misses(), { revoked: 1 });
  reads = 0;
  store.answer = (value) => (++reads === 1 ? value : Promise.reject(new Error('down')));
  const c = worker(store);
  assert.not(await c.resumes(1));
  assert.equal(c.misses(), { failed: 1 });
});

test('rotated keys do not bring a revoked session back', async () => {
  const store = remote();
  const a = worker(store, { keys: [key(1)] });
  a.make(1, { tags: ['user:42'] });
  await settled(a);
  const b = worker(store, { keys: [key(2), key(1)] });
  b.cache.revoke({ tag: 'user:42' });
  await settled(b);
  for (const keys of [[key(1)], [key(1), key(2)], [key(3), key(2), key(1)]]) {
    assert.not(await worker(store, { keys }).resumes(1));
  }
});

test('a value that a store brings back after its removal is not believed', async () => {
  const store = remote();
  const set = store.set;
  let replay = (): Promise<unknown> => Promise.resolve();
  store.set = (...write) => {
    const value = new Uint8Array(write[1]);
    replay = () => set(write[0], value, write[2]);
    return set(...write);
  };
  const [a, b] = [worker(store), worker(store, { cache: { mode: SERVER | NO_INTERNAL } })];
  const made = a.make(1);
  await settled(a);
  assert.ok(await b.resumes(1));
  a.cache.removeSession(made);
  await settled(a);
  await until(() => b.external.stats().messages.received === 1, 'the others hear of it');
  await replay();
  const get = store.get;
  let reads = 0;
  store.get = (name) => (reads++, get(name));
  assert.not(await a.resumes(1));
  assert.not(await b.resumes(1));
  assert.equal(b.misses(), { removed: 1 });
  assert.is(reads, 0, 'nor is it asked for');
});

test('what was removed can be made again', async () => {
  for (const store of [remote(), guardedStore()]) {
    const a = worker(store);
    a.cache.removeSession(a.make(1));
    await settled(a);
    a.make(1);
    await settled(a);
    assert.ok(await worker(store).resumes(1));
    a.cache.removeSession(session(1));
    a.make(1);
    await settled(a);
    assert.ok(await worker(store).resumes(1), 'though the removal still waits');
  }
});

test('who has no key can neither make a message nor read one', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  const stranger = worker(store, { keys: [key(9)] });
  const messages: Uint8Array[] = [];
  store.channel.subscribe((message) => messages.push(message));
  a.make(1);
  await settled(a);
  assert.ok(await b.resumes(1));
  stranger.cache.removeSession(session(1));
  await until(() => b.external.stats().messages.refused === 1, 'it comes');
  assert.is(b.cache.stats().number, 1);
  a.cache.removeSession(session(1));
  await until(() => b.cache.stats().number === 0, 'this one counts');
  assert.is(stranger.external.stats().messages.refused, 1);
  const [, real] = messages;
  assert.is(Buffer.from(real!).indexOf(Buffer.from(id(1))), -1);
});

for (const removes of [true, false]) {
  const what = removes ? 'removal' : 'revocation';
  test(`a ${what} counts whenever it comes while the store is being asked`, async () => {
    const store = remote();
    const a = worker(store);
    for (let hops = 0; hops < 60; hops++) {
      const made = a.make(1, { tags: [`tag ${hops}`] });
      await settled(a);
      const b = worker(store);
      const looking = b.resumes(1);
      for (let hop = 0; hop < hops; hop++) await undefined;
      if (removes) b.cache.removeSession(made.dup());
      else b.cache.revoke({ tag: `tag ${hops}` });
      const wasFound = await looking;
      assert.not(b.cache.hasMatchingSessionId(id(1)), `after ${hops} turns`);
      if (hops === 0) assert.not(wasFound);
      await settled(b);
      a.cache.flushSessions(0);
    }
  });
}

test('a channel that fails, throws or is missing costs a message, and is counted', async () => {
  for (const publish of [
    () => Promise.reject(new Error('down')),
    () => {
      throw new Error('broken');
    },
  ]) {
    const store = remote();
    store.channel.publish = publish;
    const a = worker(store);
    const made = a.make(1);
    await settled(a);
    a.cache.removeSession(made);
    await until(() => a.external.stats().messages.failed === 1, 'it is counted');
    await settled(a);
    assert.is(store.size, TOMBSTONES, 'the store is told all the same');
    assert.not(await worker(store).resumes(1));
  }
  const { channel: _, ...mute } = remote();
  const a = worker({ ...mute, channel: null });
  a.cache.removeSession(a.make(1));
  await settled(a);
  assert.is(a.external.stats().errors, 0);
});

test('a store without a channel is said once, unless it is without on purpose', async () => {
  const warnings: (Error & { code?: string })[] = [];
  const listener = (warning: Error): unknown => warnings.push(warning);
  process.on('warning', listener);
  try {
    const { channel, ...mute } = remote();
    worker(mute);
    worker(mute);
    worker({ ...mute, channel });
    worker({ ...mute, channel: null });
    await new Promise(setImmediate);
    assert.equal(
      warnings.map(({ name, code }) => [name, code]),
      [['SesscacheWarning', 'SESSCACHE_NO_CHANNEL']],
    );
    assert.match(warnings[0]!.message, /removals do not reach the other processes/);
  } finally {
    process.off('warning', listener);
  }
});

test("a remove callback that throws is counted, and the message's other removals are done", async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  for (const n of [1, 2]) a.make(n);
  await settled(a);
  for (const n of [1, 2]) await b.resumes(n);
  b.cache.setRemoveSessionCallback(() => {
    throw new Error('mine');
  });
  for (const n of [1, 2]) a.cache.removeSession(session(n));
  await until(() => b.cache.stats().number === 0, 'both leave');
  assert.is(b.external.stats().errors, 2);
  b.cache.setRemoveSessionCallback(undefined);
});

test('what a remove callback removes travels on', async () => {
  const store = remote();
  const [a, b, c] = [worker(store), worker(store), worker(store)];
  for (const n of [1, 2]) a.make(n);
  await settled(a);
  for (const each of [b, c]) for (const n of [1, 2]) assert.ok(await each.resumes(n));
  b.cache.setRemoveSessionCallback((cache, gone) => {
    if (gone.id[0] === 1) cache.removeSession(session(2));
  });
  a.cache.removeSession(session(1));
  await until(() => c.cache.stats().number === 0, 'both leave everywhere');
  await settled(a, b);
  assert.is(store.size, 2 * TOMBSTONES);
  const late = worker(store);
  for (const n of [1, 2]) assert.not(await late.resumes(n));
});

test('many removals go in few messages of at most a kilobyte', async () => {
  const store = remote();
  const sizes: number[] = [];
  store.channel.subscribe((message) => sizes.push(message.length));
  const [a, b] = [worker(store), worker(store)];
  for (let n = 0; n < 200; n++) a.make(n);
  await settled(a);
  for (let n = 0; n < 200; n++) assert.ok(await b.resumes(n));
  for (let n = 0; n < 200; n++) a.cache.removeSession(session(n));
  await until(() => b.cache.stats().number === 0, 'all leave');
  assert.ok(sizes.length <= 10, `${sizes.length} messages`);
  assert.ok(Math.max(...sizes) <= 1024, `${Math.max(...sizes)} bytes`);
});

test('after detach nothing is heard, told or asked', async () => {
  const store = faultyStore();
  let listeners = 0;
  const subscribe = store.channel.subscribe;
  store.channel.subscribe = (listener) => {
    listeners++;
    const end = subscribe(listener);
    return () => (listeners--, end());
  };
  const [a, b] = [worker(store), worker(store)];
  assert.is(listeners, 2);
  a.make(1);
  await settled(a);
  assert.ok(await b.resumes(1));
  b.external.detach();
  b.external.detach();
  assert.is(listeners, 1);
  const { reads } = store;
  a.cache.removeSession(session(1));
  await settled(a);
  assert.is(b.cache.stats().number, 1);
  assert.not(await b.resumes(2));
  assert.is(store.reads, reads);
  b.make(3);
  b.cache.removeSession(session(3));
  assert.equal(nonZero(b.external.stats().dropped), {});
  worker(store).cache.close();
  assert.is(listeners, 1, 'close() of a cache detaches its store');
});

test.run();
