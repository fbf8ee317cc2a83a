// docs/codes.md has every code that the source emits or throws.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('the page of codes');
const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(`${root}docs/codes.md`, 'utf8');
const rows = [...page.matchAll(/^\| `(\w+)` *\|(.*)\|$/gm)].map(([, code, rest]) => ({
  code: code!,
  cells: rest!.split('|').map((cell) => cell.trim()),
}));

/** Every code as a string of the source; SESSCACHE_TAP is a name of an async resource. */
const codes = new Set(
  readdirSync(`${root}bindings`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap(
      (file) =>
        readFileSync(`${root}bindings/${file}`, 'utf8').match(/'(ERR_)?SESSCACHE_\w+'/g) ?? [],
    ) // prettier-ignore
    .map((code) => code.slice(1, -1))
    .filter((code) => code !== 'SESSCACHE_TAP'),
);

test('has a row for each code of the source, with what it means and what to do', () => {
  assert.ok(codes.size > 20, `${codes.size} codes`);
  const listed = new Set(rows.map(({ code }) => code));
  assert.equal(
    [...codes].filter((code) => !listed.has(code)),
    [],
    'docs/codes.md lacks these',
  );
  for (const { code, cells } of rows) {
    assert.is(cells.length, code.startsWith('ERR_') ? 3 : 2, code);
    for (const cell of cells) assert.ok(cell.length > 5, `${code}: ${cell}`);
  }
});

test('has each code once', () => {
  const listed = rows.map(({ code }) => code);
  assert.is(new Set(listed).size, listed.length);
});

test.run();
