/* oxlint-disable no-await-in-loop -- one handshake at a time, so that none waits for another */

// `npm run bench:handshakes`: what a handshake costs a server, full and resumed, with stock Node and
// with sesscache/node. CPU time of the server's process alone, accept and close included; the best of
// several rounds, in which the ways take turns.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createSecureContext } from 'node:tls';
import { parseArgs } from 'node:util';
import { readCertificate } from '../examples/certificates.js';

const { values } = parseArgs({
  options: {
    handshakes: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '4' },
  },
});
const HANDSHAKES = Number(values.handshakes);
const ROUNDS = Number(values.rounds);
const WARM_UP = 150;
const WAYS = ['none', 'tickets', 'cache'];
const SORTS = [
  { label: 'RSA-2048', certificate: 'rsa', member: '' },
  { label: 'ECDSA P-256', certificate: 'ecdsa', member: '' },
  { label: 'RSA, client cert', certificate: 'rsa', member: 'member' },
];

console.log(
  `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}; server CPU, µs per handshake;`,
);
console.log(
  `best of ${ROUNDS} rounds of ${HANDSHAKES}; adapter: time inside sesscache/node, by the clock\n`,
);
print('', '', 'stock, none', 'stock, tickets', '', 'sesscache', '', 'adapter', '');
print('', '', 'full', 'full', 'resumed', 'full', 'resumed', 'full', 'resumed');
for (const version of ['TLSv1.2', 'TLSv1.3']) {
  for (const sort of SORTS) await measure(version, sort);
}

async function measure(version, { label, certificate, member }) {
  const servers = [];
  for (const way of WAYS) servers.push(await start(way, version, certificate, member));
  const options = {
    ca: readCertificate(certificate).cert,
    minVersion: version,
    maxVersion: version,
    ...(member && readCertificate('client')),
  };
  const secureContext = createSecureContext(options);
  for (const { port, way } of servers) {
    const sessions = await handshakes(port, secureContext, Array(WARM_UP).fill(undefined), false);
    await handshakes(port, secureContext, sessions, way !== 'none');
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of servers) await oneRound(server, secureContext);
  }
  const [none, tickets, cache] = servers.map(({ best }) => best);
  print(
    version,
    label,
    none.full,
    tickets.full,
    tickets.resumed,
    cache.full,
    cache.resumed,
    cache.ownFull,
    cache.ownResumed,
  );
  for (const { stop } of servers) stop();
}

/** One round against one server. */
async function oneRound(server, secureContext) {
  const { port, way, best } = server;
  const before = await server.ask();
  const sessions = await handshakes(port, secureContext, Array(HANDSHAKES).fill(undefined), false);
  const middle = await server.ask();
  best.full = Math.min(best.full, (middle.cpu - before.cpu) / HANDSHAKES);
  best.ownFull = Math.min(best.ownFull, (middle.own - before.own) / HANDSHAKES);
  if (way === 'none') return;
  await handshakes(port, secureContext, sessions, true);
  const end = await server.ask();
  best.resumed = Math.min(best.resumed, (end.cpu - middle.cpu) / HANDSHAKES);
  best.ownResumed = Math.min(best.ownResumed, (end.own - middle.own) / HANDSHAKES);
}

async function start(way, version, certificate, member) {
  const args = [way, version, certificate, member];
  const child = fork(new URL('./handshake-server.js', import.meta.url), args);
  const [port] = await once(child, 'message');
  return {
    way,
    port,
    best: { full: Infinity, resumed: Infinity, ownFull: Infinity, ownResumed: Infinity },
    async ask() {
      child.send('');
      const [answer] = await once(child, 'message');
      return answer;
    },
    stop: () => child.disconnect(),
  };
}

/** Offers each session in turn; resolves to the new ones. Throws unless all resume as `expected`. */
async function handshakes(port, secureContext, sessions, expected) {
  const made = [];
  for (const session of sessions) {
    const outcome = await handshake(port, secureContext, session);
    if (outcome.resumed !== expected) {
      throw new Error(expected ? 'a session did not resume' : 'a session resumed that should not');
    }
    made.push(outcome.session);
  }
  return made;
}

function handshake(port, secureContext, session) {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      secureContext,
      session,
    });
    const outcome = { resumed: false, session };
    socket.on('session', (given) => (outcome.session = given));
    socket.on('secureConnect', () => (outcome.resumed = socket.isSessionReused()));
    socket.on('error', reject);
    socket.on('close', () => resolve(outcome));
    socket.resume();
  });
}

function print(version, label, ...numbers) {
  const cells = numbers.map((cell) =>
    (typeof cell === 'number' ? cell.toFixed(cell < 100 ? 1 : 0) : cell).padStart(15),
  );
  console.log(`${version.padEnd(9)}${label.padEnd(18)}${cells.join('')}`);
}
