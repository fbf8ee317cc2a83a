// `npm run test:peers`: the test of the npm package tls-session-cache, as it is published, with our
// adapter in the place of the package's own code. Before that with the package's own code, which
// has to pass, and with none, which has to fail: or the test would prove nothing.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'build/peers');
const peer = join(folder, 'node_modules/tls-session-cache');
// What the package's test needs; it is run by itself, without tap's own command.
const PACKAGES = ['tls-session-cache@1.0.2', 'tap@12.6.1', 'pem@1.14.8'];

const ways = {
  'the package itself': { code: undefined, passes: true },
  nothing: { code: 'module.exports = () => {};\n', passes: false },
  'sesscache/node': {
    code: `const { SessionCache } = require('sesscache');
const { attachServer } = require('sesscache/node');
module.exports = (server) => attachServer(server, new SessionCache());
`,
    passes: true,
  },
};

install();
for (const [name, { code, passes }] of Object.entries(ways)) {
  const output = runTest(code);
  assert.match(output, /^ok 1 - vanilla https server does not reuse/m, output);
  const second = /^(ok|not ok) 2 - https server does reuse tls session/m.exec(output);
  assert.equal(second?.[1], passes ? 'ok' : 'not ok', output);
  assert.match(output, /^(not )?ok 3 - tls server does reuse tls session # TODO/m, output);
  console.log(
    `tls-session-cache's test with ${name}: ${passes ? 'passes' : 'fails, as it has to'}`,
  );
}

/** Runs the test in a copy of the package, with `code` as its index.js; what it printed. */
function runTest(code) {
  const copy = join(folder, 'node_modules/tls-session-cache-copy');
  rmSync(copy, { recursive: true, force: true });
  cpSync(peer, copy, { recursive: true });
  if (code !== undefined) writeFileSync(join(copy, 'index.js'), code);
  // TLS 1.2: it compares the client's sessions, and later versions give out a new one each time.
  const args = ['--no-warnings', '--tls-max-v1.2', join(copy, 'test/index.js')];
  const { stdout, stderr, error } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, TAP: '1' },
  });
  rmSync(copy, { recursive: true });
  if (error) throw error;
  return `${stdout}${stderr}`;
}

function install() {
  if (!existsSync(peer)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const args = [
      'install',
      '--no-audit',
      '--no-fund',
      '--no-save',
      '--ignore-scripts',
      '--silent',
    ];
    const { status } = spawnSync('npm', [...args, ...PACKAGES], { cwd: folder, stdio: 'inherit' });
    assert.equal(status, 0, `npm could not install ${PACKAGES.join(', ')}`);
  }
  const own = join(folder, 'node_modules/sesscache');
  if (!existsSync(own)) symlinkSync(root, own, 'junction');
}
