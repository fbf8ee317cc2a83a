import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openssl } from '../tls/openssl.ts';
import { root, runNode } from './program.ts';

const test = suite('npm start');

test('is examples/start.js, with the package built first', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.is(scripts.start, 'node examples/start.js');
  assert.is(scripts.prestart, 'npm run build');
});

test('resumes what it should, says so and exits with 0', async () => {
  await openssl(['version']); // fails here, by name, where the command is missing
  const { code, stdout, stderr } = await runNode('examples/start.js', '--handshakes', '12');
  assert.is(code, 0, stdout + stderr);
  assert.is(stderr, '');
  for (const certificate of ['RSA-2048', 'ECDSA P-256']) {
    const time = String.raw`\d+\.\d\d ms`;
    const rows = String.raw`^${certificate} +full +12 +- +${time}\n +resuming +12 +12 +${time} `;
    assert.match(stdout, new RegExp(rows, 'm'));
  }
  assert.match(stdout, /^ok +openssl s_client -reconnect: 5 of 5 resumed$/m);
  assert.match(stdout, /^ok +expired sessions: 0 of 20 resumed$/m);
  assert.match(
    stdout,
    /^ok +flushSessions\(0\): 20 of 20 resumed before, 0 after, 0 sessions left$/m,
  );
  assert.match(
    stdout,
    /^ok +the cache counted (\d+) handshakes and (\d+) hits; the clients, \1 and \2$/m,
  );
  assert.match(stdout, /^counters of the cache: number \d+, accept \d+, /m);
  assert.not.match(stdout, /FAIL/);
});

test('fails in plain words when the cache keeps nothing', async () => {
  await openssl(['version']);
  const args = ['examples/start.js', '--handshakes', '4', '--mode', 'off'];
  const { code, stdout, stderr } = await runNode(...args);
  assert.is(code, 1, stdout + stderr);
  assert.match(stdout, /^FAIL +4 sessions offered, 0 resumed$/m);
  assert.match(stdout, /^FAIL +openssl s_client -reconnect: 0 of 5 resumed$/m);
  assert.match(stdout, /^FAIL +flushSessions\(0\): 0 of 20 resumed before/m);
  assert.match(stderr, /^4 of 6 checks failed$/m);
});

test('explains its options to whoever gets them wrong', async () => {
  const wrong = [['--fast'], ['--handshakes', '0'], ['--mode', 'on']];
  const ended = await Promise.all(wrong.map((args) => runNode('examples/start.js', ...args)));
  for (const { code, stderr } of ended) {
    assert.is(code, 2);
    assert.match(stderr, /^Usage: npm start/);
  }
});

test.run();
