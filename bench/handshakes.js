// `npm run bench:handshakes`: the cost of full and resumed handshakes for a server, with stock Node
// and with sesscache/node. CPU time of the servers' process alone, accept and close included, by
// blocks of a few handshakes in turn: see paired/rounds.js. Prints the tables of
// docs/node-servers.md: the mean of all blocks, and ratios of these with the interval in which they
// lie with 95 % certainty. `--json FILE` writes all blocks down; `--only "TLS 1.3, RSA"`: these
// rows; `--before FOLDER`: a checkout of an earlier state, built, takes turns with this one.

import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { readCertificate } from '../examples/certificates.js';
import { ratios, table } from './handshake-report.js';
import { machine } from './machine.js';
import { readOptions } from './paired/options.js';
import { measureRounds } from './paired/rounds.js';

const { size, rounds, warmUp, processes, values } = readOptions({
  json: { type: 'string' },
  before: { type: 'string' },
});

/** @type {{ name: string, certificate: 'rsa' | 'ecdsa', member: string }[]} */
const SORTS = [
  { name: 'RSA-2048', certificate: 'rsa', member: '' },
  { name: 'ECDSA P-256', certificate: 'ecdsa', member: '' },
  { name: 'RSA, client cert', certificate: 'rsa', member: 'member' },
];

const rows = [];
for (const version of /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])) {
  for (const { name, certificate, member } of SORTS) {
    const label = `${version.replace('v', ' ')}, ${name}`;
    if (!label.includes(values.only)) continue;
    console.error(label);
    const args = [version, certificate, member, resolve(values.before ?? '')];
    const secureContext = createSecureContext({
      ca: readCertificate(certificate).cert,
      minVersion: version,
      maxVersion: version,
      ...(member && readCertificate('client')),
    });
    const plan = { ways: waysOf(version), size, warmUp, rounds, processes, secureContext };
    const script = new URL('handshake-server.js', import.meta.url);
    rows.push({ label, ...(await measureRounds(script, args, plan)) });
  }
}
if (rows.length === 0) throw new Error(`no row is called ${values.only}`);
const { node, openssl } = process.versions;
const about = `mean of ${processes} × ${rounds} blocks of ${size}`;
console.log(`Node ${node}, OpenSSL ${openssl}; server CPU, µs per handshake; ${about}\n`);
console.log(table(rows));
console.log(`\n${ratios(rows)}`);
if (values.json) {
  const setting = { machine: machine(), openssl, handshakes: size, rounds, warmUp, processes };
  writeFileSync(values.json, `${JSON.stringify({ ...setting, rows }, undefined, 2)}\n`);
}

/**
 * Whether each resumes. `none`: stock Node without tickets. `tickets`: stock Node by default.
 * `events`: its events, whose listeners do nothing. `map`: its events and a Map, which never
 * resumes in TLS 1.3. `reader`: the simplest that does. `cache`: sesscache/node.
 */
function waysOf(version) {
  const isOld = version === 'TLSv1.2';
  return {
    none: false,
    tickets: true,
    events: false,
    ...(isOld ? { map: true } : { reader: true }),
    cache: true,
    ...(values.before && { before: true }),
  };
}
