// What a program pays before its first session: files read, and modules that Node loads for us.

import { build } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomBytes } from '../../bindings/core/seed.ts';
import { randomBytes as randomBytesOfBrowsers } from '../../bindings/core/seed.web.ts';
import { root, runNode } from '../examples/program.ts';

const test = suite('start');

/** Makes a cache, uses it, and prints which modules that are of interest have been loaded. */
const PROGRAM = `
  const { Session, SessionCache } = await import('sesscache');
  const cache = new SessionCache();
  const id = new Uint8Array(32);
  cache.addSession(new Session({ id, data: Uint8Array.of(1, 2) }));
  const { data } = cache.resumeSession(id);
  const random = process.moduleLoadList.filter((name) => /(webcrypto|NativeModule crypto)$/.test(name));
  console.log(data.length, random.join() || 'none');`;

const permission = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission'; // Node 20

test('a first cache has Node load neither WebCrypto nor node:crypto', async () => {
  const { stdout, stderr } = await runNode('--input-type=module', '--eval', PROGRAM);
  assert.is(stdout, '2 none\n', stderr);
});

test('a program that may not read /dev/urandom takes its seed from WebCrypto', async () => {
  const allowed = [permission, `--allow-fs-read=${root}/*`, '--no-warnings'];
  const { stdout, stderr } = await runNode(...allowed, '--input-type=module', '--eval', PROGRAM);
  assert.match(stdout, /^2 .*webcrypto/, stderr);
});

/**
 * How many files an import reads, each of which costs some 0.4 ms. What sesscache/node, /client,
 * /auto and /tickets share by twos is in files of their own.
 */
const FILES = {
  index: 2,
  'asn1/index': 2,
  'redis/index': 1,
  'tickets/index': 3,
  'node/index': 5,
  'client/index': 5,
  'auto/index': 5,
};

for (const [entry, files] of Object.entries(FILES)) {
  test(`importing ${entry}.js reads ${files} ${files === 1 ? 'file' : 'files'}`, async () => {
    const { metafile } = await build({
      entryPoints: [`${root}/dist/${entry}.js`],
      bundle: true,
      platform: 'node',
      format: 'esm',
      metafile: true,
      write: false,
    });
    const read = Object.keys(metafile.inputs);
    assert.is(read.length, files, read.join());
  });
}

test('an import in Node reads one file of code beside the list of exports', async () => {
  const { stdout, stderr } = await runNode(
    '--input-type=module',
    '--eval',
    `await import('sesscache');
     const { default: { _cache: cache } } = await import('node:module');
     console.log(Object.keys(cache).length);`,
  );
  assert.is(stdout, '1\n', stderr);
});

test('no two seeds are alike', () => {
  for (const source of [randomBytes, randomBytesOfBrowsers]) {
    const seeds = Array.from({ length: 100 }, () => Buffer.from(source(16)).toString('hex'));
    assert.is(new Set(seeds).size, 100);
    for (const seed of seeds) assert.is(seed.length, 32);
  }
});

test.run();
