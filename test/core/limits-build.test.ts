// Limits that depend on each other: a core in which one was raised alone does not build.

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('builds of the core with other limits');
const root = fileURLToPath(new URL('../../', import.meta.url));
const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');

/** Builds the core after `change` in one of its files; resolves to what the compiler says. */
async function build(file: string, from: RegExp, to: string, target: string): Promise<string> {
  const folder = mkdtempSync(join(root, 'build', 'limits-'));
  try {
    cpSync(join(root, 'assembly'), join(folder, 'assembly'), { recursive: true });
    cpSync(join(root, 'asconfig.json'), join(folder, 'asconfig.json'));
    const path = join(folder, 'assembly', file);
    const before = readFileSync(path, 'utf8');
    const after = before.replace(from, to);
    if (to !== '$&') assert.is.not(after, before, `${file} has no ${from}`);
    writeFileSync(path, after);
    const entry = target === 'debug' ? 'assembly/debug.ts' : 'assembly/index.ts';
    return await new Promise((resolve) => {
      execFile(
        process.execPath,
        [asc, entry, '--target', target],
        { cwd: folder },
        (error, stdout, stderr) => resolve(error ? stdout + stderr || String(error) : ''),
      );
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
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
}

test('templates that reach beyond the place where they are made are refused', async () => {
  const said = await build('template.ts', /(MOST_LENGTH: u32 = )\d+/, '$140000', 'release');
  assert.match(said, 'reaches the first page');
});

test.run();
