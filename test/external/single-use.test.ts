// take: of all the workers that ask for a single-use session, at any time, exactly one gets it.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExternalStore } from '../../bindings/external/index.ts';
import { type Session, SessionCacheError, SessionCacheMode } from '../../bindings/index.ts';
import { seededRandom } from '../support/random.ts';
import { type FaultyStore, faultyStore, READ_FAULTS } from './faults.ts';
import { DATA, id, remote, retire, settled, worker, type Worker } from './support.ts';
import { until } from '../support/clock.ts';

const test = suite('single use');
const TLS1_3 = { protocolVersion: 0x0304, singleUse: true };

test.after.each(retire);

function make(at: Worker, n: number): Session {
  return at.make(n, { protocolVersion: 0x0304 });
}

async function takes(at: Worker, n: number): Promise<boolean> {
  const session = await at.external.take(id(n), TLS1_3);
  if (session) assert.ok(Buffer.from(session.data).equals(DATA));
  return session !== undefined;
}

test('a session is taken once, by its maker or another', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  for (const n of [1, 2]) make(a, n);
  await settled(a);
  assert.ok(await takes(b, 1));
  assert.ok(await takes(a, 2));
  for (const n of [1, 2]) {
    assert.not(await takes(a, n));
    assert.not(await takes(b, n));
  }
  assert.is(store.size, 0);
  assert.is(a.cache.stats().number, 0);
  assert.is(b.cache.stats().number, 0, 'what was taken is not copied inward');
});

test('of many that ask at once, one is given it', async () => {
  const store = faultyStore();
  const workers = [1, 2, 3, 4].map(() => worker(store));
  const random = seededRandom(5);
  for (let n = 0; n < 60; n++) {
    const maker = workers[random(4)]!;
    make(maker, n);
    const isSent = random(2) === 1;
    if (isSent) await settled(maker);
    const asking = Array.from({ length: 6 }, () => takes(workers[random(4)]!, n));
    const given = (await Promise.all(asking)).filter(Boolean).length;
    if (isSent) assert.is(given, 1);
    else assert.ok(given <= 1);
    await settled(...workers);
    const again = await Promise.all(workers.map((each) => takes(each, n)));
    assert.ok(given + again.filter(Boolean).length <= 1, `session ${n}`);
  }
});

test('taken before it was sent, it is never sent', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  make(a, 1);
  assert.ok(await takes(a, 1), 'no other worker can take it');
  await settled(a);
  assert.is(a.external.stats().written.sessions, 0);
  assert.not(await takes(b, 1));
  assert.not(await takes(a, 1));
});

test('asked for while it is being sent, it is given when it has arrived, and leaves no copy', async () => {
  const store = remote();
  const set = store.set;
  let arrive!: () => void;
  const gate = new Promise<void>((resolve) => (arrive = resolve));
  store.set = async (...write) => {
    await gate;
    return set(...write);
  };
  const [a, b] = [worker(store), worker(store)];
  make(a, 1);
  await until(() => a.external.stats().queue.running === 1, 'it is being sent');
  const taking = takes(a, 1);
  await new Promise((resolve) => setTimeout(resolve, 10));
  arrive();
  assert.ok(await taking);
  await settled(a);
  assert.is(store.size, 0);
  assert.not(await takes(b, 1));
});

test('a session that a store brings back after its use is not believed', async () => {
  const store = remote();
  const set = store.set;
  let replay = (): Promise<unknown> => Promise.resolve();
  store.set = (...write) => {
    const value = new Uint8Array(write[1]);
    replay = () => set(write[0], value, write[2]);
    return set(...write);
  };
  const [a, b] = [worker(store), worker(store)];
  make(a, 1);
  await settled(a);
  assert.ok(await takes(b, 1));
  await until(() => a.cache.stats().number === 0, 'its maker hears of it');
  await replay();
  assert.not(await takes(b, 1));
  assert.not(await takes(a, 1));
});

test('when the store cannot answer, take returns nothing and the session is not lost', async () => {
  const store = faultyStore();
  const [a, b] = [worker(store, { deadline: 20, failures: 100 }), worker(store)];
  make(a, 1);
  await settled(a);
  store.answer = READ_FAULTS['rejects'];
  assert.not(await takes(a, 1));
  store.answer = READ_FAULTS['never answers'];
  assert.not(await takes(a, 1));
  assert.equal(a.misses(), { failed: 1, late: 1 });
  assert.is(a.cache.stats().number, 1);
  store.answer = undefined;
  assert.ok(await takes(b, 1));
});

