// `npm run bench:external`: the cost of a shared store. Lookups: latency and CPU time of the
// process that looks up, with a plain get callback that calls the client library, and with
// attachExternal. Handshakes: three workers that share sessions. Ways take turns in each round;
// medians are printed.

import cluster from 'node:cluster';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { clusterStore } from '../dist/cluster/index.js';
import { measureHandshakes } from './external/handshakes.js';
import { measureLookups } from './external/lookups.js';
import { openIORedis, openMemory, openNodeRedis, startRedis } from './external/stores.js';

const { values } = parseArgs({
  options: {
    lookups: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const options = {
  lookups: Number(values.lookups ?? (values.quick ? 500 : 4000)),
  handshakes: values.quick ? 24 : 600,
  rounds: Number(values.rounds ?? (values.quick ? 1 : 7)),
};

const redis = await startRedis();
/** @type {{ node: string, options: object, lookups: Record<string, object[]>, handshakes: { way: string, resumed: number, perSecond: number, cpu: number }[] }} */
const results = { node: process.version, options, lookups: {}, handshakes: [] };
try {
  const stores = {
    memory: async () => openMemory(),
    'node-redis': () => openNodeRedis(redis.port),
    ioredis: () => openIORedis(redis.port),
  };
  for (const [name, open] of Object.entries(stores)) {
    const opened = await open();
    show(name, await measureLookups(opened, options));
    await opened.close();
  }
  for (const serialization of ['json', 'advanced']) {
    show(`clusterStore, serialization ${serialization}`, await inWorker(serialization));
  }
  results.handshakes = await measureHandshakes(redis.port, options);
  console.log(
    '\nhandshakes, TLS 1.2 with RSA-2048, three workers: per second, CPU µs of the workers each',
  );
  for (const { way, resumed, perSecond, cpu } of results.handshakes) {
    const cells = [perSecond.toFixed(0).padStart(8), cpu.toFixed(0).padStart(8)];
    console.log(`${way.padEnd(42)}${cells.join('')}   ${Math.round(resumed * 100)} % resumed`);
  }
} finally {
  await redis.stop();
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`);

/** The measurements of a worker that asks this process. */
async function inWorker(serialization) {
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('./external/lookups-worker.js', import.meta.url)),
    serialization,
  });
  const store = clusterStore();
  const worker = cluster.fork({ BENCH: JSON.stringify(options) });
  const exited = once(worker, 'exit');
  let rows;
  worker.on('message', (message) => (rows = message.rows ?? rows));
  await exited;
  store.close();
  if (!rows) throw new Error('the worker has measured nothing');
  return rows;
}

function show(name, rows) {
  results.lookups[name] = rows;
  console.log(`\n${name}, Node ${process.version}: µs for each, elapsed / CPU time`);
  for (const { workload, way, median } of rows) {
    const [elapsed, cpu] = [median.elapsed.toFixed(1), median.cpu.toFixed(1)];
    console.log(
      `${workload.padEnd(22)} ${way.padEnd(26)} ${elapsed.padStart(7)} / ${cpu.padStart(6)}`,
    );
  }
}
