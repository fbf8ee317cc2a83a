// A removal takes precedence over every write of the session: a queued one, one that arrives after
// the removal, and one of a process that has ended since. interleavings.test.ts tries random
// orders.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExternalStore } from '../../bindings/external/index.ts';
import { isTombstone } from '../../bindings/external/tombstones.ts';
import { guardedStore, id, nonZero, remote, retire, session, settled, worker, type Worker } from './support.ts'; // prettier-ignore
import { until } from '../support/clock.ts';

const test = suite('late writes');
const SINGLE = { protocolVersion: 0x0304, singleUse: true };

test.after.each(retire);

/** A gate before a store. While it is closed, writes wait, even if their process has ended. */
interface Gate {
  store: ExternalStore;
  /** Writes of sessions that have been sent and have not arrived. */
  held: (() => void)[];
  isClosed: boolean;
  /** Writes fail. */
  isDown: boolean;
}

/** `keeps`: which writes are held up; those of sessions by default. */
function gate(to: ExternalStore, keeps = (value: Uint8Array) => !isTombstone(value)): Gate {
  const way: Gate = { store: { ...to }, held: [], isClosed: false, isDown: false };
  const pass = <T>(value: Uint8Array, send: () => Promise<T>): Promise<T> => {
    if (way.isDown) return Promise.reject(new Error('down'));
    if (!way.isClosed || !keeps(value)) return send();
    return new Promise((resolve, reject) => {
      way.held.push(() => void send().then(resolve, reject));
    });
  };
  way.store.set = (key, value, ttlMs) => {
    const copy = new Uint8Array(value);
    return pass(value, () => to.set(key, copy, ttlMs));
  };
  if (to.add) {
    way.store.add = (key, value, ttlMs) => {
      const copy = new Uint8Array(value);
      return pass(value, () => to.add!(key, copy, ttlMs));
    };
  }
  return way;
}

function open(way: Gate): void {
  way.isClosed = false;
  for (const send of way.held.splice(0)) send();
}

const heard = (at: Worker): boolean => at.external.stats().messages.received > 0;
/** A turn of the event loop and what follows from it. */
const turn = (ms = 5): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function resumesNowhere(n: number, store: ExternalStore, ...all: Worker[]): Promise<void> {
  for (const each of [...all, worker(store)]) {
    assert.not(await each.resumes(n), `session ${n}`);
  }
}

