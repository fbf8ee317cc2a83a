// Threads are terminated wherever they are. `SESSCACHE_TERMINATIONS=10000` for more of them.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session } from '../../bindings/index.ts';
import { messageOf, randomFrom, Shared } from './threads.ts';

const test = suite('threads that are terminated');

const TERMINATIONS = Number(process.env['SESSCACHE_TERMINATIONS'] ?? 60);
const THREADS = 2;
const KEYS = 200;

test('leave the cache as it was, or empty: valid, without a foreign byte, and open', async () => {
  const seed = Number(process.env['SESSCACHE_SEED'] ?? Date.now() % 2 ** 31);
  const random = randomFrom(seed);
  const shared = new Shared({ size: 150, maxMemory: 2 ** 23 });
  const { cache } = shared;
  const start = (): Worker => {
    const worker = shared.start('churn', { seed: random(2 ** 31), keys: KEYS });
    worker.on('error', (error) => errors.push(error));
    return worker;
  };
  const errors: unknown[] = [];
  const workers = Array.from({ length: THREADS }, start);
  await Promise.all(workers.map((worker) => messageOf(worker)));
  // On a busy machine few of them are in the middle of something: then it goes on until enough are.
  const says = (): boolean => cache.threadStats().recoveries > TERMINATIONS / 100;
  for (let i = 0; i < TERMINATIONS || (!says() && i < 10 * TERMINATIONS); i++) {
    const at = random(THREADS);
    await sleep(random(4));
    const next = start();
    await Promise.all([workers[at]!.terminate(), messageOf(next)]);
    workers[at] = next;
    await sleep(2); // for the notice
    shared.validate();
    const found = [...cache];
    assert.ok(found.length <= 150);
    for (const session of found) assert.ok(isOwn(session), `seed ${seed}`);
    assert.ok(cache.threadStats().threads <= THREADS + 2);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  for (let i = 0; i < 200 && cache.threadStats().threads > 1; i++) await sleep(10);
  shared.validate();
  const { recoveries, threads, busy } = cache.threadStats();
  assert.is(threads, 1);
  assert.ok(says(), `${recoveries} recoveries`);
  if (process.env['SESSCACHE_TERMINATIONS']) {
    console.log({ terminations: TERMINATIONS, seed, recoveries, busy });
  }
  cache.addSession(
    new Session({ id: Buffer.alloc(32, 1), data: Buffer.from('MARK'), timeout: 99 }),
  );
  assert.ok(shared.holds('MARK'));
  cache.flushSessions(0);
  assert.not.ok(shared.holds('MARK'), 'bytes of a session have stayed');
  assert.equal(errors, []);
  cache.close();
});

/** See `dataOf` in worker.mjs. */
function isOwn(session: Session): boolean {
  const key = Buffer.from(session.id).readUInt32LE();
  const data = Buffer.alloc(session.data.length, `MARK${key},`);
  if (data.length > 0) data.writeUInt32LE(key, 0);
  return data.equals(session.data);
}

test.run();
