// `npm run clients:trust [-- CLIENT…]`: a session that a client has made while it trusts a server
// must not let it through with options that do not. Each client runs under sesscache/auto, with
// options that trust the server and then with others; and alone with these, without sesscache, to
// see which of them it heeds. Exits with 1 if one comes through that fails alone, or if nothing was
// resumed before.

import { path, portOf, run } from './servers.mjs';
import { CLIENTS } from './clients.mjs';

const VERSIONS = ['TLSv1.2', 'TLSv1.3'];
const AUTO = ['--import', path('../../dist/auto/index.mjs')];

/**
 * How many of the six cases each client has to heed by itself: mysql2, for example, has no check of
 * names.
 */
const HEEDED = {
  'http2.connect': 6,
  '@grpc/grpc-js': 5,
  ws: 6,
  pg: 5,
  mysql2: 4,
  ioredis: 6,
  redis: 6,
  mongodb: 6,
  ldapts: 6,
  mqtt: 6,
  amqplib: 6,
  kafkajs: 6,
  'nodemailer SMTPS': 6,
  'nodemailer STARTTLS': 6,
  'imapflow IMAPS': 6,
  'imapflow STARTTLS': 6,
};

const chosen = process.argv.slice(2);
const faults = [];
for (const name of Object.keys(HEEDED).filter(
  (each) => chosen.length === 0 || chosen.includes(each),
)) {
  for (const version of VERSIONS) {
    const alone = await reportOf(name, version, [], 'strict');
    const after = await reportOf(name, version, AUTO, 'loose');
    const heeded = Object.keys(alone).filter((title) => alone[title].error !== '');
    let resumed = 0;
    const before = faults.length;
    for (const title of heeded) {
      const { trusting, strict, error } = after[title];
      resumed += trusting.filter(Boolean).length;
      if (error === '') faults.push(`${name}, ${version}, ${title}: came through`);
      if (strict.includes(true)) faults.push(`${name}, ${version}, ${title}: resumed`);
      if (!trusting.includes(true)) faults.push(`${name}, ${version}, ${title}: nothing to misuse, ${JSON.stringify(trusting)}`); // prettier-ignore
    }
    if (heeded.length < HEEDED[name]) faults.push(`${name}, ${version} heeds only: ${heeded}`);
    const found = faults.length - before;
    console.log(`${name}, ${version}: ${heeded.length} of 6 heeded, ${found} faults after ${resumed} resumed`); // prettier-ignore
  }
}
for (const fault of faults) console.error(`FAIL  ${fault}`);
process.exit(faults.length > 0 ? 1 : 0); // servers are open

async function reportOf(name, version, flags, kind) {
  const port = await portOf(CLIENTS[name].server, version);
  const args = ['--no-warnings', ...flags, path('trust-child.mjs'), name, port, kind];
  const { stdout } = await run(process.execPath, args.map(String), { timeout: 60_000 });
  return JSON.parse(stdout);
}
