// `npm run test:releases`: the tests of what depends on Node's TLS, on every release of Node that
// is supported, the tables of what resumes, and whether the OpenSSL inside does what is known of
// it. The releases are npm packages, kept in build/. `-- 22 26`: these only.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ENTRIES, PLAIN } from '../../scripts/entries.js';
import { nodeRelease, RELEASES } from '../../scripts/runtimes.js';

const root = join(import.meta.dirname, '../..');
/** Folders of tests that Node's TLS decides about; see test/index.ts. */
const FOLDERS = [
  'tls',
  'telemetry',
  ...ENTRIES.filter((entry) => !PLAIN.includes(entry)).map(({ path }) => path.split('/')[0]),
]
  .filter((folder) => existsSync(join(root, 'test', folder)))
  .map((folder) => `${folder}/`)
  .concat('asn1/recorded', 'asn1/live');
const wanted = process.argv.slice(2);
const failed = [];

for (const release of wanted.length > 0 ? wanted : RELEASES) {
  const node = nodeRelease(release);
  console.log(`\n== Node ${release}`);
  const tests = run(node, ['test/index.ts', ...FOLDERS]);
  const servers = run(node, ['test/node/matrix.ts']);
  const clients = run(node, ['test/client/matrix.ts']);
  const openssl = run(node, ['test/conformance/in-node.ts']);
  if (!tests || !servers || !clients || !openssl) failed.push(release);
}
if (failed.length > 0) {
  console.error(`failed on Node ${failed.join(', ')}`);
  process.exitCode = 1;
}

function run(node, args) {
  const options = ['--no-warnings', '--import', 'tsx', ...args];
  return spawnSync(node, options, { cwd: root, stdio: 'inherit' }).status === 0;
}
