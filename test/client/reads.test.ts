// The key of a connection contains every option that the TLS of this release of Node reads.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { unknownReads, unknownReadsHere } from '../../bindings/client/key/release-reads.ts';
import { CONTEXT_OPTIONS, KNOWN } from '../../bindings/client/key/tls-options.ts';
import { run } from '../support/commands.ts';

const test = suite('what Node reads of options');

const { connect, createSecureContext } = tls;

test('is all known: watched in real connections', async () => {
  const { key, cert } = readCertificate('rsa');
  const credentials = JSON.stringify({ key: key.toString(), cert: cert.toString() });
  const folder = mkdtempSync(join(tmpdir(), 'reads-'));
  try {
    const program = join(import.meta.dirname, 'watch-reads.cjs');
    const args = ['--no-warnings', '--expose-internals', program, credentials, folder];
    const reads = JSON.parse(await run(process.execPath, args)) as string[];
    const unknown = reads.filter((name) => !KNOWN.has(name));
    assert.equal(unknown, [], 'options that tls-options.ts lacks');
    for (const name of ['ca', 'lookup', 'minDHSize', 'pskCallback', 'localAddress', 'timeout']) {
      assert.ok(reads.includes(name), `the test sees ${name}`);
    }
    const newer = new Set([
      'certificateCompression',
      'isServer',
      'keepAliveInitialDelay',
      'noDelay',
      'singleUse',
    ]);
    const unread = [...KNOWN].filter((name) => !reads.includes(name) && !newer.has(name));
    assert.equal(unread, [], 'options that no release reads');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('is all known, as far as the running release can tell without being watched', () => {
  assert.equal(unknownReadsHere(), []);
});

test('is asked of the release: an option of the future is found, in either function', () => {
  const source = String(connect).replace('options.servername', 'options.futureName');
  assert.ok(source.includes('futureName'));
  const changed = { toString: () => source };
  const version = 'v99.0.0';
  assert.equal(unknownReads({ version, connect: changed, createSecureContext }), ['futureName']);
  const createFuture = (options: object): unknown =>
    createSecureContext({
      ...options,
      ca: (options as { futureTrust?: string }).futureTrust ?? [],
    });
  createFuture.toString = (): string => String(createSecureContext);
  assert.equal(unknownReads({ version, connect, createSecureContext: createFuture }), [
    'futureTrust',
  ]);
});

test('is not known on a release of the future whose functions a program has replaced', () => {
  const replaced = (...args: unknown[]): unknown => args;
  for (const release of [
    { connect: replaced, createSecureContext },
    { connect, createSecureContext: replaced },
  ]) {
    assert.is(unknownReads({ version: 'v99.0.0', ...release }), undefined);
    assert.equal(unknownReads({ version: 'v26.0.0', ...release }), [], 'the lists stand for it');
  }
});

test('names each option once', () => {
  assert.is(new Set(CONTEXT_OPTIONS.map(([name]) => name)).size, CONTEXT_OPTIONS.length);
});

test.run();
