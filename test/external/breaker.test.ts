// A slow or failing store does not delay handshakes: breaker, deadlines, a bounded memory of
// removals.

import { once } from 'node:events';
import { createConnection } from 'node:net';
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Breaker } from '../../bindings/external/breaker.ts';
import { Deadlines } from '../../bindings/external/deadlines.ts';
import { TwoGenerationMap } from '../../bindings/external/two-generation-map.ts';
import { faultyStore, READ_FAULTS } from './faults.ts';
import { id, remote, retire, settled, worker } from './support.ts';
import { until } from '../support/clock.ts';

const test = suite('breaker and deadlines');

test.after.each(retire);

/** A breaker that opens after 3 failures for 1,000 ms, and its clock. */
function breakerAt(): { breaker: Breaker; clock: { now: number } } {
  const clock = { now: 0 };
  return { breaker: new Breaker(3, 1000, () => clock.now), clock };
}

test('opens after failures in a row', () => {
  const { breaker } = breakerAt();
  breaker.failed();
  breaker.failed();
  breaker.succeeded();
  breaker.failed();
  breaker.failed();
  assert.is(breaker.state, 'closed');
  assert.ok(breaker.enter());
  breaker.failed();
  assert.is(breaker.state, 'open');
  assert.not(breaker.enter());
  assert.is(breaker.wait, 1000);
  assert.is(breaker.opened, 1);
});

test('lets one probe through when it has cooled down, and closes if that succeeds', () => {
  const { breaker, clock } = breakerAt();
  for (let i = 0; i < 3; i++) breaker.failed();
  clock.now = 999;
  assert.not(breaker.enter());
  clock.now = 1000;
  assert.ok(breaker.enter(), 'the probe');
  assert.is(breaker.state, 'probing');
  assert.not(breaker.enter(), 'one only');
  breaker.succeeded();
  assert.is(breaker.state, 'closed');
  breaker.failed();
  breaker.failed();
  assert.is(breaker.state, 'closed', 'it counts from the beginning');
});

test('opens again, for as long, if the probe fails', () => {
  const { breaker, clock } = breakerAt();
  for (let i = 0; i < 3; i++) breaker.failed();
  clock.now = 1500;
  assert.ok(breaker.enter());
  breaker.failed();
  assert.is(breaker.state, 'open');
  assert.is(breaker.wait, 1000);
  assert.is(breaker.opened, 2);
  breaker.failed(); // of a lookup that began earlier
  assert.is(breaker.opened, 2);
  clock.now = 2500;
  assert.ok(breaker.enter());
});

test('deadlines fall due in order, those that were ended do not', async () => {
  const deadlines = new Deadlines(5);
  const due: number[] = [];
  const set = [0, 1, 2, 3].map((n) => deadlines.start(() => due.push(n)));
  assert.ok(deadlines.end(set[1]!));
  assert.not(deadlines.end(set[1]!), 'once');
  await until(() => due.length === 3, 'three are due');
  assert.equal(due, [0, 2, 3]);
  assert.not(deadlines.end(set[0]!), 'it was too late');
  deadlines.start(() => due.push(4));
  await until(() => due.length === 4, 'it starts again');
  deadlines.stop();
});

test('a deadline set when another falls due is kept', async () => {
  const deadlines = new Deadlines(2);
  let rounds = 0;
  const again = (): void => {
    if (++rounds < 5) deadlines.start(again);
  };
  deadlines.start(again);
  await until(() => rounds === 5, 'five rounds');
});

test('stop lets none fall due, expire all at once', async () => {
  const stopped = new Deadlines(1);
  let due = 0;
  stopped.start(() => due++);
  stopped.stop();
  const expired = new Deadlines(60_000);
  const live = expired.start(() => (due += 10));
  const ended = expired.start(() => (due += 100));
  expired.end(ended);
  expired.expire();
  assert.is(due, 10);
  assert.not(expired.end(live));
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.is(due, 10);
});

