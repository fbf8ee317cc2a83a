// Write-behind: the queue is bounded in entries and bytes, keeps the order of each name, and counts
// all that it drops.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isTombstone } from '../../bindings/external/tombstones.ts';
import { faultyStore } from './faults.ts';
import { DATA, id, nonZero, remote, retire, session, settled, TOMBSTONES, worker } from './support.ts'; // prettier-ignore
import { until } from '../support/clock.ts';

const test = suite('write-behind');

test.after.each(retire);

/**
 * A store whose writes wait until `open` is called; `sent` is what it was told, in order: `set`, or
 * `bury` for a tombstone.
 */
function gatedStore(): { store: ReturnType<typeof remote>; sent: string[]; open: () => void } {
  const store = remote();
  const sent: string[] = [];
  let open!: () => void;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const { set, delete: remove } = store;
  store.set = async (key, value, ttl) => {
    sent.push(`${isTombstone(value) ? 'bury' : 'set'} ${key}`);
    await gate;
    return set(key, value, ttl);
  };
  store.delete = async (key) => {
    sent.push(`delete ${key}`);
    await gate;
    return remove(key);
  };
  return { store, sent, open };
}

test('a handshake waits for no write', async () => {
  const { store, sent, open } = gatedStore();
  const a = worker(store);
  a.make(1);
  assert.is(sent.length, 0, 'it is sent after the event');
  assert.is(a.external.stats().queue.entries, 1);
  open();
  await settled(a);
  assert.equal(a.external.stats().queue, { entries: 0, bytes: 0, running: 0 });
  assert.is(a.external.stats().written.sessions, 1);
});

test('the queue holds so many entries, and drops the oldest sessions', async () => {
  const { store, open } = gatedStore();
  const a = worker(store, { maxQueue: 5 });
  for (let n = 0; n < 12; n++) a.make(n);
  const { queue, dropped } = a.external.stats();
  assert.is(queue.entries, 5);
  assert.is(dropped.full, 7);
  open();
  await settled(a);
  assert.is(store.size, 5);
  const b = worker(store);
  assert.not(await b.resumes(6));
  for (let n = 7; n < 12; n++) assert.ok(await b.resumes(n));
});

test('the queue holds so many bytes', async () => {
  const { store, open } = gatedStore();
  const a = worker(store, { maxQueueBytes: 10_000 });
  for (let n = 0; n < 100; n++) {
    a.make(n);
    assert.ok(a.external.stats().queue.bytes <= 10_000);
  }
  const { queue, dropped } = a.external.stats();
  assert.ok(queue.entries > 10, `${queue.entries} fit`);
  assert.is(queue.entries + dropped.full, 100);
  open();
  await settled(a);
});

test('a session larger than the whole queue is dropped, and leaves the others', async () => {
  const { store, open } = gatedStore();
  const a = worker(store, { maxQueueBytes: 2000 });
  a.make(1);
  a.make(2, { data: new Uint8Array(5000) });
  open();
  await settled(a);
  assert.is(a.external.stats().dropped.full >= 1, true);
  assert.is(store.size <= 1, true);
});

test('removals are sent first, and dropped last', async () => {
  const { store, sent, open } = gatedStore();
  const a = worker(store, { maxQueue: 4 });
  for (let n = 0; n < 4; n++) a.make(n);
  for (let n = 10; n < 13; n++) a.cache.removeSession(session(n));
  a.cache.revoke({ tag: 'a' });
  a.make(5);
  const { dropped, droppedRemovals, queue } = a.external.stats();
  assert.is(dropped.full, 5, 'sessions make room');
  assert.equal(nonZero(droppedRemovals), {});
  assert.is(queue.entries, 4);
  a.cache.removeSession(session(14));
  assert.equal(nonZero(a.external.stats().droppedRemovals), { full: 1 });
  await until(() => sent.length === 7, 'all are sent');
  assert.equal(
    sent.map((write) => write.split(' ')[0]),
    ['bury', 'bury', 'bury', 'bury', 'bury', 'bury', 'set'],
  );
  open();
  await settled(a);
});

test('a removal follows the session that is being written, and is not overtaken', async () => {
  const { store, sent, open } = gatedStore();
  const a = worker(store);
  const made = a.make(1);
  await until(() => sent.length === 1, 'it is being written');
  a.cache.removeSession(made);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.is(sent.length, 1, 'the removal waits for it');
  open();
  await settled(a);
  assert.equal(
    sent.map((write) => write.split(' ')[0]),
    ['set', 'bury', 'bury'],
  );
  assert.is(store.size, TOMBSTONES);
  assert.not(await worker(store).resumes(1));
});

