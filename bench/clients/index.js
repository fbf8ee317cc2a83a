// `npm run bench:clients`: connections of a client per second, what they cost it, and what it sends
// and receives, full and resumed; sesscache/client beside stock https.Agent and undici. A stock
// client and those that are compared with it share a process, as two processes of the same code
// differ by more than the clients do; in every round they make a few connections each, in a random
// order, so that what else the machine does falls on all alike. The server is stock Node with
// tickets, and another process. `--quick`: once and briefly; `--only Agent`: these contenders;
// `--json FILE`: all rounds too.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { machine } from '../machine.js';
import { countFrom } from '../paired/options.js';
import { randomFrom, shuffled } from '../paired/ratio.js';
import { contenders } from './contenders.js';
import { countBytesTo } from './counter.js';
import { table } from './table.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    connections: { type: 'string' },
    only: { type: 'string', default: '' },
    certificate: { type: 'string', default: 'rsa' },
    json: { type: 'string' },
  },
});
const { quick, certificate } = values;
const ROUNDS = countFrom(values.rounds ?? (quick ? '1' : '300'), '--rounds', 1);
const CONNECTIONS = countFrom(values.connections ?? (quick ? '20' : '5'), '--connections', 1);
const WARM_UP = quick ? 10 : 500;
const COUNTED = 6;
const MODES = ['full', 'resumed'];

const names = Object.keys(contenders).filter((name) => name.includes(values.only));
if (names.length === 0) throw new Error(`no contender is called ${values.only}`);

const require = createRequire(import.meta.url);
const { processor, cores, platform } = machine();
const { node, openssl } = process.versions;
const sesscache = require('../../package.json').version;
const undici = require('undici/package.json').version;

const server = fork(new URL('./server.js', import.meta.url), [certificate]);
const [port] = await once(server, 'message');
const results = [];
for (const version of ['TLSv1.2', 'TLSv1.3'])
  results.push({ version, rows: await measure(version) });
server.disconnect();

console.log(`${processor}, ${cores} cores, ${platform}, Node ${node}, OpenSSL ${openssl}`);
console.log(`sesscache ${sesscache}, undici ${undici}; server: Node, certificate: ${certificate}`);
console.log(
  `${ROUNDS} rounds of ${CONNECTIONS} connections, one at a time: means, medians of the ratios\n`,
);
for (const { version, rows } of results) console.log(`${table(version, rows)}\n`);
if (values.json) {
  const setting = { machine: machine(), openssl, versions: { sesscache, undici }, certificate };
  const figures = { ...setting, rounds: ROUNDS, connections: CONNECTIONS, results };
  writeFileSync(values.json, `${JSON.stringify(figures, undefined, 2)}\n`);
}

/** The contenders; figures of each by mode and round. */
async function measure(version) {
  const rows = families().flatMap((family) => start(family, version));
  for (const { ask } of rows) {
    for (const mode of MODES) await ask({ port, mode, count: WARM_UP });
  }
  const random = randomFrom(ROUNDS);
  const turns = rows.flatMap((row) => MODES.map((mode) => ({ ...row, mode })));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { ask, figures, mode } of shuffled(turns, random)) {
      const { answers: _, ...made } = await ask({ port, mode, count: CONNECTIONS });
      figures[mode].rounds.push(made);
    }
  }
  for (const { ask, figures } of rows) {
    for (const mode of MODES) figures[mode].bytes = await weigh(ask, mode);
  }
  for (const child of new Set(rows.map((row) => row.child))) child.disconnect();
  return rows.map(({ name, figures }) => ({ name, figures }));
}

/** Bytes of the connections that went as they should, a small request and its answer included. */
async function weigh(ask, mode) {
  const counter = await countBytesTo(port);
  const { answers } = await ask({ port: counter.port, mode, count: COUNTED });
  const all = await counter.close();
  const wanted = all.filter((_, at) => answers[at] === mode);
  const mean = (direction) =>
    wanted.reduce((sum, bytes) => sum + bytes[direction], 0) / wanted.length;
  return { sent: mean('sent'), received: mean('received') };
}

/** The stock clients, each with those that are compared with it. */
function families() {
  /** @type {string[][]} */
  const all = [];
  for (const name of names) {
    if (all.length === 0 || name.endsWith('stock')) all.push([]);
    all.at(-1)?.push(name);
  }
  return all;
}

/** A process with the contenders of a family. */
function start(family, version) {
  const child = fork(new URL('./child.js', import.meta.url), [version, certificate, ...family]);
  child.on('exit', (code) => {
    if (code) throw new Error(`${family.join(', ')} ended with ${code}`);
  });
  return family.map((name) => {
    /** @type {Record<string, { rounds: any[], bytes?: any }>} */
    const figures = { full: { rounds: [] }, resumed: { rounds: [] } };
    const ask = async (order) => {
      child.send({ name, ...order });
      const [answer] = await once(child, 'message');
      return answer;
    };
    return { child, name, figures, ask };
  });
}
