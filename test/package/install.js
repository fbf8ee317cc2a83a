import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ISOMORPHIC } from '../../scripts/entries.js';
import { run } from './run.js';

/** What each program prints. */
const PROGRAMS = {
  'use-import.mjs': [
    'resumed 3 bytes',
    'attached, 0 sessions',
    'an empty session is refused',
    'a store is attached, its breaker is closed',
    '32 bytes of key, 0 sessions',
    'forge is given null',
    "a cluster's primary holds 1 value",
    '"client" expected client of node-redis or ioredis, got Object',
    '# TYPE sesscache_sessions gauge',
  ],
  'use-require.cjs': [
    'resumed 3 bytes',
    'function function function function',
    'function function',
  ],
};

/**
 * Installs the tarball into a new, empty project, and runs a small program there by `import` and by
 * `require`. Nothing else than the package and its one dependency may arrive.
 * @param {string} folder
 * @param {string} tarball
 * @returns {string} path of the project
 */
export function install(folder, tarball) {
  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], project);

  const tree = JSON.parse(run('npm', ['ls', '--all', '--json'], project));
  assert.deepEqual(Object.keys(tree.dependencies), ['sesscache']);
  // Optional peers are listed too, as empty objects where they are not installed.
  const { dependencies = {} } = tree.dependencies.sesscache;
  const arrived = Object.keys(dependencies).filter((name) => dependencies[name].version);
  assert.deepEqual(arrived, []);
  console.log('  installed without dependencies');

  for (const [program, lines] of Object.entries(PROGRAMS)) {
    copyFileSync(
      fileURLToPath(new URL(`programs/${program}`, import.meta.url)),
      join(project, program),
    );
    const printed = run(process.execPath, [program], project);
    assert.deepEqual(printed.trimEnd().split('\n'), lines, program);
    console.log(`  ${program}: works`);
  }
  for (const file of ['core.wasm', ...ISOMORPHIC.map(({ web }) => `web/${web}.js`)]) {
    assert.ok(existsSync(join(project, 'node_modules/sesscache/dist', file)), file);
  }
  return project;
}
