/* oxlint-disable no-await-in-loop -- one handshake at a time, so that none waits for another */

// `npm run bench:tickets`: what a ring of ticket keys costs a server beside Node's own one key. CPU time
// of the servers' process alone. The ways take turns within each round and begin with another one each
// time; a ratio is made of each round, and the median of these is printed, with the interval in
// which it lies with 95 % certainty: so what else the machine does falls on all ways alike. Prints the table of docs/tickets.md;
// `--only "TLS 1.3, RSA"`: these rows.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createSecureContext } from 'node:tls';
import { parseArgs } from 'node:util';
import { readCertificate } from '../../examples/certificates.js';
import { handshake } from '../handshake.js';

const { values } = parseArgs({
  options: {
    handshakes: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '400' },
    only: { type: 'string', default: '' },
  },
});
const HANDSHAKES = Number(values.handshakes);
const ROUNDS = Number(values.rounds);
/** As in a server in service, all code is compiled by then. */
const WARM_UP = 2000;
/** `stock`: Node as it comes. `ring`: attachTicketKeys. `always`: the same with `renew: 'always'`. */
const WAYS = ['stock', 'ring', 'always'];

const rows = [];
for (const version of ['TLSv1.2', 'TLSv1.3']) {
  for (const [certificate, name] of [
    ['rsa', 'RSA-2048'],
    ['ecdsa', 'ECDSA P-256'],
  ]) {
    const label = `${version.replace('v', ' ')}, ${name}`;
    if (!label.includes(values.only)) continue;
    console.error(label);
    rows.push(...(await measure(label, version, certificate)));
  }
}
if (rows.length === 0) throw new Error(`no row is called ${values.only}`);
console.log(
  `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}; server CPU against stock ` +
    `tickets, median of ${ROUNDS} rounds of ${HANDSHAKES} (95 % interval)\n`,
);
console.log('|  | stock, µs | ring | ring, `renew: "always"` |');
console.log('| --- | --- | --- | --- |');
for (const row of rows) console.log(`| ${row.join(' | ')} |`);

async function measure(label, version, certificate) {
  const { ports, cpu, stop } = await start(version, certificate, ...WAYS);
  const secureContext = createSecureContext({
    ca: readCertificate(certificate).cert,
    minVersion: version,
    maxVersion: version,
  });
  const servers = ports.map((port) => ({ port, session: undefined, full: [], resumed: [] }));
  for (const server of servers) {
    server.session = await handshakes(server.port, secureContext, undefined, WARM_UP);
    await handshakes(server.port, secureContext, server.session, WARM_UP);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const first = round % servers.length;
    for (const { port, session, full, resumed } of [
      ...servers.slice(first),
      ...servers.slice(0, first),
    ]) {
      const before = await cpu();
      await handshakes(port, secureContext, undefined, HANDSHAKES);
      const middle = await cpu();
      await handshakes(port, secureContext, session, HANDSHAKES);
      const end = await cpu();
      full.push((middle - before) / HANDSHAKES);
      resumed.push((end - middle) / HANDSHAKES);
    }
  }
  stop();
  return ['full', 'resumed'].map((kind) => {
    const [stock, ...others] = servers.map((server) => server[kind]);
    const ratios = others.map((way) => medianOf(way.map((figure, i) => figure / stock[i])));
    return [`${label}, ${kind}`, quantile(stock, 0.5).toFixed(0)].concat(ratios);
  });
}

/** As text. The interval is that of order statistics: ranks n/2 ± 1.96 · √n/2. */
function medianOf(ratios) {
  const reach = 0.98 / Math.sqrt(ratios.length);
  const [low, median, high] = [0.5 - reach, 0.5, 0.5 + reach].map((at) =>
    quantile(ratios, at).toFixed(3),
  );
  return `${median} (${low}–${high})`;
}

function quantile(figures, at) {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.floor(at * (sorted.length - 1))];
}

async function start(...args) {
  const child = fork(new URL('server.js', import.meta.url), args);
  const [ports] = await once(child, 'message');
  return {
    ports,
    async cpu() {
      child.send('');
      return (await once(child, 'message'))[0];
    },
    stop: () => child.disconnect(),
  };
}

/** Resolves to the last session. Throws unless all resume where there is one to offer. */
async function handshakes(port, secureContext, session, count) {
  let last = session;
  for (let i = 0; i < count; i++) {
    const outcome = await handshake(port, secureContext, session);
    if (outcome.resumed !== (session !== undefined)) {
      throw new Error(`a handshake was ${outcome.resumed ? 'resumed' : 'full'}`);
    }
    last = outcome.session;
  }
  return last;
}
