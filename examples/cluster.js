// `npm run example:cluster`: three workers that resume each other's sessions. The primary keeps
// them; with `-- --redis [url]` Redis does. The servers are in cluster-worker.js; this starts them,
// visits them, and prints what each worker resumed. Exits with 1 unless every reconnect resumed.

import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { clusterStore } from 'sesscache/cluster';
import { visit } from './cluster-client.js';

const USAGE = `Usage: npm run example:cluster [-- --redis [url]]

  --redis [url]   sessions in Redis, at redis://127.0.0.1:6379 or where you say, through node-redis`;

const WORKERS = 3;
const CLIENTS = 4;
const RECONNECTS = 12;

const [option, url = 'redis://127.0.0.1:6379', ...rest] = process.argv.slice(2);
if ((option === undefined || option === '--redis') && rest.length === 0) {
  process.exitCode = await run(option && url).catch((error) => {
    console.error(error.message);
    return 1;
  });
} else {
  console.error(USAGE);
  process.exitCode = 2;
}

/** @param {string | undefined} redis */
async function run(redis) {
  if (redis) await checkRedis(redis);
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('./cluster-worker.js', import.meta.url)),
  });
  const store = redis ? undefined : clusterStore(); // the primary's half
  const port = await startWorkers(redis);
  console.log(
    `${WORKERS} workers on port ${port}, sessions in ${redis ?? 'the primary process'}\n`,
  );

  let failed = 0;
  for (const version of ['TLSv1.2', 'TLSv1.3']) failed += await connectAll(port, version);
  if (store) {
    const { values, bytes, requests } = store.stats();
    console.log(
      `the primary holds ${values} sessions in ${bytes} bytes, after ${requests} questions`,
    );
  }
  await stopWorkers();
  store?.close();
  return failed > 0 ? 1 : 0;
}

/** Several clients in turn; returns how many reconnects did not resume. */
async function connectAll(port, version) {
  const workers = Object.keys(cluster.workers ?? {});
  /** @type {Map<string, any>} */
  const counts = new Map(workers.map((id) => [id, { full: 0, own: 0, others: 0 }]));
  const clients = [];
  for (let i = 0; i < CLIENTS; i++) clients.push(await visit(port, version));
  for (const { worker } of clients) counts.get(worker).full++;
  for (let i = 0; i < RECONNECTS * CLIENTS; i++) {
    const before = clients[i % CLIENTS];
    const now = await visit(port, version, before.session);
    const count = counts.get(now.worker);
    if (!now.resumed) count.full++;
    else if (now.worker === before.worker) count.own++;
    else count.others++;
    clients[i % CLIENTS] = now;
  }
  let resumed = 0;
  for (const [id, { full, own, others }] of counts) {
    resumed += own + others;
    console.log(
      `${version}  worker ${id}: ${full} full, ${own} resumed of its own, ${others} of others`,
    );
  }
  console.log(`${version}  ${resumed} of ${RECONNECTS * CLIENTS} reconnects resumed\n`);
  return RECONNECTS * CLIENTS - resumed;
}

/** Resolves to the port that all workers share. */
async function startWorkers(redis) {
  // In earnest all hosts read the same secret from where you keep such things.
  const secrets = redis ? { REDIS_URL: redis, SESSION_KEY: randomBytes(32).toString('hex') } : {};
  const started = Array.from({ length: WORKERS }, () => cluster.fork(secrets));
  const addresses = await Promise.all(
    started.map(async (worker) => {
      const died = once(worker, 'exit').then(() => Promise.reject(new Error('a worker ended')));
      const [address] = await Promise.race([once(worker, 'listening'), died]);
      died.catch(() => {});
      return address;
    }),
  );
  return addresses[0]?.port;
}

/** Tells them to end, which they do when all is written. */
async function stopWorkers() {
  const workers = Object.values(cluster.workers ?? {});
  await Promise.all(
    workers.map(async (worker) => {
      worker?.send('stop');
      if (worker) await once(worker, 'exit');
    }),
  );
}

async function checkRedis(redis) {
  const { createClient } = await import('redis').catch(() => {
    throw new Error('--redis needs the package redis: npm install redis');
  });
  const client = createClient({ url: redis, socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect().catch((error) => {
    throw new Error(`no Redis at ${redis}: ${error.message || error.code}`);
  });
  client.destroy();
}
