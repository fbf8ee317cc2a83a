// Sessions saved, sealed, to a file, and restored from it: how long it takes, and the longest time
// for which the event loop does not go round, with and without V8's collector in it; where Node has
// `process.threadCpuUsage` also the most CPU time of a turn, which other processes do not lengthen.
// `npm run bench:restart -- [sessions] [bytes]`; defaults: 1,000,000 of 160 bytes.

import { randomBytes, randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Session, SessionCache } from 'sesscache';
import { restoreSessionsFromFile, saveSessionsToFile } from 'sesscache/warm-restart';

const [count = 1_000_000, size = 160] = process.argv.slice(2).map(Number);
const keys = [randomBytes(32)];
const context = randomBytes(32);

const cache = new SessionCache({ size: 0, timeout: 7200 });
const id = new Uint8Array(32);
const data = randomBytes(size);
for (let i = 0; i < count; i++) {
  randomFillSync(id);
  randomFillSync(data, 0, Math.min(48, size));
  cache.addSession(new Session({ id, data, sessionIdContext: context, timeout: 7200 }));
}

const folder = mkdtempSync(join(tmpdir(), 'sesscache-restart-'));
const file = join(folder, 'sessions');
const other = new SessionCache({ size: 0 });
/** @type {Record<string, Awaited<ReturnType<typeof timed>>>} */
const figures = {};
let bytes = 0;
try {
  figures['saved'] = await timed(() => saveSessionsToFile(cache, file, { keys }));
  bytes = statSync(file).size;
  figures['restored'] = await timed(() => restoreSessionsFromFile(other, file, { keys }));
} finally {
  rmSync(folder, { recursive: true });
}
if (cache.stats().number !== 0 || other.stats().number !== count) throw new Error('some are lost');
console.log(
  `${count} sessions of ${size} bytes, ${(bytes / 1e6).toFixed(0)} MB sealed; Node ${process.version}`,
);
for (const [what, { seconds, cpu, pause, own, turn, loop }] of Object.entries(figures)) {
  console.log(
    `${what.padEnd(9)} ${seconds.toFixed(2)} s (${cpu.toFixed(2)} s of CPU), longest turn ${pause.toFixed(1)} ms, ${own.toFixed(1)} without the collector${turn > 0 ? `, ${turn.toFixed(1)} ms of CPU` : ''} (loop delay: 99.9 % ${loop.toFixed(1)} ms)`,
  );
}

/**
 * Runs `work` while it watches how long the event loop takes to go round.
 * @param {() => Promise<unknown>} work
 */
async function timed(work) {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  /** @type {{ from: number, to: number }[]} */
  const collections = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      collections.push({ from: startTime, to: startTime + duration });
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  /** @type {{ from: number, to: number }[]} turns of more than a millisecond */
  const turns = [];
  let last = performance.now();
  let turn = 0;
  let spent = threadTime();
  let isOver = false;
  const tick = () => {
    const now = performance.now();
    if (now - last > 1) turns.push({ from: last, to: now });
    last = now;
    const time = threadTime();
    turn = Math.max(turn, time - spent);
    spent = time;
    if (!isOver) setImmediate(tick);
  };
  setImmediate(tick);
  const start = performance.now();
  const before = process.cpuUsage();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  isOver = true;
  histogram.disable();
  await sleep(50); // the collector is told of later
  observer.disconnect();
  const lengths = turns.map(({ from, to }) => to - from);
  const own = turns.map(({ from, to }) =>
    collections.reduce(
      (rest, each) => rest - Math.max(0, Math.min(to, each.to) - Math.max(from, each.from)),
      to - from,
    ),
  );
  return {
    seconds,
    cpu: (user + system) / 1e6,
    pause: Math.max(0, ...lengths),
    own: Math.max(0, ...own),
    turn,
    loop: histogram.percentile(99.9) / 1e6,
  };
}

/** Milliseconds of CPU of this thread; 0 where Node does not tell. */
function threadTime() {
  /** @type {{ threadCpuUsage?: () => NodeJS.CpuUsage }} */
  const { threadCpuUsage } = /** @type {any} */ (process);
  const { user, system } = threadCpuUsage?.() ?? { user: 0, system: 0 };
  return (user + system) / 1000;
}
