// One process per measurement: none inherits another's heap, inline caches or optimised code.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LIMIT = 15 * 60_000; // milliseconds
const program = fileURLToPath(new URL('run.js', import.meta.url));

/**
 * Runs `node bench/run.js <task>` to its end.
 * @param {import('./run.js').Task} task
 * @returns {any} what the task resulted in
 * @throws {Error} if it failed
 */
export function runChild(task) {
  const args = ['--expose-gc', program, JSON.stringify(task)];
  const { error, status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LIMIT,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${task.what} of ${task.name} failed`);
  return JSON.parse(stdout);
}