test('a session removed before it was sent is never sent', async () => {
  const { store, sent, open } = gatedStore();
  const a = worker(store);
  a.cache.removeSession(a.make(1));
  open();
  await settled(a);
  assert.equal(
    sent.map((write) => write.split(' ')[0]),
    ['bury', 'bury'],
  );
});

test('a removal that fails is tried again, a session is not', async () => {
  const store = faultyStore();
  const a = worker(store, { cooldown: 10, failures: 100 });
  const made = a.make(1);
  await settled(a);
  let failures = 0;
  store.write = () => (failures++, Promise.reject(new Error('read only')));
  a.make(2);
  a.cache.removeSession(made);
  a.cache.revoke({ tag: 'a' });
  await until(() => failures >= 7, 'both are tried again');
  assert.is(a.external.stats().dropped.failed, 1);
  store.write = undefined;
  await settled(a);
  const { written, droppedRemovals } = a.external.stats();
  assert.equal(written, { sessions: 1, deletions: 1, marks: 1 });
  assert.equal(nonZero(droppedRemovals), {});
  assert.is(store.size, TOMBSTONES + 1, 'and the mark');
});

test('removals that failed do not outgrow the queue', async () => {
  const store = faultyStore();
  const a = worker(store, { maxQueue: 5, failures: 1000, cooldown: 60_000 });
  let fail!: () => void;
  const gate = new Promise<void>((resolve) => (fail = resolve));
  store.write = () => gate.then(() => Promise.reject(new Error('down')));
  for (let round = 0; round < 4; round++) {
    for (let n = 0; n < 5; n++) a.cache.removeSession(session(10 * round + n));
    await new Promise(setImmediate);
    assert.is(a.external.stats().queue.running, 5 * (round + 1));
  }
  for (let n = 50; n < 53; n++) a.make(n);
  fail();
  await until(() => a.external.stats().errors >= 20, 'all have failed');
  const { queue, droppedRemovals } = a.external.stats();
  assert.is(queue.entries, 5);
  assert.is(droppedRemovals.full, 15);
});

test('a write that throws at once is a write that failed', async () => {
  const store = remote();
  store.set = () => {
    throw new Error('broken');
  };
  const a = worker(store, { failures: 100 });
  a.make(1);
  await settled(a);
  assert.is(a.external.stats().dropped.failed, 1);
  assert.is(a.external.stats().errors, 1);
});

test('writes are given up in time, and do not pile up', async () => {
  const store = faultyStore();
  store.write = () => new Promise(() => {});
  const a = worker(store, { writeDeadline: 10, failures: 1000 });
  for (let n = 0; n < 250; n++) a.make(n);
  await new Promise(setImmediate);
  assert.is(a.external.stats().queue.running, 128);
  await until(() => a.external.stats().dropped.late === 250, 'all are given up');
  assert.equal(a.external.stats().queue, { entries: 0, bytes: 0, running: 0 });
});

test('detach drops what waits and counts it; close waits for it', async () => {
  const { store, open } = gatedStore();
  const [a, b] = [worker(store), worker(store)];
  a.make(1);
  await new Promise(setImmediate);
  a.make(2);
  a.external.detach();
  assert.equal(nonZero(a.external.stats().dropped), { detached: 2 });
  b.make(3);
  open();
  await b.external.close();
  assert.equal(b.external.stats().written.sessions, 1);
});

test('flush says whether all was written, and waits no longer than it is told', async () => {
  const { store, open } = gatedStore();
  const a = worker(store);
  a.make(1);
  assert.is(await a.external.flush({ timeout: 5 }), false);
  open();
  assert.is(await a.external.flush(), true);
  assert.is(await a.external.flush({ timeout: 0 }), true, 'there is nothing');
  assert.is(a.external.stats().written.sessions, 1);
});

test('unsealed values are overwritten when they have been written', async () => {
  const values: Uint8Array[] = [];
  const store = remote();
  const set = store.set;
  store.set = (key, value, ttl) => {
    values.push(value);
    return set(key, value, ttl);
  };
  const a = worker(store, { unsealed: true });
  a.make(1);
  await settled(a);
  await until(() => values[0]!.every((byte) => byte === 0), 'it is wiped');
  const b = worker(store, { unsealed: true });
  const found = await b.cache.resumeSessionAsync(id(1));
  assert.ok(Buffer.from(found!.data).equals(DATA));
});

test.run();
