// Without `ca`, the key contains the default authorities of the process. Where they cannot be
// determined, the key is valid in that process only, and sessions under it are not exported.

import { appendFileSync, copyFileSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { certificatePath, readCertificate } from '../../examples/certificates.js';
import { sessionKey } from '../../bindings/client/index.ts';
import { isLocalKey } from '../../bindings/client/key/bytes.ts';
import { usesOpensslStore } from '../../bindings/tls/authorities.ts';

const test = suite('the default authorities');

const isListed = 'getCACertificates' in tls;
const hasFlag = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag);

const folder = mkdtempSync(join(tmpdir(), 'authorities-'));
test.after(() => rmSync(folder, { recursive: true }));

interface Told {
  key: string;
  isLocal: boolean;
  named: string;
}

/** The key of a connection without `ca`, in a process of its own; what is built is tested. */
async function keyIn(
  env: Record<string, string>,
  flags: readonly string[] = [],
  before = '',
): Promise<Told> {
  const program = `
    ${before}
    const { sessionKey } = await import('sesscache/client');
    const key = sessionKey({ host: 'a.test', port: 1 });
    const hex = (bytes) => Buffer.from(bytes).toString('hex');
    const named = hex(sessionKey({ host: 'a.test', port: 1, ca: 'x' }));
    console.log(JSON.stringify({ key: hex(key), isLocal: (key[0] & 1) === 1, named }));
  `;
  const { PATH = '', HOME = '' } = process.env;
  const args = ['--no-warnings', ...flags, '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: join(import.meta.dirname, '../..'),
    env: { PATH, HOME, ...env },
  });
  return JSON.parse(stdout) as Told;
}

/** Two files of authorities, older than all processes of these tests. */
function bundle(name: string, certificate: string): string {
  const file = join(folder, `${name}.pem`);
  copyFileSync(certificatePath(`${certificate}.cert.pem`), file);
  return file;
}
const one = bundle('one', 'rsa');
const two = bundle('two', 'ecdsa');

test('built into Node: the same key in every process', async () => {
  const [first, second] = await Promise.all([keyIn({}), keyIn({})]);
  assert.is(first.isLocal, false);
  assert.is(first.key, second.key);
});

test('of NODE_EXTRA_CA_CERTS: known by the content of the file', async () => {
  const [none, first, again, other] = await Promise.all([
    keyIn({}),
    keyIn({ NODE_EXTRA_CA_CERTS: one }),
    keyIn({ NODE_EXTRA_CA_CERTS: one }),
    keyIn({ NODE_EXTRA_CA_CERTS: two }),
  ]);
  assert.equal([first.isLocal, other.isLocal], [false, false]);
  assert.is(first.key, again.key);
  assert.is(new Set([none.key, first.key, other.key]).size, 3);
});

test('of NODE_EXTRA_CA_CERTS: as the process found it, whatever the program does to the variable', async () => {
  const forget = 'delete process.env.NODE_EXTRA_CA_CERTS;';
  const invent = `process.env.NODE_EXTRA_CA_CERTS = ${JSON.stringify(one)};`;
  const [kept, forgotten, none, invented] = await Promise.all([
    keyIn({ NODE_EXTRA_CA_CERTS: one }),
    keyIn({ NODE_EXTRA_CA_CERTS: one }, [], forget),
    keyIn({}),
    keyIn({}, [], invent),
  ]);
  assert.is.not(forgotten.key, none.key, 'they are trusted still');
  assert.is.not(invented.key, kept.key, 'and these never');
});

test('of NODE_EXTRA_CA_CERTS: unknown where they are not listed and the file has changed since', async () => {
  const file = bundle('changing', 'rsa');
  const change = `
    await new Promise((resolve) => setTimeout(resolve, 20));
    (await import('node:fs')).appendFileSync(${JSON.stringify(file)}, '\\n');
  `;
  const { isLocal } = await keyIn({ NODE_EXTRA_CA_CERTS: file }, [], change);
  assert.is(isLocal, !isListed);
  appendFileSync(file, '');
  utimesSync(file, 1, 1); // modification times can be set, so they prove nothing
  const back = `${change} (await import('node:fs')).utimesSync(${JSON.stringify(file)}, 1, 1);`;
  assert.is((await keyIn({ NODE_EXTRA_CA_CERTS: file }, [], back)).isLocal, !isListed);
});

