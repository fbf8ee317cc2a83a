// What the pages for contributors name exists: files, folders and `npm run` scripts.

import { existsSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PAGES, read, root } from './pages.ts';

const test = suite('files and scripts that pages name');

/** What is built, or what a reader is to make. */
const NOT_THERE = /^(build|dist)\//;
const ROOTS = /^(assembly|bindings|bench|build|dist|docs|examples|playground|scripts|test|\.ci)\//;

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

for (const page of PAGES) {
  test(`${page}: the files that it names exist`, () => {
    const lost: string[] = [];
    for (const [, path] of read(page).matchAll(/`([\w./-]+\/[\w./-]*)`/g)) {
      if (!ROOTS.test(path!) || NOT_THERE.test(path!)) continue;
      if (!existsSync(root + path)) lost.push(path!);
    }
    assert.equal(lost, []);
  });

  test(`${page}: the scripts that it names exist`, () => {
    const lost: string[] = [];
    for (const [, script] of read(page).matchAll(/npm run ([a-z][\w:-]*)/g)) {
      if (scripts[script!] === undefined) lost.push(script!);
    }
    assert.equal(lost, []);
  });
}

test.run();
