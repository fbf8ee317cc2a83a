// The programs of examples/clients/, as a user runs them.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificatePath } from '../../examples/certificates.js';
import { root, runNode } from '../examples/program.ts';
import { type Kind, serve, VERSIONS } from './servers.ts';
import { withFtpsServer } from './servers/ftps.ts';

const test = suite('examples/clients');

/** Kind of server, and what the program prints. */
const PROGRAMS: Record<string, [Kind, string]> = {
  'axios.js': ['https', '200, resumed so far: 0\n200, resumed so far: 1\n'],
  'fetch.js': ['https', '200, resumed so far: 0\n200, resumed so far: 1\n'],
  'got.js': ['https', '200, resumed so far: 0\n200, resumed so far: 1\n'],
  'http2.js': ['http2', 'resumed so far: 0\nresumed so far: 1\n'],
  'https.js': ['https', 'full handshake\nresumed\n'],
  'node-fetch.js': ['https', '200, resumed so far: 0\n200, resumed so far: 1\n'],
  'tls.js': ['https', 'full handshake\nresumed\n'],
  'undici.js': ['https', '200, resumed so far: 0\n200, resumed so far: 1\n'],
};

const ca = certificatePath('rsa.cert.pem');

for (const [file, [kind, expected]] of Object.entries(PROGRAMS)) {
  for (const version of VERSIONS) {
    test(`${file} resumes ${version}`, async () => {
      const server = await serve(kind, version);
      const url = `https://localhost:${server.port}/`;
      const { code, stdout, stderr } = await runNode(`examples/clients/${file}`, url, ca);
      assert.is(stdout, expected, stderr);
      assert.is(code, 0, stderr);
      assert.equal(server.resumed, [false, true]);
      await server.close();
    });
  }
}

test('ftps.js lists where data connections must resume', async () => {
  await withFtpsServer({}, async (server) => {
    const args = ['localhost', String(server.port), 'anonymous', 'x', ca];
    const { code, stdout, stderr } = await runNode('examples/clients/ftps.js', ...args);
    assert.match(stdout, /^(listed \d+ files\n){3}$/, stderr);
    assert.is(code, 0, stderr);
    const [, ...data] = server.connections();
    assert.equal(
      data.map(({ resumed }) => resumed),
      [true, true, true],
    );
  });
});

test('persist.js resumes in its next runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sesscache-persist-'));
  const server = await serve('https', 'TLSv1.3');
  try {
    const key = join(folder, 'secret.key');
    writeFileSync(key, randomBytes(32));
    const args = [`https://localhost:${server.port}/`, ca, join(folder, 'sessions.bin'), key];
    for (const expected of ['full handshake\n', 'resumed\n', 'resumed\n']) {
      const { code, stdout, stderr } = await runNode('examples/clients/persist.js', ...args);
      assert.is(stdout, expected, stderr);
      assert.is(code, 0, stderr);
    }
    assert.equal(server.resumed, [false, true, true]);
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
});

test('every program has its test', () => {
  const files = readdirSync(join(root, 'examples/clients')).toSorted();
  assert.equal(files, [...Object.keys(PROGRAMS), 'ftps.js', 'persist.js'].toSorted());
});

test.run();
