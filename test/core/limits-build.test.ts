// Limits that depend on each other: a core in which one was raised alone does not build.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('builds of the core with other limits');
const root = join(import.meta.dirname, '../..');
let compiler: ChildProcess;

test.before(() => {
  compiler = fork(join(import.meta.dirname, 'compile-changed.js'), { execArgv: [] });
});
test.after(() => compiler.disconnect());

/** Builds the core after a change in one of its files; resolves to what the compiler says. */
async function build(name: string, from: RegExp, to: string, target: string): Promise<string> {
  const file = `assembly/${name}`;
  const before = readFileSync(join(root, file), 'utf8');
  const text = before.replace(from, to);
  if (to !== '$&') assert.is.not(text, before, `${file} has no ${from}`);
  compiler.send({ file, text, target });
  const [said] = await once(compiler, 'message');
  return said as string;
}

for (const target of ['release', 'debug']) {
  test(`as it is, it builds (${target})`, async () => {
    assert.is(await build('layout.ts', /DATA_MAX/, '$&', target), '');
  });

  test(`sessions longer than their field in a record are refused (${target})`, async () => {
    const said = await build('layout.ts', /(DATA_MAX: u32 = )16384/, '$132768', target);
    assert.match(said, 'DATA_MAX does not fit the word meta of a record');
  });

  test(`a field of a record that is too short is refused (${target})`, async () => {
    const said = await build('records.ts', /(DATA_LENGTH_MASK: u32 = )0x7fff/, '$10x3fff', target);
    assert.match(said, 'DATA_MAX does not fit the word meta of a record');
  });

  test(`a field of a record that reaches the next one is refused (${target})`, async () => {
    const said = await build('records.ts', /(DATA_LENGTH_MASK: u32 = )0x7fff/, '$10xffff', target);
    assert.match(said, 'DATA_LENGTH_MASK reaches the length of the id');
  });
}

test('templates that reach beyond the place where they are made are refused', async () => {
  const said = await build('template.ts', /(MOST_LENGTH: u32 = )\d+/, '$140000', 'release');
  assert.match(said, 'reaches the first page');
});

test.run();
