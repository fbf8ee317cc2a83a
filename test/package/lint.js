import { fileURLToPath } from 'node:url';
import { run } from './run.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Has publint and "are the types wrong" judge the tarball, every entry point in every resolution.
 * @param {string} tarball
 */
export function lint(tarball) {
  run('npx', ['--no-install', 'publint', 'run', tarball, '--strict'], root);
  console.log('  publint --strict: clean');

  const options = ['--profile', 'strict', '--no-definitely-typed', '--no-emoji'];
  run('npx', ['--no-install', 'attw', tarball, ...options], root);
  console.log('  attw, profile strict: clean');
}