test('one timer serves any number of deadlines, and holds no process', () => {
  const timers = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const deadlines = new Deadlines(60_000);
  for (let i = 0; i < 1000; i++) deadlines.start(() => {});
  assert.is(timers(), before, 'unreferenced');
  deadlines.stop();
});

/** A server on a thread of its own that answers at once, and sets a word of shared memory then. */
const ECHO = `
  const { createServer } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => socket.write(bytes, () => Atomics.store(workerData, 0, 1)));
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

test('an answer that came in time is taken, though the process was too busy to see it', async () => {
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(ECHO, { eval: true, workerData: answered });
  try {
    const [port] = (await once(thread, 'message')) as [number];
    const socket = createConnection(port, '127.0.0.1');
    await once(socket, 'connect');
    const store = remote();
    store.get = async () => {
      const answer = once(socket, 'data');
      socket.write('no session');
      return ((await answer) as [Buffer])[0];
    };
    const a = worker(store, { deadline: 20 });
    const looking = a.resumes(1);
    const end = performance.now() + 60;
    while (performance.now() < end || !Atomics.load(answered, 0)); // busy beyond the deadline
    await looking;
    assert.equal(a.misses(), { unreadable: 1 }, 'not late: it was read, and is no session');
    socket.destroy();
  } finally {
    await thread.terminate();
  }
});

test('recent things are remembered, a bounded number of them', () => {
  const recent = new TwoGenerationMap(10);
  for (let n = 0; n < 1000; n++) {
    recent.set(String(n), n);
    assert.ok(recent.size <= 10);
  }
  for (let n = 996; n < 1000; n++) assert.is(recent.get(String(n)), n);
  assert.is(recent.get('5'), undefined);
  recent.delete('999');
  assert.is(recent.get('999'), undefined);
  recent.clear();
  assert.is(recent.size, 0);
});

test('a store that is down is asked no more, then by one lookup at a time, then by all', async () => {
  const store = faultyStore();
  const a = worker(store, { failures: 3, cooldown: 40, absentFor: 0 });
  store.answer = READ_FAULTS['rejects'];
  for (let n = 0; n < 3; n++) await a.resumes(n);
  assert.is(a.external.stats().breaker.state, 'open');
  const reads = store.reads;
  await Promise.all([10, 11, 12].map((n) => a.resumes(n)));
  assert.is(store.reads, reads, 'the store is not called');
  assert.equal(a.misses(), { failed: 3, breaker: 3 });
  store.answer = undefined;
  await until(() => performance.now() > 0 && probes(), 'the cooldown is over');
  function probes(): boolean {
    void a.resumes(20);
    return store.reads > reads;
  }
  await until(() => a.external.stats().breaker.state === 'closed', 'it closes by itself');
  a.make(1);
  await settled(a);
  assert.ok(await worker(store).cache.resumeSessionAsync(id(1)));
});

test('writes that wait are tried again by themselves', async () => {
  const store = faultyStore();
  const a = worker(store, { failures: 1, cooldown: 20 });
  store.write = () => Promise.reject(new Error('down'));
  a.make(1);
  await until(() => a.external.stats().writeBreaker.opened === 1, 'the first write fails');
  a.make(2);
  store.write = undefined;
  await until(() => a.external.stats().written.sessions === 1, 'the second is written later');
  assert.is(a.external.stats().writeBreaker.state, 'closed');
  assert.is(a.external.stats().dropped.failed, 1, 'the first is not tried again');
});

test('a store that is full goes on answering', async () => {
  const store = faultyStore();
  const [a, b] = [worker(store), worker(store, { failures: 1, cooldown: 60_000 })];
  a.make(1);
  await settled(a);
  store.write = () => Promise.reject(new Error('OOM command not allowed'));
  b.make(2);
  await until(() => b.external.stats().writeBreaker.state === 'open', 'it takes nothing');
  assert.is(b.external.stats().breaker.state, 'closed');
  assert.ok(await b.resumes(1));
});

test.run();
