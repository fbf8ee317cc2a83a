// What threads must not do to each other in one cache.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session } from '../../bindings/index.ts';
import { messageOf, Shared } from './threads.ts';

const test = suite('threads in one cache');

const idOf = (key: number): Buffer => {
  const id = Buffer.alloc(32, key & 0xff);
  id.writeUInt32LE(key);
  return id;
};

test('without WebAssembly can still be imported: only a cache is refused, with a code', () => {
  const program = `import { createSharedCache } from 'sesscache/threads';
    try { createSharedCache(); } catch (error) { console.log(error.code); }`;
  const given = ['--jitless', '--no-warnings', '--input-type=module', '-e', program];
  const { stdout, stderr } = spawnSync(process.execPath, given, { encoding: 'utf8' });
  assert.is(stdout.trim(), 'ERR_SESSCACHE_NO_WASM', stderr);
});

// SessionCacheThreads of BoringSSL's ssl_test.cc
test('never hold more sessions than the limit, and end with as many', async () => {
  const size = 300;
  const shared = new Shared({ size, timeout: 500, now: () => 1000, maxMemory: 2 ** 22 });
  const start = new Int32Array(new SharedArrayBuffer(8));
  start[1] = 3;
  const workers = [0, 1, 2].map((thread) =>
    shared.start('limit', { thread, stores: 4000, size, start }),
  );
  const ended = workers.map((worker) => once(worker, 'exit'));
  const most = await Promise.all(workers.map((worker) => messageOf<number>(worker)));
  await Promise.all(ended);
  assert.ok(Math.max(...most) <= size, `${most.join(', ')} sessions`);
  const { number, cacheFull, removals, acceptGood } = shared.cache.stats();
  // Those that were busy, on a machine that is, are not stored, and not counted.
  const { busy } = shared.cache.threadStats();
  assert.is(acceptGood, 12_000 - busy.stores);
  assert.ok(removals.expired > 0, 'automatic flushes removed none');
  assert.ok(cacheFull > 0);
  // Those that the last flush has left, and no more than fit.
  assert.is(number, acceptGood - removals.evicted - removals.expired);
  shared.cache.flushSessions(1000);
  for (let i = 0; i < size; i++) {
    shared.cache.addSession(
      new Session({ id: idOf(i + 9e6), data: Buffer.from([1]), time: 1000, timeout: 500 }),
    );
  }
  assert.is(shared.cache.stats().number, size);
  shared.validate();
  shared.cache.close();
});

test('take each session once', async () => {
  const keys = 20_000;
  const shared = new Shared({ size: keys, maxMemory: 2 ** 25 });
  for (let key = 0; key < keys; key++) {
    const data = Buffer.alloc(100, `MARK${key},`);
    data.writeUInt32LE(key, 0);
    shared.cache.addSession(new Session({ id: idOf(key), data, timeout: 1000 }));
  }
  const start = new Int32Array(new SharedArrayBuffer(8));
  start[1] = 3;
  const workers = [0, 1, 2].map(() => shared.start('take', { start, keys }));
  const taken = await Promise.all(workers.map((worker) => messageOf<number[]>(worker)));
  assert.ok(taken.filter((each) => each.length > 0).length > 1, 'one thread took all');
  assert.equal(
    taken.flat().toSorted((a, b) => a - b),
    Array.from({ length: keys }, (_, key) => key),
  );
  assert.is(shared.cache.stats().number, 0);
  await Promise.all(workers.map((worker) => worker.terminate()));
  shared.validate();
  shared.cache.close();
});

test.run();