test('a session that the store grants too late is used up, and counted', async () => {
  const store = remote();
  const take = store.take;
  let arrive!: () => void;
  const gate = new Promise<void>((resolve) => (arrive = resolve));
  store.take = async (name) => {
    const value = await take(name);
    await gate;
    return value;
  };
  const a = worker(store, { deadline: 10 });
  make(a, 1);
  await settled(a);
  assert.not(await takes(a, 1));
  arrive();
  await until(() => a.external.stats().lost === 1, 'it comes');
  assert.not(await takes(a, 1));
});

test('with takeLocally, its maker may use it where the store cannot say', async () => {
  const store: FaultyStore = faultyStore();
  const a = worker(store, { takeLocally: true });
  const inside = worker(store, { takeLocally: true });
  make(a, 1);
  make(a, 2);
  await settled(a);
  store.answer = READ_FAULTS['rejects'];
  assert.ok(await takes(a, 1));
  assert.not(await takes(a, 1), 'once');
  assert.not(await takes(inside, 2), 'only where it is');
  store.answer = undefined;
  await settled(a);
  assert.not(await takes(inside, 1), 'and the store is told');
  a.cache.setSessionCacheMode(SessionCacheMode.SERVER | SessionCacheMode.NO_INTERNAL_LOOKUP);
  store.answer = READ_FAULTS['rejects'];
  assert.not(await takes(a, 2), 'where the cache is not searched');
});

test('without take, a session for a single use is not shared', async () => {
  const { take: _, ...store } = remote();
  const lame: ExternalStore = store;
  const [a, b] = [worker(lame), worker(lame)];
  a.cache.finishHandshake('server', make(b, 9).dup(), { connection: TLS1_3 });
  assert.is(a.external.stats().dropped.singleUse, 1);
  assert.is(a.external.stats().queue.entries, 0);
  assert.not(await takes(a, 9));
});

test('only take returns a single-use session; the get callback does not', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  make(a, 1);
  await settled(a);
  assert.is(await b.cache.resumeSessionAsync(id(1), TLS1_3), undefined);
  assert.ok(await takes(b, 1));
});

test('what is taken is judged like any session: context, expiry, extended master secret', async () => {
  const clock = { now: Math.floor(Date.now() / 1000) };
  const store = remote();
  const [a, b] = [worker(store), worker(store, { cache: { now: () => clock.now } })];
  const context = Uint8Array.of(1);
  for (const n of [1, 2, 3]) {
    a.make(n, {
      time: clock.now,
      protocolVersion: 0x0304,
      sessionIdContext: context,
      extendedMasterSecret: n === 3,
    });
  }
  await settled(a);
  assert.is(await b.external.take(id(1), TLS1_3), undefined);
  assert.is(b.cache.stats().missCauses.context, 1);
  const own = { ...TLS1_3, sessionIdContext: context };
  clock.now += 301;
  assert.is(await b.external.take(id(2), own), undefined);
  assert.is(b.cache.stats().timeouts, 1);
  clock.now -= 301;
  const failure = await b.external.take(id(3), { ...own, extendedMasterSecret: false }).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.instance(failure, SessionCacheError);
});

test('a remove callback that throws takes no session away from who was given it', async () => {
  const a = worker(remote());
  make(a, 1);
  await settled(a);
  a.cache.setRemoveSessionCallback(() => {
    throw new Error('mine');
  });
  assert.ok(await takes(a, 1));
  assert.is(a.external.stats().errors, 1);
  a.cache.setRemoveSessionCallback(undefined);
});

test('wrong arguments reject', async () => {
  const { external } = worker(remote());
  for (const take of [
    () => external.take('id' as never),
    () => external.take(new Uint8Array(33)),
    () => external.take(id(1), { protocolVersion: -1 }),
  ]) {
    const failure = await take().then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(failure instanceof TypeError || failure instanceof RangeError);
  }
  assert.is(external.stats().lookups, 0);
});

test.run();
