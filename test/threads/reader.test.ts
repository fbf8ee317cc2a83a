// Lookups without the lock (assembly/reader.ts), while another thread changes what they read.

import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session } from '../../bindings/index.ts';
import { engineOf, messageOf, Shared } from './threads.ts';

const test = suite('lookups without the lock');

const MILLISECONDS = Number(process.env['SESSCACHE_READ_MS'] ?? 1000);

interface Seen {
  readonly found: number;
  readonly torn: number;
}

/** What one thread sees of sessions that another replaces and removes in a loop. */
async function seen(isBroken: boolean, milliseconds: number): Promise<Seen> {
  const shared = new Shared({ size: 100, maxMemory: 2 ** 23 });
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const writer = shared.start('replace', { stop, keys: 4, isBroken });
  const reader = shared.start('look', { stop, keys: 4, isBroken });
  const ended = new Promise((resolve) => writer.on('exit', resolve));
  const answer = messageOf<Seen>(reader);
  const timer = setTimeout(() => Atomics.store(stop, 0, 1), milliseconds);
  const result = await answer; // a broken one ends at the first torn session
  Atomics.store(stop, 0, 1);
  clearTimeout(timer);
  await ended;
  if (!isBroken) shared.validate();
  shared.cache.close();
  return result;
}

test('give whole sessions', async () => {
  let found = 0;
  // On a busy machine a thread may have no processor for most of the time.
  for (let turn = 0; turn < 10 && found <= 1000; turn++) {
    const { found: more, torn } = await seen(false, MILLISECONDS);
    assert.is(torn, 0);
    found += more;
  }
  assert.ok(found > 1000, `${found} lookups found a session`);
});

test('would give torn ones if writers did not say when they write', async () => {
  const { torn } = await seen(true, 20_000);
  assert.ok(torn > 0, 'the test above cannot fail');
});

test('do without the lock, and are counted', () => {
  const shared = new Shared();
  const { cache } = shared;
  const id = Buffer.alloc(32, 1);
  const tags = ['one', 'the other'];
  const time = Math.floor(Date.now() / 1000) - 5;
  cache.addSession(new Session({ id, data: Buffer.alloc(100, 7), tags, time, timeout: 2 ** 31 }));
  const { lock } = engineOf(cache);
  const { enter } = lock;
  lock.enter = () => {
    throw new Error('the lock was taken');
  };
  const found = cache.resumeSession(id);
  assert.is(cache.viewSession(Buffer.alloc(32, 2)), undefined);
  lock.enter = enter;
  assert.equal(Buffer.from(found!.data), Buffer.alloc(100, 7));
  assert.equal(Buffer.from(found!.id), id);
  assert.equal(
    found!.tags.map(String),
    tags.map((tag) => String(new TextEncoder().encode(tag))),
  );
  assert.is(found!.time, time);
  assert.is(found!.timeout, 2 ** 31);
  const { hits, misses, missCauses, resumptionAges } = cache.stats();
  assert.equal([hits, misses, missCauses.absent], [1, 1, 1]);
  assert.is(
    resumptionAges.reduce((sum, count) => sum + count, 0),
    1,
  );
  cache.close();
});

test('leave no byte of a session in the memory', () => {
  const shared = new Shared();
  const { cache } = shared;
  const id = Buffer.alloc(32, 1);
  cache.addSession(new Session({ id, data: Buffer.alloc(1000, 'MARK'), timeout: 1e6 }));
  assert.is(cache.resumeSession(id)?.data.length, 1000);
  cache.removeSessionById(id);
  assert.not.ok(shared.holds('MARK'));
  cache.close();
});

test('of a thread that has ended in the middle leave none either', async () => {
  const shared = new Shared();
  const { cache } = shared;
  const id = Buffer.alloc(32, 1);
  cache.addSession(new Session({ id, data: Buffer.alloc(1000, 'MARK'), timeout: 1e6 }));
  const worker = shared.start('read halfway');
  assert.is(await messageOf(worker), 'read');
  cache.removeSessionById(id);
  assert.ok(shared.holds('MARK'), 'it has not read it yet');
  await worker.terminate();
  for (let i = 0; i < 200 && cache.threadStats().threads > 1; i++) await sleep(10);
  assert.not.ok(shared.holds('MARK'));
  assert.is(cache.threadStats().recoveries, 0);
  cache.close();
});

test('wait for a removal to end, and then do not find the session', async () => {
  const shared = new Shared();
  const { cache } = shared;
  const { lock } = engineOf(cache);
  const id = Buffer.alloc(32, 1);
  cache.addSession(new Session({ id, data: Buffer.from('data'), timeout: 1e6 }));
  const worker = shared.start('obey');
  await messageOf(worker);
  lock.enter(1000);
  cache.removeSessionById(id); // its thread keeps the lock: nothing of it is to be seen
  worker.postMessage(['resumeSession', id]);
  await sleep(30);
  lock.leave();
  assert.equal(await messageOf(worker), { result: undefined });
  await worker.terminate();
  cache.close();
});

test.run();
