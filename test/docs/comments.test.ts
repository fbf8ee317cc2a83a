// Comments are read beside the code: their lines are no longer than its lines. Prettier breaks those
// of the code only.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const COLUMNS = 100;
const FOLDERS = ['assembly', 'bindings', 'examples', 'playground/src', 'scripts'];
const root = join(import.meta.dirname, '../..');
const test = suite('comments');

for (const folder of FOLDERS) {
  test(`no line of a comment in ${folder} is longer than ${COLUMNS} columns`, () => {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    const sources = files.filter((file) => /(?<!\.generated)\.(ts|tsx|js)$/.test(file));
    assert.ok(sources.length > 2, `${sources.length} files`);
    const long = sources.flatMap((file) => {
      const lines = readFileSync(join(root, folder, file), 'utf8').split('\n');
      return lines.flatMap((line, i) => (isTooLong(line) ? [`${file}:${i + 1}: ${line}`] : []));
    });
    assert.equal(long, []);
  });
}

function isTooLong(line: string): boolean {
  return line.length > COLUMNS && /^\s*(\/\/|\/\*|\*)/.test(line);
}

test.run();
