// Comments are read beside the code: their lines are no longer than its lines. Prettier breaks
// those of the code only.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const COLUMNS = 100;
const FOLDERS = ['assembly', 'bench', 'bindings', 'examples', 'playground/src', 'scripts', 'test'];
const IGNORED = /(^|\/)(node_modules|fixtures)\//;
const root = join(import.meta.dirname, '../..');
const test = suite('comments');

for (const folder of FOLDERS) {
  test(`no line of a comment in ${folder} is longer than ${COLUMNS} columns`, () => {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    const sources = files.filter(
      (file) => /(?<!\.generated)\.(tsx?|[cm]?js)$/.test(file) && !IGNORED.test(file),
    );
    assert.ok(sources.length > 2, `${sources.length} files`);
    const long = sources.flatMap((file) => {
      const lines = readFileSync(join(root, folder, file), 'utf8').split('\n');
      return lines.flatMap((line, i) => (isTooLong(line) ? [`${file}:${i + 1}: ${line}`] : []));
    });
    assert.equal(long, []);
  });
}

/** Types in braces cannot be broken. */
function isTooLong(line: string): boolean {
  return line.length > COLUMNS && /^\s*(\/\/|\/\*|\*)/.test(line) && !/@\w+ \{/.test(line);
}

test.run();
