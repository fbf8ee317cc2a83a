// `npm run test:package`: packs the package as npm would publish it and looks at the tarball the
// way its users will: linters, fresh projects, four TypeScript versions, Jest, a browser-like
// realm. Stops at the first step that fails.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coreSize } from './core-size.js';
import { formats, jest } from './formats.js';
import { install } from './install.js';
import { lint } from './lint.js';
import { pack } from './pack.js';
import { peers } from './peers.js';
import { types } from './types.js';
import { web } from './web.js';

const folder = mkdtempSync(join(tmpdir(), 'sesscache-package-'));
try {
  const tarball = step('pack', () => pack(folder));
  step('lint', () => lint(tarball));
  step('core size', coreSize);
  const project = step('install', () => install(folder, tarball));
  step('formats', () => formats(project));
  step('types', () => types(project));
  step('web', () => web(project));
  step('jest', () => jest(folder, tarball));
  step('peers', () => peers(folder, tarball));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log('package: every step passed');

/**
 * @template T
 * @param {string} name
 * @param {() => T} work
 */
function step(name, work) {
  console.log(`\n${name}`);
  return work();
}
