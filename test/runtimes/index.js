// `npm run test:runtimes`: what works in Bun and Deno, from npm packages that are kept in build/.
// Fails where something else works than docs/compatibility.md says; `-- --write` writes its table
// anew.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { certificatePath, readCertificate } from '../../examples/certificates.js';
import { OTHERS, otherRuntime } from '../../scripts/runtimes.js';

const root = join(import.meta.dirname, '../..');
const page = join(root, 'docs/compatibility.md');
const [BEGIN, END] = ['<!-- npm run test:runtimes -->', '<!-- end -->'];

const server = createServer(readCertificate('rsa'), (request, response) => {
  const socket = /** @type {import('node:tls').TLSSocket} */ (request.socket);
  response.end(socket.isSessionReused() ? 'R' : 'F');
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());

const reports = {
  Node: await reportOf(process.execPath, ['--no-warnings']),
  Bun: await reportOf(otherRuntime('bun'), ['run']),
  Deno: await reportOf(otherRuntime('deno'), ['run', '--allow-all', '--no-check']),
};
server.close();

for (const [name, report] of Object.entries(reports)) {
  for (const part of ['cache', 'asn1', 'metrics'])
    assert.equal(report[part], 'yes', `${name}: ${part}`);
  assert.match(report.agent, /^F[FR]{3}$/, `${name}: all requests are answered`);
  assert.equal(report.names, 'FF', `${name}: no session is offered to another name`);
  const attaches = name === 'Node' ? 'yes' : 'ERR_SESSCACHE_RUNTIME';
  assert.equal(report.tls, attaches, `${name}: attachServer`);
  assert.equal(report.https, attaches, `${name}: attachServer`);
}
const { Bun, Deno } = reports;
assert.ok(resumed(Bun.agent) >= resumed(Bun.stock), `Bun: ${Bun.agent}, its own ${Bun.stock}`);
assert.equal(resumed(Deno.stock), 0, 'Deno resumes now: see what its sessions are');

const table = tableOf(reports);
console.log(table);
const text = readFileSync(page, 'utf8');
const [start, end] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
if (process.argv.includes('--write')) {
  writeFileSync(page, `${text.slice(0, start)}\n\n${table}\n\n${text.slice(end)}`);
} else {
  assert.equal(text.slice(start, end).trim(), table, 'docs/compatibility.md: run with -- --write');
}

function resumed(visits) {
  return visits.split('R').length - 1;
}

function tableOf({ Node: node, Bun: bun, Deno: deno }) {
  const [bunAbout, denoAbout] = [`Bun ${OTHERS.bun}`, `Deno ${OTHERS.deno}`];
  const columns = [node, bun, deno];
  const rows = [
    ['', 'Node', bunAbout, denoAbout],
    ['`SessionCache`', ...columns.map(({ cache }) => cache)],
    ['`sesscache/asn1`', ...columns.map(({ asn1 }) => asn1)],
    ['`sesscache/metrics`', ...columns.map(({ metrics }) => metrics)],
    ['`attachServer`', ...columns.map(({ tls }) => (tls === 'yes' ? tls : `refused: \`${tls}\``))],
    ["4 requests by the runtime's `https.Agent`", ...columns.map(({ stock }) => resumes(stock))],
    ['4 requests by a `SessionAgent`', ...columns.map(({ agent }) => resumes(agent))],
  ];
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n');
}

function resumes(visits) {
  return `${resumed(visits)} resume`;
}

/** What the program says in a runtime. Not synchronously: this process serves it. */
async function reportOf(runtime, options) {
  const program = join(import.meta.dirname, 'program.mjs');
  const files = ['rsa.cert.pem', 'rsa.key.pem'].map(certificatePath);
  const args = [...options, program, String(port), ...files];
  const child = spawn(runtime, args, { stdio: ['ignore', 'pipe', 'inherit'], timeout: 60_000 });
  const output = (await child.stdout.setEncoding('utf8').toArray()).join('');
  assert.match(output, /^\{/, `${runtime} printed ${JSON.stringify(output)}`);
  return JSON.parse(output);
}