for (const [kind, make] of [
  ['with `add` and `replace`', guardedStore],
  ['without', remote],
] as const) {
  test(`a write that waits for a breaker to close is dropped when the removal is heard, ${kind}`, async () => {
    const store = make();
    const way = gate(store);
    const [a, b] = [worker(store), worker(way.store, { failures: 1, cooldown: 500 })];
    way.isDown = true;
    b.make(1);
    await until(() => b.external.stats().writeBreaker.state === 'open', 'the breaker opens');
    b.make(2);
    await turn();
    assert.is(b.external.stats().queue.entries, 1, 'it waits');
    a.cache.removeSessionById(id(2));
    await until(() => heard(b), 'it is heard');
    assert.is(b.external.stats().queue.entries, 0);
    assert.equal(nonZero(b.external.stats().dropped), { failed: 1, removed: 1 });
    way.isDown = false;
    await turn(600);
    await settled(a, b);
    await resumesNowhere(2, store, a, b);
  });

  test(`a write on its way is followed by a removal, ${kind}`, async () => {
    const store = make();
    const way = gate(store);
    const [a, b] = [worker(store), worker(way.store)];
    way.isClosed = true;
    b.make(1);
    await until(() => way.held.length === 1, 'it is on its way');
    a.cache.removeSessionById(id(1));
    await until(() => heard(b), 'it is heard');
    await settled(a);
    open(way);
    await settled(b);
    await resumesNowhere(1, store, a, b);
  });

  test(`a write that arrives after its deadline is followed by a removal, ${kind}`, async () => {
    const store = make();
    const removes: string[] = [];
    const way = gate(store);
    const counted = { ...way.store };
    counted.set = (key, value, ttlMs) => {
      if (isTombstone(value)) removes.push(key);
      return way.store.set(key, value, ttlMs);
    };
    const [a, b] = [worker(store), worker(counted, { writeDeadline: 10, failures: 100 })];
    way.isClosed = true;
    b.make(1);
    await until(() => b.external.stats().dropped.late === 1, 'it is given up');
    a.cache.removeSessionById(id(1));
    await until(() => heard(b), 'it is heard');
    await settled(a);
    open(way);
    await turn();
    await settled(b);
    if (kind === 'without') assert.is(removes.length, 1, 'the late value is removed');
    await resumesNowhere(1, store, a, b);
  });

  test(`a write of a process that has ended brings nothing back, ${kind}`, async () => {
    const store = make();
    const way = gate(store);
    const [a, b] = [worker(store), worker(way.store)];
    way.isClosed = true;
    b.make(1);
    await until(() => way.held.length === 1, 'it is on its way');
    b.cache.close();
    a.cache.removeSessionById(id(1));
    await settled(a);
    open(way);
    await turn();
    await resumesNowhere(1, store, a);
  });

  test(`a write that the probe of a breaker carries does not survive the removal, ${kind}`, async () => {
    const store = make();
    const way = gate(store);
    const [a, b] = [worker(store), worker(way.store, { failures: 1, cooldown: 20 })];
    way.isDown = true;
    b.make(1);
    await until(() => b.external.stats().writeBreaker.state === 'open', 'the breaker opens');
    b.make(2);
    way.isDown = false;
    way.isClosed = true;
    await until(() => b.external.stats().writeBreaker.state === 'probing', 'it probes');
    a.cache.removeSessionById(id(2));
    await until(() => heard(b), 'it is heard');
    await settled(a);
    open(way);
    await settled(b);
    await resumesNowhere(2, store, a, b);
  });

  test(`a revoked tag drops the writes that wait, and removes those on their way, ${kind}`, async () => {
    const store = make();
    const way = gate(store, (value) => !isTombstone(value) && value.length > 60);
    const [a, b] = [worker(store), worker(way.store)];
    way.isClosed = true;
    b.make(1, { tags: ['user:42'] });
    await until(() => way.held.length === 1, 'it is on its way');
    way.isDown = true;
    b.make(2, { tags: ['user:42'] });
    b.make(3, { tags: ['user:43'] });
    a.cache.revoke({ tag: 'user:42' });
    await until(() => heard(b), 'it is heard');
    way.isDown = false;
    await settled(a);
    open(way);
    await settled(b);
    await resumesNowhere(1, store, a, b);
    await resumesNowhere(2, store, a, b);
  });

  test(`a removal that the store refuses still deletes, and is tried again, ${kind}`, async () => {
    const store = make();
    const [a, b] = [worker(store, { cooldown: 20, failures: 100 }), worker(store)];
    const made = a.make(1);
    await settled(a);
    const { set } = store;
    store.set = () => Promise.reject(new Error('OOM'));
    a.cache.removeSession(made);
    await until(() => a.external.stats().errors > 0, 'it is refused');
    await turn();
    assert.not(await worker(store).resumes(1), 'it is deleted');
    store.set = set;
    await settled(a);
    await resumesNowhere(1, store, a, b);
  });
}

test('a store that is full deletes what is removed, whatever its breaker does', async () => {
  const store = remote();
  const a = worker(store, { failures: 1, cooldown: 20 });
  const made = Array.from({ length: 50 }, (_, n) => a.make(n));
  await settled(a);
  const { set } = store;
  let refused = 0;
  store.set = () => (refused++, Promise.reject(new Error('OOM')));
  a.make(60);
  await until(() => a.external.stats().writeBreaker.state === 'open', 'the breaker opens');
  for (const each of made) a.cache.removeSession(each);
  await until(() => store.size === 0, 'all are deleted');
  await until(() => a.external.stats().droppedRemovals.failed === 50, 'it is not tried for ever');
  assert.ok(refused < 500, `${refused}`);
  store.set = set;
  a.make(70);
  await settled(a);
  assert.ok(await worker(store).resumes(70));
});

test('a removal in a process whose store cannot be guarded holds for those whose stores can', async () => {
  const store = guardedStore();
  const { add: _add, replace: _replace, ...plain } = store;
  for (const [removes, writes] of [
    [plain, store],
    [store, plain],
  ] as const) {
    const way = gate(writes);
    const [a, b] = [worker(removes), worker(way.store)];
    way.isClosed = true;
    b.make(1);
    await until(() => way.held.length === 1, 'it is on its way');
    b.cache.close();
    a.cache.removeSessionById(id(1));
    await settled(a);
    open(way);
    await turn();
    await resumesNowhere(1, store, a);
    await resumesNowhere(1, plain);
    store.clear();
  }
});

