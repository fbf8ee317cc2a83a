// `npm run bench:threads`: calls a second of one thread and of several on one shared cache, beside
// one thread on a cache of its own. Runs take turns; a line gives the median of the ratios of each
// turn, and the least and the greatest.

import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Session } from 'sesscache';
import { createSharedCache } from 'sesscache/threads';

const SESSIONS = 20_000;
const TURNS = Number(process.argv[2] ?? 7);
const MILLISECONDS = 300;
const CORES = availableParallelism();

const ids = Array.from({ length: SESSIONS }, (_, i) => {
  const id = Buffer.alloc(32, i & 0xff);
  id.writeUInt32LE(Math.imul(i, 0x9e3779b1) >>> 0);
  return id;
});
const data = Buffer.alloc(180, 'session ');

const cache = createSharedCache({ size: 4 * SESSIONS * CORES });
for (const id of ids) cache.addSession(new Session({ id, data, timeout: 1e6 }));
const state = new Int32Array(new SharedArrayBuffer(8));

/** @type {Worker[]} */
const workers = [];
for (let thread = 0; thread < CORES; thread++) {
  const handle = cache.share();
  const worker = new Worker(new URL('worker.js', import.meta.url), {
    workerData: { handle, data, ids, thread, state, work: 0.05 },
    transferList: [handle.port],
  });
  await once(worker, 'message');
  workers.push(worker);
}

/** Calls a second. */
async function run(task, threads, isShared) {
  state.fill(0);
  const busy = workers.slice(0, threads);
  const answers = busy.map((worker) => once(worker, 'message'));
  for (const worker of busy) worker.postMessage({ task, isShared });
  while (Atomics.load(state, 0) < threads) await sleep(1);
  const start = performance.now();
  Atomics.store(state, 1, 1);
  Atomics.notify(state, 1);
  await sleep(MILLISECONDS);
  Atomics.store(state, 1, 2);
  const seconds = (performance.now() - start) / 1000;
  const counts = await Promise.all(answers);
  return counts.reduce((sum, [{ count }]) => sum + count, 0) / seconds;
}

function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const [least, median, greatest] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
  return `${median.toFixed(2)} (${least.toFixed(2)}–${greatest.toFixed(2)})`;
}

console.log(`${SESSIONS} sessions, ${CORES} cores, ${TURNS} turns of ${MILLISECONDS} ms\n`);
for (const task of ['lookups', 'adds', 'mixed', 'server']) {
  await run(task, CORES, true); // until V8 has compiled it
  await run(task, CORES, false);
  const counts = Array.from({ length: CORES }, (_, i) => i + 1);
  /** @type {number[]} */
  const own = [];
  /** @type {number[][]} */
  const ratios = counts.map(() => []);
  let alone = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    const unshared = await run(task, 1, false);
    alone = await run(task, 1, true);
    own.push(alone / unshared);
    for (const threads of counts.slice(1)) {
      ratios[threads - 1].push((await run(task, threads, true)) / alone);
    }
  }
  console.log(`${task.padEnd(8)} one thread ${Math.round(alone / 1000)}k/s`);
  console.log(`         against a cache of its own ${spread(own)}`);
  for (const threads of counts.slice(1)) {
    console.log(`         ${threads} threads against one ${spread(ratios[threads - 1])}`);
  }
}
console.log(`\nbusy: ${JSON.stringify(cache.threadStats().busy)}`);
for (const worker of workers) await worker.terminate();
cache.close();
