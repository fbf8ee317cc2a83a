// Programs and tests in either format, and in both at once.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENTRIES } from '../../scripts/entries.js';
import { run } from './run.js';

const JEST = 'node_modules/jest/bin/jest.js';
const NAMES = JSON.stringify(ENTRIES.map(({ name }) => name));

/** Prints the entry points that are not the same by `import` and by `require`. */
const BOTH = `
  import { createRequire } from 'node:module';
  const require = createRequire(import.meta.url);
  for (const name of ${NAMES}) {
    const required = require(name);
    const imported = await import(name);
    const names = Object.keys(imported);
    if (names.join() !== Object.keys(required).toSorted().join()) console.log(name, 'names');
    for (const each of names) if (imported[each] !== required[each]) console.log(name, each);
  }
  const { Session, SessionCache } = require('sesscache');
  const esm = await import('sesscache');
  const cache = new SessionCache();
  const id = new Uint8Array(32).fill(7);
  console.log(cache.addSession(new esm.Session({ id, data: Uint8Array.of(1) })));
  console.log(cache.resumeSession(id) instanceof esm.Session);
`;

const JEST_TEST = `
  test.each(${NAMES})('%s is loaded by require', (name) => {
    expect(Object.keys(require(name)).length).toBeGreaterThan(0);
  });

  test('a session is added and found', () => {
    const { Session, SessionCache } = require('sesscache');
    const cache = new SessionCache();
    const id = new Uint8Array(32).fill(7);
    cache.addSession(new Session({ id, data: Uint8Array.of(1, 2, 3) }));
    expect(cache.resumeSession(id).data.length).toBe(3);
    cache.close();
  });
`;

/** Needs Node's flag for modules in contexts, as Jest says. */
const JEST_BOTH = `
  test('require and import give one class', async () => {
    const { SessionCache } = await import('sesscache');
    expect(SessionCache).toBe(require('sesscache').SessionCache);
  });
`;

/**
 * One state of the modules for `import` and `require`, also where Node cannot \`require\` ES
 * modules.
 * @param {string} project
 */
export function formats(project) {
  writeFileSync(join(project, 'both.mjs'), BOTH);
  for (const flags of [[], ['--no-experimental-require-module']]) {
    const printed = run(process.execPath, [...flags, 'both.mjs'], project);
    assert.equal(printed, 'true\ntrue\n', flags.join());
    console.log(`  import and require share their state${flags.map((flag) => `, ${flag}`).join()}`);
  }
}

/**
 * Jest as it comes, where tests are CommonJS; and with the condition \`browser\`, as with a DOM.
 * @param {string} folder
 * @param {string} tarball
 */
export function jest(folder, tarball) {
  const project = join(folder, 'jest');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true }));
  writeFileSync(join(project, 'sesscache.test.js'), JEST_TEST);
  const packages = [tarball, 'jest@30'];
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages], project);
  const jestRun = (/** @type {string} */ file, /** @type {string[]} */ ...flags) =>
    run(process.execPath, [...flags, JEST, '--config', 'jest.config.json', file], project);
  for (const conditions of [['browser'], ['node']]) {
    const config = { testEnvironmentOptions: { customExportConditions: conditions } };
    writeFileSync(join(project, 'jest.config.json'), JSON.stringify(config));
    jestRun('sesscache.test.js');
    console.log(`  Jest in CommonJS, condition ${conditions}: passes`);
  }
  writeFileSync(join(project, 'both.test.js'), JEST_BOTH);
  jestRun('both.test.js', '--experimental-vm-modules');
  console.log('  Jest: require and import share their state');
}
