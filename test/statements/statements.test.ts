// The table of statements holds what it says: each has a test that exists and an edit that can be
// made, or a reason. That the tests fail without the statements, `npm run test:statements` shows.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { testOf, type Statement } from './statement.ts';
import { STATEMENTS } from './table.ts';

const test = suite('statements of the manual pages');

const root = join(import.meta.dirname, '../..');
const tested = STATEMENTS.filter(({ because }) => because === undefined);
const files = new Map<string, string>();

function read(file: string): string {
  const text = files.get(file) ?? readFileSync(join(root, file), 'utf8');
  files.set(file, text);
  return text;
}

test('there are 121, each once', () => {
  assert.is(STATEMENTS.length, 121);
  assert.is(new Set(STATEMENTS.map(({ id }) => id)).size, 121);
});

test('115 have a test and an edit that breaks it, the others a reason', () => {
  assert.is(tested.length, 115);
  for (const { id, test: named, broken, because } of STATEMENTS) {
    const isTested = because === undefined;
    assert.is(named !== undefined, isTested, id);
    assert.is(broken !== undefined, isTested, id);
  }
});

test('every test that is named exists', () => {
  for (const statement of tested) {
    const { file, name } = testOf(statement);
    const titles = titlesIn(read(`test/${file}`));
    assert.ok(
      titles.some((title) => title.test(name)),
      `${statement.id}: ${file} has no ${name}`,
    );
  }
});

test('every edit can be made, in one place', () => {
  for (const { id, broken } of tested) {
    const [file, from, to] = broken!;
    assert.is(read(file).split(from).length, 2, `${id}: ${file} should have once: ${from}`);
    assert.is.not(from, to, id);
  }
});

test('what profile manual does otherwise stands in docs/compatibility.md', () => {
  const page = read('docs/compatibility.md');
  const differing = STATEMENTS.filter(({ differs }) => differs);
  assert.equal(idsOf(differing), ['A3b', 'G13b', 'G17', 'N7b', 'F3b']);
  for (const { id } of differing) assert.ok(new RegExp(`^\\| ${id} +\\|`, 'm').test(page), id);
});

function idsOf(statements: readonly Statement[]): string[] {
  return statements.map(({ id }) => id);
}

/** The titles of the tests of a file. What a template fills in may be anything. */
function titlesIn(text: string): RegExp[] {
  const calls = text.matchAll(/\b\w+\(\s*(?:'((?:[^'\\]|\\.)*)'|`([^`]*)`),/g);
  return Array.from(calls, ([, plain, template]) => {
    const parts = plain === undefined ? template!.split(/\$\{[^}]*\}/) : [plain];
    return new RegExp(`^${parts.map(literal).join('.*')}$`);
  });
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

test.run();
