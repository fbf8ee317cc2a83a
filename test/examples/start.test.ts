import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { openssl } from '../tls/openssl.ts';
import { root, runNode, startNode } from './program.ts';

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
  const versions = ['TLS 1.2', 'TLS 1.3'];
  const certificates = ['RSA-2048', 'ECDSA P-256'];
  for (const sort of versions.flatMap((v) => certificates.map((c) => `${v}, ${c}`))) {
    const time = String.raw`\d+\.\d\d ms`;
    const rows = String.raw`^${sort} +full +12 +- +${time}\n +resuming +12 +12 +${time} `;
    assert.match(stdout, new RegExp(rows, 'm'));
  }
  assert.match(stdout, /^ok +openssl s_client -reconnect: 5 of 5 resumed$/m);
  assert.match(stdout, /^ok +openssl s_client -sess_out, -sess_in, TLS 1.3: 1 of 1 resumed$/m);
  assert.match(stdout, /^ok +TLS 1.3 sessions: 20 of 20 resumed, and 0 a second time$/m);
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
  assert.match(stdout, /in µs: hellos \d+\.\d, lookups \d+\.\d, stores \d+\.\d$/m);
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
  assert.match(stdout, /^FAIL +TLS 1.3 sessions: 0 of 20 resumed/m);
  assert.match(stderr, /^8 of 10 checks failed$/m);
});

test('explains its options if one is wrong', async () => {
  const wrong = [['--fast'], ['--handshakes', '0'], ['--mode', 'on'], ['--serve', '--port', 'a']];
  const ended = await Promise.all(wrong.map((args) => runNode('examples/start.js', ...args)));
  for (const { code, stderr } of ended) {
    assert.is(code, 2);
    assert.match(stderr, /^Usage: npm start/);
  }
});

test('--serve says of each handshake whether it resumed', async () => {
  const child = startNode('examples/start.js', '--serve', '--port', '0');
  assert.ok(child.stdout);
  const deadline = AbortSignal.timeout(10_000);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const seen = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(text);
      if (found) return found;
      await once(child.stdout as NodeJS.EventEmitter, 'data', { signal: deadline });
    }
  };
  try {
    const [, port] = await seen(/^https:\/\/localhost:(\d+)\/ is open/m);
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const first = await visit(Number(port), { maxVersion });
      assert.match(first.text, /full handshake\n$/);
      const second = await visit(Number(port), { maxVersion, session: first.session });
      assert.match(second.text, /resumed\n$/);
      await seen(new RegExp(`^full +${maxVersion} .* sessions`, 'm'));
      await seen(new RegExp(`^resumed +${maxVersion} .* sessions`, 'm'));
    }
  } finally {
    child.kill();
    await once(child, 'close');
  }
});

async function visit(
  port: number,
  options: ConnectionOptions,
): Promise<{ text: string; session: Buffer }> {
  const { cert: ca } = readCertificate('rsa');
  const socket = connect({ port, host: 'localhost', servername: 'localhost', ca, ...options });
  let session: Buffer = Buffer.alloc(0);
  socket.on('session', (given: Buffer) => (session = given));
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'));
  await once(socket, 'close');
  return { text, session };
}

test.run();