test('a used session that a client library sends once more is not back', async () => {
  const store = guardedStore();
  const sent: (() => Promise<unknown>)[] = [];
  const { add } = store;
  store.add = (key, value, ttlMs) => {
    const copy = new Uint8Array(value);
    sent.push(() => add(key, copy, ttlMs));
    return add(key, value, ttlMs);
  };
  const [a, b] = [worker(store), worker(store)];
  a.make(1, { protocolVersion: 0x0304 });
  await settled(a);
  assert.ok(await b.external.take(id(1), SINGLE));
  for (const again of sent) assert.is(await again(), false);
  assert.not(await worker(store).external.take(id(1), SINGLE));
});

test('a tombstone that an attacker writes costs a session as long as it is there, and no longer', async () => {
  const store = guardedStore();
  const names: string[] = [];
  const { add } = store;
  store.add = (name, value, ttlMs) => (names.push(name), add(name, value, ttlMs));
  const [a, b] = [worker(store), worker(store)];
  a.make(1);
  await settled(a);
  const [name] = names as [string];
  const value = (await store.get(name))!;
  await store.set(name, Uint8Array.of(2), 60_000);
  assert.not(await b.resumes(1));
  assert.equal(b.misses(), { removed: 1 });
  assert.ok(await a.resumes(1), 'what is inside is not asked for');
  await store.set(name, value, 60_000);
  assert.ok(await b.resumes(1));
});

test('an earlier revocation that waits does not take the place of a later one', async () => {
  const store = remote();
  const way = gate(store, () => false);
  const [realNow, start] = [Date.now, Date.now()];
  try {
    const [a, b] = [worker(store), worker(way.store, { failures: 1, cooldown: 30 })];
    Date.now = () => start;
    way.isDown = true;
    b.cache.revoke({ tag: 'user:42' });
    await until(() => b.external.stats().writeBreaker.state === 'open', 'the breaker opens');
    Date.now = () => start + 5000;
    a.make(1, { tags: ['user:42'] });
    await settled(a);
    Date.now = () => start + 10_000;
    a.cache.revoke({ tag: 'user:42' });
    await settled(a);
    way.isDown = false;
    await turn(50);
    await settled(b);
    await resumesNowhere(1, store, a, b);
  } finally {
    Date.now = realNow;
  }
});

test('a renewal of a session that was revoked meanwhile is not kept', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  const [realNow, start] = [Date.now, Date.now()];
  try {
    a.cache.revoke({ tag: 'user:42' });
    await until(() => heard(b), 'it is heard');
    Date.now = () => start + 60_000;
    const now = Math.floor(Date.now() / 1000);
    const renewal = session(1, { tags: ['user:42'], time: now - 100 });
    renewal.setTime(now);
    b.cache.finishHandshake('server', renewal, { connection: { protocolVersion: 0x0303 } });
    b.make(2, { tags: ['user:42'] });
    await settled(b);
    assert.is(b.cache.stats().number, 1);
    await resumesNowhere(1, store, b);
    assert.ok(await worker(store).resumes(2), 'a new login is');
  } finally {
    Date.now = realNow;
  }
});

test('a tombstone lives as long as a session may, and no longer', async () => {
  const store = remote();
  const ttls: number[] = [];
  const { set } = store;
  store.set = (key, value, ttlMs) => {
    if (isTombstone(value)) ttls.push(ttlMs);
    return set(key, value, ttlMs);
  };
  const a = worker(store, { cache: { timeout: 500 } });
  a.cache.removeSessionById(id(1));
  await settled(a);
  assert.ok(ttls.length > 0);
  for (const ttl of ttls.splice(0)) assert.ok(ttl > 499_000 && ttl <= 500_000, `${ttl} ms`);
  a.make(2, { timeout: 1000 });
  a.cache.removeSessionById(id(1));
  await settled(a);
  for (const ttl of ttls.splice(0)) assert.ok(ttl > 999_000 && ttl <= 1_000_000, `${ttl} ms`);
  const b = worker(store, { cache: { timeout: 0 } });
  b.cache.removeSessionById(id(1));
  await settled(b);
  for (const ttl of ttls.splice(0)) assert.ok(ttl > 7_199_000 && ttl <= 7_200_000, `${ttl} ms`);
});

test.run();
