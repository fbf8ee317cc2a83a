// Hosts that cannot have a cache get an error that says what to do, and their connections succeed.
// The same for TLS stacks whose sessions cannot be read.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientSessionCache } from '../../bindings/client/index.ts';

const test = suite('clients without a cache');

/** The program as one file: a loader for TypeScript does not run on such hosts itself. */
function withProgram(use: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'sesscache-no-cache-'));
  const file = join(folder, 'program.mjs');
  const program = fileURLToPath(new URL('no-cache-program.ts', import.meta.url));
  const root = fileURLToPath(new URL('../../examples/certificates.js', import.meta.url));
  buildSync({
    entryPoints: [program],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    define: { 'import.meta.url': JSON.stringify(new URL(`file://${root}`).href) },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire('/');",
    },
  });
  try {
    use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function expected(code: string): object {
  const thrown = { name: 'SessionCacheError', code, hasRemedy: true };
  return {
    cache: thrown,
    client: thrown,
    sessions: thrown,
    statuses: [200, 200],
    codes: ['SESSCACHE_NO_CACHE'],
  };
}

test('without WebAssembly: an error with a code, and clients connect', () => {
  withProgram((file) => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--jitless', '--no-warnings', file], {
      encoding: 'utf8',
    });
    assert.match(stdout, /^\{/, stderr);
    assert.equal(JSON.parse(stdout), expected('ERR_SESSCACHE_NO_WASM'));
  });
});

test('with too little address space, in Node 20 and 22: an error with a code, and clients connect', () => {
  withProgram((file) => {
    const command = 'ulimit -v 8000000 && exec "$0" --no-warnings "$1"';
    const { stdout, stderr } = spawnSync('sh', ['-c', command, process.execPath, file], {
      encoding: 'utf8',
    });
    assert.match(stdout, /^\{/, stderr);
    const report = JSON.parse(stdout) as { cache?: unknown };
    // Later releases need no such space.
    if (/^2[02]\./.test(process.versions.node)) {
      assert.equal(report, expected('ERR_SESSCACHE_NO_MEMORY'));
    } else {
      assert.equal(report, { statuses: [200, 200], codes: [] });
    }
  });
});

/** A session as BoringSSL encodes it, without a certificate. */
function boringSession(version: number): Buffer {
  const field = (tag: number, ...content: number[]): number[] => [tag, content.length, ...content];
  const content = [
    ...field(0x02, 1),
    ...field(0x02, version >> 8, version & 0xff),
    ...field(0x04, 0x13, 0x02),
    ...field(0x04, ...Array<number>(32).fill(1)),
    ...field(0x04, ...Array<number>(32).fill(2)),
    ...field(0xb2, ...field(0x02, 0x1d)), // an octet string in OpenSSL's
    ...field(0xb6, ...field(0x01, 0)),
    ...field(0xb7, ...field(0x02, 8, 4)),
  ];
  return Buffer.from([0x30, content.length, ...content]);
}

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

test('sessions of BoringSSL are kept as they are for five minutes, each for its peer', () => {
  let now = 1_800_000_000;
  const sessions = new ClientSessionCache({ now: () => now });
  for (const version of [0x0303, 0x0304]) {
    const session = boringSession(version);
    assert.is(sessions.put(key(1), session), true);
    assert.is(sessions.take(key(2)), undefined);
    // As the agents of such runtimes do: the last session stays.
    for (let i = 0; i < 3; i++) assert.equal(sessions.take(key(1)), session);
    now += 300;
    assert.equal(sessions.take(key(1)), session);
    now += 1;
    assert.is(sessions.take(key(1)), undefined);
  }
});

test('what is cut off or of no such structure is refused as unreadable', () => {
  const sessions = new ClientSessionCache();
  const whole = boringSession(0x0304);
  const inputs = [
    Buffer.alloc(0),
    Buffer.from('deno-tls13-session-ticket-2:localhost:36039'),
    Buffer.concat([whole, Buffer.of(0)]),
    boringSession(0x0305),
    ...Array.from({ length: whole.length }, (_, i) => whole.subarray(0, i)),
  ];
  for (const input of inputs) {
    assert.is(sessions.put(key(1), input), false);
  }
  assert.is(sessions.stats().refused.unreadable, inputs.length);
});

test.run();