for (const [what, flags, env] of [
  ['--use-openssl-ca, SSL_CERT_FILE', ['--use-openssl-ca'], { SSL_CERT_FILE: one }],
  ['--use_openssl_ca, SSL_CERT_DIR', ['--use_openssl_ca'], { SSL_CERT_DIR: folder }],
  ['NODE_OPTIONS', [], { NODE_OPTIONS: '--use-openssl-ca' }],
  [
    '--use-openssl-ca, NODE_EXTRA_CA_CERTS',
    ['--use-openssl-ca'],
    { NODE_EXTRA_CA_CERTS: one, SSL_CERT_FILE: two },
  ],
] as const) {
  test(`of OpenSSL's own store are not known: ${what}`, async () => {
    const [first, second] = await Promise.all([keyIn(env, flags), keyIn(env, flags)]);
    assert.is(first.isLocal, true);
    assert.is.not(first.key, second.key);
    assert.is(first.named, second.named, 'authorities that are named are known');
  });
}

test('of the system (--use-system-ca) are known', async () => {
  if (!hasFlag('--use-system-ca')) {
    assert.ok(process.version.startsWith('v20.'), 'every later release has it');
    return;
  }
  const flags = ['--use-system-ca'];
  const [plain, first, again, other] = await Promise.all([
    keyIn({}),
    keyIn({ SSL_CERT_FILE: one, SSL_CERT_DIR: '/nonexistent' }, flags),
    keyIn({ SSL_CERT_FILE: one, SSL_CERT_DIR: '/nonexistent' }, flags),
    keyIn({ SSL_CERT_FILE: two, SSL_CERT_DIR: '/nonexistent' }, flags),
  ]);
  assert.is(first.isLocal, false);
  assert.is(first.key, again.key);
  assert.is(new Set([plain.key, first.key, other.key]).size, 3);
});

test('SSL_CERT_FILE without the flags counts for nothing', async () => {
  const [plain, withFile] = await Promise.all([keyIn({}), keyIn({ SSL_CERT_FILE: one })]);
  assert.is(plain.key, withFile.key);
});

test('of the builds of distributions are taken for unknown', () => {
  const choose = (choice: { execArgv?: string[]; options?: string; config?: object }): boolean => {
    const { execArgv = [], options, config = {} } = choice;
    return usesOpensslStore({ execArgv, env: { NODE_OPTIONS: options }, config });
  };
  const own = { target_defaults: { defines: ['NODE_OPENSSL_CERT_STORE'] }, variables: {} };
  const shared = { variables: { node_shared_openssl: true } };
  assert.is(choose({}), false);
  assert.is(usesOpensslStore(process), false, 'the one that runs the tests');
  assert.is(choose({ config: own }), true);
  assert.is(choose({ config: own, execArgv: ['--use-bundled-ca'] }), false);
  assert.is(choose({ config: shared }), true);
  assert.is(choose({ config: shared, execArgv: ['--use-bundled-ca'] }), true);
  assert.is(choose({ options: '--use-openssl-ca', execArgv: ['--use-bundled-ca'] }), false);
  assert.is(choose({ options: '--use-bundled-ca', execArgv: ['--use-openssl-ca'] }), true);
});

test('that a program sets are known, also if they are few', () => {
  const { getCACertificates, setDefaultCACertificates } = tls as unknown as {
    getCACertificates?: (type: string) => string[];
    setDefaultCACertificates?: (list: string[]) => void;
  };
  if (!getCACertificates || !setDefaultCACertificates) {
    assert.ok(process.version.startsWith('v20.'), 'every later release can set them');
    return;
  }
  const before = getCACertificates('default');
  const key = (): Uint8Array => sessionKey({ host: 'a.test', port: 1 })!;
  const plain = key();
  try {
    setDefaultCACertificates([readCertificate('rsa').cert.toString()]);
    const few = key();
    assert.is(isLocalKey(few), false);
    assert.is.not(Buffer.compare(few, plain), 0);
    setDefaultCACertificates([]);
    assert.is(isLocalKey(key()), true, 'none at all looks like a store that Node does not list');
  } finally {
    setDefaultCACertificates(before);
  }
  assert.is(Buffer.compare(key(), plain), 0);
});

test.run();
