// A thread of bench/threads: as many calls as it can, each time it is told to.

import { parentPort, workerData } from 'node:worker_threads';
import { Session, SessionCache } from 'sesscache';
import { joinSharedCache } from 'sesscache/threads';

const { handle, data, ids, thread } = workerData;
/** @type {Int32Array} */
const state = workerData.state;
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const shared = handle && joinSharedCache(handle);
const own = new SessionCache({ size: ids.length });
for (const id of ids) own.addSession(new Session({ id, data, timeout: 1e6 }));

/** Ids of this thread's own, for adds. */
const fresh = ids.map((id) => {
  const other = Buffer.from(id);
  other[31] = thread + 1;
  return other;
});

const LOOKUPS = 3;
const WORK = workerData.work;
let sink = 0;

const tasks = {
  /** Lookups alone, of random sessions. */
  lookups(cache, i) {
    sink += cache.resumeSession(ids[(i * 7919 + thread * 31) % ids.length]) ? 1 : 0;
  },
  /** Adds alone: each replaces the one of the round before. */
  adds(cache, i) {
    const id = fresh[i % fresh.length];
    cache.addSession(new Session({ id, data, timeout: 1e6 }));
  },
  /** What a busy server does: some lookups for each add, and its own work. */
  mixed(cache, i) {
    if (i % (LOOKUPS + 1) === 0) tasks.adds(cache, i);
    else tasks.lookups(cache, i);
  },
  /** The same with work of 50 µs around each call, less than a resumed handshake takes. */
  server(cache, i) {
    const end = performance.now() + WORK;
    tasks.mixed(cache, i);
    while (performance.now() < end) sink++;
  },
};

port.on('message', ({ task, isShared }) => {
  const cache = isShared ? shared : own;
  const call = tasks[task];
  Atomics.add(state, 0, 1);
  Atomics.notify(state, 0);
  while (Atomics.load(state, 1) === 0) Atomics.wait(state, 1, 0);
  let count = 0;
  while (Atomics.load(state, 1) === 1) {
    for (let i = 0; i < 16; i++) call(cache, count++);
  }
  port.postMessage({ count, sink });
});
port.postMessage('ready');
