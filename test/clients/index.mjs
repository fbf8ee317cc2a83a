// `npm run clients [-- CLIENT…]`: which clients resume under sesscache/auto, as a table to paste.
// The clients are released packages and Node's own, in processes of their own; the servers are real
// programs where there is one that can be installed, and otherwise fakes that speak as much as is
// needed. Exits with 1 if one resumes less than it could: two of four connections, with `keepLast`
// three. `recipe` is what docs/auto.md says to write without sesscache/auto.

import { CLIENTS } from './clients.mjs';
import * as fakes from './fakes.mjs';
import { RECIPES } from './recipes.mjs';
import { path, portOf, run } from './servers.mjs';

const VERSIONS = ['TLSv1.2', 'TLSv1.3'];
const CONNECTIONS = 4;

/** How clients come to their sessions, and how many connections have to resume. */
const WAYS = {
  auto: { flags: ['--import', path('../../dist/auto/index.mjs')], list: 'clients', least: 2 },
  keepLast: { flags: ['--import', path('keep-last.mjs')], list: 'clients', least: 3 },
  recipe: { flags: [], list: 'recipes', least: 2 },
};

/** Where nothing can resume, and why: there the clients have to work, and that is all. */
const NONE = {
  'pg, real server': 'PostgreSQL 15 gives no sessions',
  'ldapts, real server': 'slapd of Debian, which is built with GnuTLS, gives no sessions',
  tedious: 'makes a secure context for each connection, and nothing tells whether two are alike',
};

const proxyPort = await fakes.listen(fakes.proxy());

async function visit(name, version, { flags, list }) {
  const { server } = CLIENTS[name];
  const port = await portOf(server, version);
  const args = ['--no-warnings', ...flags, path('child.mjs'), list, name, port, CONNECTIONS];
  const env = { ...process.env, PROXY_PORT: proxyPort, NODE_EXTRA_CA_CERTS: path('../fixtures/tls/rsa.cert.pem') }; // prettier-ignore
  const { stdout } = await run(process.execPath, args.map(String), { env, timeout: 30_000 });
  return JSON.parse(stdout);
}

const faults = [];

async function cell(name, version, title) {
  const way = WAYS[title];
  if (way.list === 'recipes' && !(name in RECIPES)) return '-';
  try {
    const reused = await visit(name, version, way);
    const resumed = reused.filter(Boolean).length;
    const needed = name in NONE ? 0 : way.least;
    if (resumed < needed) faults.push(`${name}, ${version}, ${title}: ${JSON.stringify(reused)}`);
    return `${resumed}`;
  } catch (error) {
    const text = String(error.stderr || error.stack).split('\n').slice(0, 12).join('\n'); // prettier-ignore
    faults.push(`${name}, ${version}, ${title}: ${text}`);
    return 'FAIL';
  }
}

const chosen = process.argv.slice(2);
const names = Object.keys(CLIENTS).filter((name) => chosen.length === 0 || chosen.includes(name));
const columns = VERSIONS.flatMap((version) =>
  Object.keys(WAYS).map((title) => ({ version, title })),
);
const rows = [
  ['client', 'server', ...columns.map(({ version, title }) => `${version.slice(3)}, ${title}`)],
];
for (const name of names) {
  const cells = [];
  for (const { version, title } of columns) cells.push(await cell(name, version, title));
  rows.push([name, CLIENTS[name].server, ...cells]);
}

console.log(`Node ${process.versions.node}: of ${CONNECTIONS} connections, how many resumed\n`);
const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
rows.splice(1, 0, widths.map((width) => '-'.repeat(width))); // prettier-ignore
for (const row of rows) console.log(`| ${row.map((text, at) => text.padEnd(widths[at])).join(' | ')} |`); // prettier-ignore
console.log();
for (const [name, why] of Object.entries(NONE)) if (names.includes(name)) console.log(`${name}: ${why}`); // prettier-ignore
for (const fault of faults) console.error(`\nFAIL  ${fault}`);
process.exit(faults.length > 0 ? 1 : 0); // servers are open
