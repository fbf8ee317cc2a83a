// Handshakes of three workers that share sessions, for each way to share them: how many per second,
// and the CPU time of the workers. The clients run on the same machine, so compare a rate only with
// other rates of the same run.

import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createSecureContext } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { readCertificate } from '../../examples/certificates.js';
import { clusterStore } from '../../dist/cluster/index.js';

const WORKERS = 3;
const CLIENTS = 12;

/**
 * @typedef {object} Way
 * @property {string} way
 * @property {number} port
 * @property {(Buffer | undefined)[]} sessions one for each client
 * @property {number[]} rates
 * @property {number[]} cpu
 * @property {number} resumed
 */

/**
 * @param {number} redisPort
 * @param {{ handshakes: number, rounds: number }} options
 */
export async function measureHandshakes(redisPort, { handshakes, rounds }) {
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('./worker.js', import.meta.url)),
    serialization: 'advanced',
  });
  const store = clusterStore();
  const env = { REDIS_PORT: `${redisPort}`, SESSION_KEY: randomBytes(32).toString('hex') };
  const workers = Array.from({ length: WORKERS }, () => cluster.fork(env));
  const [first] = await Promise.all(workers.map((worker) => answer(worker, 'ports')));
  /** @type {Way[]} */
  const ways = Object.entries(first).map(([way, port]) => {
    return { way, port, sessions: [], rates: [], cpu: [], resumed: 0 };
  });
  for (const way of ways)
    way.sessions = await visitAll(way, Array(CLIENTS).fill(undefined), Math.min(60, handshakes));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < ways.length; turn++) {
      const way = ways[(round + turn) % ways.length];
      way.resumed = 0;
      const before = await cpuOf(workers);
      const start = performance.now();
      way.sessions = await visitAll(way, way.sessions, handshakes);
      way.rates.push((handshakes * 1000) / (performance.now() - start));
      way.cpu.push(((await cpuOf(workers)) - before) / handshakes);
    }
  }
  for (const worker of workers) worker.kill();
  store.close();
  return ways.map(({ way, rates, cpu, resumed }) => ({
    way,
    resumed: resumed / handshakes,
    perSecond: median(rates),
    cpu: median(cpu),
  }));
}

/**
 * Each client connects again as soon as it has been served, until all have made `count`
 * connections.
 */
async function visitAll(way, sessions, count) {
  let left = count;
  return Promise.all(
    sessions.map(async (session) => {
      let current = session;
      while (left-- > 0) {
        const { resumed, given } = await visit(way.port, current);
        if (resumed) way.resumed++;
        current = given;
      }
      return current;
    }),
  );
}

const secureContext = createSecureContext({ ca: readCertificate('rsa').cert });

function visit(port, session) {
  return new Promise((resolve, reject) => {
    const to = { port, host: '127.0.0.1', servername: 'localhost', secureContext, session };
    const socket = connect(to);
    const outcome = { resumed: false, given: session };
    socket.on('session', (given) => (outcome.given = given));
    socket.on('secureConnect', () => (outcome.resumed = socket.isSessionReused()));
    socket.on('error', reject);
    socket.on('close', () => resolve(outcome));
    socket.resume();
  });
}

async function cpuOf(workers) {
  const times = workers.map((worker) => {
    worker.send('cpu');
    return answer(worker, 'cpu');
  });
  return (await Promise.all(times)).reduce((sum, time) => sum + time, 0);
}

/** The next message of a worker with this field; others belong to the store. */
async function answer(worker, field) {
  for (;;) {
    const [message] = await once(worker, 'message');
    if (message[field] !== undefined) return message[field];
  }
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}
