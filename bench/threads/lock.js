// `node bench/threads/lock.js [turns] [milliseconds of a turn]`, after a build: what part of a call
// holds the lock of a shared cache. One thread calls in a loop; this one looks at the lock at
// random moments, some thousand times a second, and counts how often it is held. So the calls are
// not slowed down by clocks inside of them.
//
// By Amdahl's law, n threads whose calls have a share of s under the lock make no more than 1/s
// times the calls of one.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createSharedCache } from 'sesscache/threads';
import { median } from '../report/ratios.js';

const SESSIONS = 20_000;
const TURNS = Number(process.argv[2] ?? 5);
const MILLISECONDS = Number(process.argv[3] ?? 1000);
/** Index of the lock in what the threads know of each other: bindings/threads/control.ts. */
const LOCK = 16;
const TASKS = [
  'lookups',
  'adds',
  'replacements',
  'removals',
  'stored handshakes',
  'single use',
  'server',
];

const cache = createSharedCache({ size: SESSIONS, timeout: 1e6 });
const state = new Int32Array(new SharedArrayBuffer(8));
const handle = cache.share();
const { pass } = handle.parts;
const control = new Int32Array(handle.parts.control);
const worker = new Worker(new URL('lock-worker.js', import.meta.url), {
  workerData: { handle, state, sessions: SESSIONS },
  transferList: [handle.port],
});
await once(worker, 'message');

/** Nanoseconds of a call, and of the part that holds the lock. */
async function run(task) {
  Atomics.store(state, 0, 1);
  worker.postMessage(task);
  await once(worker, 'message');
  const answer = once(worker, 'message');
  let looks = 0;
  let held = 0;
  const end = performance.now() + MILLISECONDS;
  for (let now = performance.now(); now < end;) {
    const next = now + 0.05 + Math.random() * 0.2;
    while (now < next) now = performance.now();
    if (Atomics.load(state, 1) === 1) continue; // it is between two rounds
    looks++;
    const holder = Atomics.load(control, LOCK);
    if (holder === pass) held++;
    else if (holder !== 0) throw new Error(`${holder} is no pass: the lock is elsewhere`);
  }
  Atomics.store(state, 0, 0);
  const [{ count, milliseconds }] = await answer;
  return { call: (milliseconds / count) * 1e6, share: held / looks };
}

const columns = ['ns a call', 'share under the lock', 'ns under the lock', 'bound'];
console.log(`${''.padEnd(18)} ${columns.map((column) => column.padStart(21)).join('')}`);
for (const task of TASKS) {
  await run(task); // until V8 has compiled it
  const turns = [];
  for (let turn = 0; turn < TURNS; turn++) turns.push(await run(task));
  const call = median(turns.map((turn) => turn.call));
  const share = median(turns.map((turn) => turn.share));
  const held = median(turns.map((turn) => turn.call * turn.share));
  const cells = [call.toFixed(0), share.toFixed(4), held.toFixed(0), (1 / share).toFixed(1)];
  console.log(`${task.padEnd(18)} ${cells.map((cell) => cell.padStart(21)).join('')}`);
}
await worker.terminate();
cache.close();
