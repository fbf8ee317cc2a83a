import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.js';

/** Clients of Redis, and node-forge, of releases old and new. */
const PROJECTS = [
  ['redis@4', 'ioredis@5', 'node-forge@0.10.0'],
  ['redis@5', 'ioredis@4'],
  ['redis@6', 'ioredis@6', 'node-forge@1'],
];

/**
 * What a project has of the libraries that the package works with never stops its installation.
 * @param {string} folder
 * @param {string} tarball
 */
export function peers(folder, tarball) {
  for (const [i, packages] of PROJECTS.entries()) {
    const project = join(folder, `peers-${i}`);
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true }));
    const install = [
      'install',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--strict-peer-deps',
    ];
    run('npm', [...install, ...packages], project);
    run('npm', [...install, tarball], project);
    console.log(`  beside ${packages.join(', ')}: installed`);
  }
}
