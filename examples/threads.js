// `npm run example:threads`: https servers in several threads of one process, on one port and with
// one session cache. Clients reconnect until they have met every thread. Exits with 1 unless every
// reconnect resumed.
//
// How connections get to the threads depends on the release of Node: each thread listens on the
// same port (`reusePort`, from 22.12 on), or the main thread accepts and hands sockets over
// (`-- --sockets`, where sockets can be transferred). Without either, each thread has a port of its
// own here: only clients who choose one get to another thread then.

import { availableParallelism } from 'node:os';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import { createSharedCache } from 'sesscache/threads';
import { visit } from './cluster-client.js';

const USAGE = `Usage: npm run example:threads [-- --sockets]

  --sockets   the main thread accepts connections and hands them over`;

const THREADS = Math.max(2, Math.min(4, availableParallelism()));
const CLIENTS = 4;
/** Most reconnects of a client before it gives up meeting a thread. */
const RECONNECTS = 200;

const options = process.argv.slice(2);
if (options.length === 0 || (options.length === 1 && options[0] === '--sockets')) {
  process.exitCode = await run(options.length === 1).catch((error) => {
    console.error(error.message);
    return 1;
  });
} else {
  console.error(USAGE);
  process.exitCode = 2;
}

/** @param {boolean} sockets */
async function run(sockets) {
  const cache = createSharedCache({ size: 10_000 });
  const reusePort = canReusePort();
  /** @type {Worker[]} */
  const workers = [];
  /** @type {number[]} */
  const ports = [];
  for (let i = 0; i < THREADS; i++) {
    const handle = cache.share();
    const port = sockets ? undefined : reusePort ? (ports[0] ?? 0) : 0;
    const worker = new Worker(new URL('threads-worker.js', import.meta.url), {
      workerData: { cache: handle, port, reusePort },
      transferList: [handle.port],
    });
    const [address] = await once(worker, 'message');
    workers.push(worker);
    if (address.port && !ports.includes(address.port)) ports.push(address.port);
  }
  const acceptor = sockets ? await acceptFor(workers, ports) : undefined;
  const way = sockets ? 'handed over by the main thread' : reusePort ? 'reusePort' : 'one each: reusePort needs Node 22.12'; // prettier-ignore
  console.log(`${THREADS} threads on port ${ports.join(', ')} (${way})\n`);

  let failed = 0;
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    failed += await connectAll(ports, version, workers.length);
  }
  const { number, hits } = cache.stats();
  const { busy, recoveries } = cache.threadStats();
  console.log(`\nthe cache holds ${number} sessions and gave ${hits}`);
  console.log(`it was busy ${busy.lookups + busy.stores} times, and wiped ${recoveries} times`);
  acceptor?.close();
  const ends = workers.map((worker) => once(worker, 'exit'));
  for (const worker of workers) worker.postMessage('stop');
  await Promise.all(ends);
  cache.close();
  return failed > 0 ? 1 : 0;
}

/** Several clients; returns how many reconnects did not resume, and threads that were not met. */
async function connectAll(ports, version, threads) {
  let resumed = 0;
  let reconnects = 0;
  let missed = 0;
  for (let client = 0; client < CLIENTS; client++) {
    let last = await visit(ports[0], version);
    const met = new Set([last.worker]);
    for (let i = 1; i <= RECONNECTS && (met.size < threads || i < 10); i++) {
      last = await visit(ports[i % ports.length], version, last.session);
      met.add(last.worker);
      reconnects++;
      if (last.resumed) resumed++;
    }
    missed += threads - met.size;
  }
  console.log(
    `${version}  ${resumed} of ${reconnects} reconnects resumed, over ${threads} threads`,
  );
  return reconnects - resumed + missed;
}

/** Accepts connections here, and gives them to the threads in turn. */
async function acceptFor(workers, ports) {
  let next = 0;
  const acceptor = createServer({ pauseOnConnect: true }, (socket) => {
    const worker = workers[next++ % workers.length];
    try {
      worker.postMessage({ socket }, [/** @type {any} */ (socket)]);
    } catch {
      console.error('this release of Node cannot transfer sockets to threads');
      process.exit(1);
    }
  });
  acceptor.listen(0, '127.0.0.1');
  await once(acceptor, 'listening');
  ports.push(/** @type {import('node:net').AddressInfo} */ (acceptor.address()).port);
  return acceptor;
}

function canReusePort() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return process.platform === 'linux' && (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12)); // prettier-ignore
}
