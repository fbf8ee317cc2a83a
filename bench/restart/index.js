// Sessions saved, sealed, and restored: how long it takes, and the longest time for which the event loop
// does not go round; where Node has `process.threadCpuUsage` also the most CPU time of a turn, which other processes do not
// lengthen. `npm run bench:restart -- [sessions] [bytes]`; defaults: 1,000,000 of 160 bytes.

import { randomBytes, randomFillSync } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Session, SessionCache } from 'sesscache';
import { restoreSessions, saveSessions } from 'sesscache/warm-restart';

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

/** @type {Uint8Array[]} */
const stream = [];
const saved = await timed(() => saveSessions(cache, (chunk) => void stream.push(chunk), { keys }));
const other = new SessionCache({ size: 0 });
const restored = await timed(() => restoreSessions(other, stream, { keys }));
if (cache.stats().number !== 0 || other.stats().number !== count) throw new Error('some are lost');
const bytes = stream.reduce((sum, chunk) => sum + chunk.length, 0);
console.log(
  `${count} sessions of ${size} bytes, ${(bytes / 1e6).toFixed(0)} MB sealed; Node ${process.version}`,
);
for (const [what, { seconds, cpu, pause, turn, loop }] of Object.entries({ saved, restored })) {
  console.log(
    `${what.padEnd(9)} ${seconds.toFixed(2)} s (${cpu.toFixed(2)} s of CPU), longest turn ${pause.toFixed(1)} ms${turn > 0 ? `, ${turn.toFixed(1)} ms of CPU` : ''} (loop delay: 99.9 % ${loop.toFixed(1)} ms)`,
  );
}

/**
 * Runs `work` while it watches how long the event loop takes to go round.
 * @param {() => Promise<unknown>} work
 */
async function timed(work) {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  let pause = 0;
  let last = performance.now();
  let turn = 0;
  let spent = threadTime();
  let isOver = false;
  const tick = () => {
    const now = performance.now();
    pause = Math.max(pause, now - last);
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
  return {
    seconds,
    cpu: (user + system) / 1e6,
    pause,
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
