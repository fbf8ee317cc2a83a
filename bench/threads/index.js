// `npm run bench:threads -- [turns] [tasks…]`: calls a second of one thread and of several on one
// shared cache, and of the same threads with an unshared cache each. The latter have nothing in
// common but the machine, so their gain is the most that any shared cache could reach on it: the
// ceiling. Runs take turns; a line gives the median of the ratios of each turn, and the least and
// the greatest.

import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Session } from 'sesscache';
import { createSharedCache } from 'sesscache/threads';
import { makeIds } from './ids.js';

const SESSIONS = 20_000;
const [turns = 7, ...only] = process.argv.slice(2);
const TURNS = Number(turns);
const TASKS = only.length > 0 ? only : ['lookups', 'adds', 'mixed', 'server'];
const MILLISECONDS = 300;
const CORES = availableParallelism();

const ids = makeIds(SESSIONS);
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

function spread(values, digits = 2, unit = 1) {
  const sorted = values.toSorted((a, b) => a - b);
  const [least, median, greatest] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
  const [middle, low, high] = [median, least, greatest].map((n) => (n / unit).toFixed(digits));
  return `${middle} (${low}–${high})`;
}

console.log(`${SESSIONS} sessions, ${CORES} cores, ${TURNS} turns of ${MILLISECONDS} ms\n`);
for (const task of TASKS) {
  await run(task, CORES, true); // until V8 has compiled it
  await run(task, CORES, false);
  const counts = Array.from({ length: CORES - 1 }, (_, i) => i + 2);
  /** @type {number[]} */
  const alone = [];
  /** @type {number[]} */
  const own = [];
  /** @type {Record<number, { shared: number, apart: number }[]>} */
  const gains = Object.fromEntries(counts.map((threads) => [threads, []]));
  for (let turn = 0; turn < TURNS; turn++) {
    const unshared = await run(task, 1, false);
    const shared = await run(task, 1, true);
    alone.push(shared);
    own.push(shared / unshared);
    for (const threads of counts) {
      gains[threads]?.push({
        shared: (await run(task, threads, true)) / shared,
        apart: (await run(task, threads, false)) / unshared,
      });
    }
  }
  console.log(`${task.padEnd(8)} one thread, thousands a second         ${spread(alone, 0, 1000)}`);
  console.log(`         against a cache of its own             ${spread(own)}`);
  for (const threads of counts) {
    const pairs = gains[threads] ?? [];
    const title = `${threads} threads against one,`;
    console.log(`         ${title} one cache        ${spread(pairs.map(({ shared }) => shared))}`);
    console.log(`         ${title} a cache each     ${spread(pairs.map(({ apart }) => apart))}`);
    const ratios = pairs.map(({ shared, apart }) => shared / apart);
    console.log(`         the former against the latter          ${spread(ratios)}`);
  }
}
console.log(`\nbusy: ${JSON.stringify(cache.threadStats().busy)}`);
for (const worker of workers) await worker.terminate();
cache.close();
