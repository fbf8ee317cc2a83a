/* oxlint-disable no-await-in-loop -- one handshake at a time, so that none waits for another */

// `npm run bench:handshakes`: what a handshake costs a server, full and resumed, with stock Node and
// with sesscache/node. CPU time of the server's process alone, accept and close included; the best of
// several rounds, in which the ways take turns and begin with another one each time. Prints the table
// of docs/node-servers.md, and the ratios within each round, which a busy machine moves less: the median
// and the middle half. `--json FILE` writes all rounds down; `--only "TLS 1.3, RSA"`: these rows;
// `--before FOLDER`: a checkout of an earlier state, built, takes turns with this one.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { parseArgs } from 'node:util';
import { readCertificate } from '../examples/certificates.js';
import { ratios, table } from './handshake-report.js';
import { handshake } from './handshake.js';
import { machine } from './machine.js';

const { values } = parseArgs({
  options: {
    handshakes: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '8' },
    'warm-up': { type: 'string', default: '2000' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    before: { type: 'string' },
  },
});
const HANDSHAKES = Number(values.handshakes);
const ROUNDS = Number(values.rounds);
/** Full handshakes, then resumed ones: as in a server in service, all code is compiled by then. */
const WARM_UP = Number(values['warm-up']);

/**
 * `none`: stock Node without tickets, which resumes nothing. `tickets`: stock Node as it comes. `map`:
 * its events and a Map. `cache`: sesscache/node. Only those marked `resumes` do so in TLS 1.3.
 */
const WAYS = {
  none: false,
  tickets: true,
  map: false,
  cache: true,
  ...(values.before && { before: true }),
};
const SORTS = [
  { label: 'RSA-2048', certificate: 'rsa', member: '' },
  { label: 'ECDSA P-256', certificate: 'ecdsa', member: '' },
  { label: 'RSA, client cert', certificate: 'rsa', member: 'member' },
];

const rows = [];
for (const version of ['TLSv1.2', 'TLSv1.3']) {
  for (const sort of SORTS) {
    const label = `${version.replace('v', ' ')}, ${sort.label}`;
    if (!label.includes(values.only)) continue;
    console.error(label);
    rows.push({ label, ways: await measure(version, sort) });
  }
}
if (rows.length === 0) throw new Error(`no row is called ${values.only}`);
const { node, openssl } = process.versions;
const about = `best of ${ROUNDS} rounds of ${HANDSHAKES}`;
console.log(`Node ${node}, OpenSSL ${openssl}; server CPU, µs per handshake; ${about}\n`);
console.log(table(rows));
console.log(`\n${ratios(rows)}`);
if (values.json) {
  const setting = { machine: machine(), openssl, handshakes: HANDSHAKES, rounds: ROUNDS };
  writeFileSync(values.json, `${JSON.stringify({ ...setting, rows }, undefined, 2)}\n`);
}

/** Figures of every way by round: microseconds per handshake. */
async function measure(version, { certificate, member }) {
  const servers = [];
  for (const [way, resumes] of Object.entries(WAYS)) {
    const child = await start(way, version, certificate, member);
    servers.push({ ...child, way, resumes: way !== 'none' && (resumes || version === 'TLSv1.2') });
  }
  const secureContext = createSecureContext({
    ca: readCertificate(certificate).cert,
    minVersion: version,
    maxVersion: version,
    ...(member && readCertificate('client')),
  });
  for (const { port, resumes } of servers) {
    const sessions = await handshakes(port, secureContext, Array(WARM_UP).fill(undefined), false);
    await handshakes(port, secureContext, sessions, resumes);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const first = round % servers.length;
    for (const server of [...servers.slice(first), ...servers.slice(0, first)]) {
      await oneRound(server, secureContext);
    }
  }
  for (const { stop } of servers) stop();
  return Object.fromEntries(servers.map(({ way, figures }) => [way, figures]));
}

/** One round against one server. */
async function oneRound({ port, resumes, figures, ask }, secureContext) {
  const before = await ask();
  const sessions = await handshakes(port, secureContext, Array(HANDSHAKES).fill(undefined), false);
  const middle = await ask();
  figures.full.push((middle.cpu - before.cpu) / HANDSHAKES);
  figures.ownFull.push((middle.own - before.own) / HANDSHAKES);
  if (!resumes) return;
  await handshakes(port, secureContext, sessions, true);
  const end = await ask();
  figures.resumed.push((end.cpu - middle.cpu) / HANDSHAKES);
  figures.ownResumed.push((end.own - middle.own) / HANDSHAKES);
}

async function start(...args) {
  const [way, ...rest] = args;
  const child =
    way === 'before' && values.before
      ? fork(join(values.before, 'bench/handshake-server.js'), ['cache', ...rest])
      : fork(new URL('./handshake-server.js', import.meta.url), args);
  const [port] = await once(child, 'message');
  return {
    port,
    figures: { full: [], resumed: [], ownFull: [], ownResumed: [] },
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
