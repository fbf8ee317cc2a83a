// `npm run test:fresh`: what a user with only Node and npm sees. A clone of the last commit, on a
// PATH with those and a shell, is installed and tested. `-- core package`: only the tests whose
// path has one of these words.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'sesscache-fresh-'));
const bin = join(folder, 'bin');
const clone = join(folder, 'clone');
/** What Node's own installation and any system have. */
const PROGRAMS = ['node', 'npm', 'npx', 'sh', 'env', 'bash', 'git'];

try {
  mkdirSync(bin);
  for (const program of PROGRAMS) {
    const { stdout } = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
    if (stdout) symlinkSync(stdout.trim(), join(bin, program));
  }
  run('git', ['clone', '--quiet', root, clone], folder);
  run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], clone);
  const output = run('npm', ['test', '--', ...process.argv.slice(2)], clone);
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  const [, passed, notRun] = last.match(/^(\d+) passed, 0 failed, (\d+) not run$/) ?? [];
  assert.ok(Number(passed) > 0, `the last line is: ${last}`);
  if (process.argv.length === 2) assert.ok(Number(notRun) > 0, 'every test ran: is the PATH bare?');
  console.log(`on a bare machine: ${last}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
function run(command, args, cwd) {
  const env = { ...process.env, PATH: bin };
  const { status, stdout, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stdout.write(stdout ?? '');
  if (error) throw error;
  assert.equal(status, 0, `${command} ${args.join(' ')}`);
  return stdout;
}
