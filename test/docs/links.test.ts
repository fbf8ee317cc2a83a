// Links between the pages, and to files of the repository, lead somewhere.

import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { anchorsOf, PAGES, proseOf, read, root } from './pages.ts';

const test = suite('links of the pages');

/** Made by `npm run playground:build` and the like. */
const BUILT = /^build\//;

for (const page of PAGES) {
  test(`${page}: every link leads to a file, every anchor to a heading`, () => {
    const wrong: string[] = [];
    for (const [, target] of proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      const [path = '', anchor] = target!.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      if (BUILT.test(file)) continue;
      if (!existsSync(root + file)) wrong.push(`${target}: no such file`);
      else if (anchor && file.endsWith('.md') && !anchorsOf(file).has(anchor)) {
        wrong.push(`${target}: no such heading`);
      }
    }
    assert.equal(wrong, []);
  });
}

test('no page has a block between two marks with nothing in it', () => {
  for (const page of PAGES)
    assert.not.match(read(page), /<!-- ([\w:-]+)[^>]*-->\s*<!-- \/\1 -->/, page);
});

test('every page of docs/ is reached from the README', () => {
  const readme = read('README.md');
  const lost = PAGES.filter(
    (page) => /^docs\/[a-z-]+\.md$/.test(page) && !readme.includes(`(${page}`),
  );
  assert.equal(lost, []);
});

test.run();
