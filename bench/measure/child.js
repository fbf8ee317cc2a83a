// One process per measurement: none inherits another's heap, inline caches or optimised code.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LIMIT = 15 * 60_000; // milliseconds
const program = fileURLToPath(new URL('run.js', import.meta.url));
const starter = fileURLToPath(new URL('start.js', import.meta.url));

/**
 * Runs `node bench/run.js <task>` to its end.
 * @param {import('./run.js').Task} task
 * @returns {any} what the task resulted in
 * @throws {Error} if it failed
 */
export function runChild(task) {
  return spawn(['--expose-gc', program, JSON.stringify(task)], `${task.what} of ${task.name}`);
}

/**
 * Runs `node bench/measure/start.js` with arguments.
 * @param {string[]} args
 * @returns {{ empty: number, milliseconds: number }}
 * @throws {Error} if it failed
 */
export function startChild(args) {
  return spawn([starter, ...args], `start of ${args[0]}`);
}

/**
 * @param {string[]} args
 * @param {string} title
 * @returns {any} the JSON that it printed
 */
function spawn(args, title) {
  const { error, status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LIMIT,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${title} failed`);
  return JSON.parse(stdout);
}
