// Pages that list folders or entry points list all of them.

import { readdirSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as abi from '../../bindings/core/abi.generated.ts';
import { ENTRIES } from '../../scripts/entries.js';
import { read, root } from './pages.ts';

const test = suite('lists in the pages');

const foldersOf = (path: string): string[] =>
  readdirSync(root + path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

test('the README and the form for bugs name every entry point', () => {
  for (const page of ['README.md', '.github/ISSUE_TEMPLATE/bug.yml']) {
    const text = read(page);
    const lost = ENTRIES.map(({ name }) => name).filter((name) => !text.includes(name));
    assert.equal(lost, [], page);
  }
});

test('CONTRIBUTING.md names every folder of bindings/', () => {
  const text = read('CONTRIBUTING.md');
  const lost = foldersOf('bindings').filter((name) => !text.includes(`${name}/\``));
  assert.equal(lost, []);
});

test('test/README.md names every folder of test/ that has tests', () => {
  const text = read('test/README.md');
  const lost = foldersOf('test').filter(
    (name) =>
      readdirSync(`${root}test/${name}`, { recursive: true, encoding: 'utf8' }).some(
        (file) => file.endsWith('.test.ts') && !file.includes('node_modules'),
      ) && !text.includes(`\`${name}/\``),
  );
  assert.equal(lost, []);
});

test('docs/compatibility.md has a row for each bit of the profiles', () => {
  const rows = read('docs/compatibility.md').matchAll(/^\|.*\| `([A-Z][A-Z\d_]+)` *\|$/gm);
  const bits = [...rows].map(([, name]) => Reflect.get(abi, name!) as unknown);
  assert.equal(
    bits.toSorted((a, b) => Number(a) - Number(b)),
    Array.from({ length: Math.log2(abi.PROFILE_OPENSSL_3_0 + 1) }, (_, bit) => 2 ** bit),
  );
});

test.run();
