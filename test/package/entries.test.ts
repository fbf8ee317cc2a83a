// What package.json says of the entry points, and who repeats it.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { conditionsOf, ENTRIES, typesVersions } from '../../scripts/entries.js';

const test = suite('entry points');
const root = fileURLToPath(new URL('../../', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  exports: Record<string, unknown>;
  typesVersions: unknown;
  sideEffects: string[];
};

test('each folder of bindings/ with an index.ts is an entry point', () => {
  const folders = readdirSync(`${root}bindings`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .filter(({ name }) => existsSync(`${root}bindings/${name}/index.ts`))
    .map(({ name }) => `${name}/index`);
  const paths = ENTRIES.map(({ path }) => path).filter((path) => path !== 'index');
  assert.equal(folders.toSorted(), paths.toSorted());
});

test('package.json has the conditions that `npm run entries` writes', () => {
  for (const entry of ENTRIES) {
    const subpath = entry.name.replace('sesscache', '.');
    assert.equal(manifest.exports[subpath], conditionsOf(entry), subpath);
  }
  assert.equal(manifest.typesVersions, typesVersions());
});

test('every file that package.json names is built', () => {
  const files = JSON.stringify([manifest.exports, manifest.typesVersions]).match(
    /\.\/dist\/[^"]+/g,
  );
  assert.ok(files!.length > ENTRIES.length * 5);
  for (const file of files!) assert.ok(existsSync(root + file), file);
});

test('importing does something in sesscache/auto alone, so that bundlers leave out the rest', () => {
  assert.equal(manifest.sideEffects, ['./dist/auto/*', './bindings/auto/index.ts']);
  for (const { path } of ENTRIES.filter(({ name }) => name !== 'sesscache/auto')) {
    assert.not.match(readFileSync(`${root}bindings/${path}.ts`, 'utf8'), /^(if|for|\w+\()/m, path);
  }
});

test('the README has a row for each', () => {
  const readme = readFileSync(`${root}README.md`, 'utf8');
  for (const { name } of ENTRIES) {
    assert.ok(new RegExp(`^\\| \`${name}\` +\\|`, 'm').test(readme), `no row for ${name}`);
  }
});

test.run();
