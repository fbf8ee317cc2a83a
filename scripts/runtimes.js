// Other releases of Node, and Bun and Deno, for tests and benchmarks: npm packages, kept in build/.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

/** The releases of Node that are supported. */
export const RELEASES = ['20', '22', '24', '26'];
/** Versions of the other runtimes. */
export const OTHERS = { bun: '1.4.5', deno: '2.9.6' };

/**
 * The path of the executable of a release of Node, such as `22`.
 * @param {string} release
 * @returns {string}
 */
export function nodeRelease(release) {
  const folder = join(root, 'build/node-releases', release);
  const node = join(folder, `node_modules/${platform}/bin/node`);
  if (!existsSync(node)) install(folder, [`${platform}@${release}`]);
  return node;
}

/**
 * The path of another runtime's executable.
 * @param {keyof typeof OTHERS} name
 * @returns {string}
 */
export function otherRuntime(name) {
  const folder = join(root, 'build/runtimes');
  const bin = join(folder, 'node_modules/.bin');
  const names = /** @type {(keyof typeof OTHERS)[]} */ (Object.keys(OTHERS));
  if (!names.every((each) => existsSync(join(bin, each)))) {
    install(
      folder,
      names.map((each) => `${each}@${OTHERS[each]}`),
    );
  }
  return join(bin, name);
}

/**
 * @param {string} folder
 * @param {string[]} packages
 */
function install(folder, packages) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const args = ['install', '--no-audit', '--no-fund', '--silent', ...packages];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm could not install ${packages.join(' ')}`);
}
