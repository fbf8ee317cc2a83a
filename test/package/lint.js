import { fileURLToPath } from 'node:url';
import { run } from './run.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Has publint and "are the types wrong" judge the tarball.
 * @param {string} tarball
 */
export function lint(tarball) {
  run('npx', ['--no-install', 'publint', 'run', tarball, '--strict'], root);
  console.log('  publint --strict: clean');

  // `esm-only`: old resolution modes and CommonJS types are not promised. The Wasm has no types.
  const options = ['--profile', 'esm-only', '--no-definitely-typed', '--no-emoji'];
  const without = ['--exclude-entrypoints', './core.wasm'];
  run('npx', ['--no-install', 'attw', tarball, ...options, ...without], root);
  console.log('  attw, profile esm-only: clean');
}
