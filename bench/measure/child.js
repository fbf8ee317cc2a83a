// One process per measurement: none inherits another's heap, inline caches or optimised code.

import { spawnSync } from 'node:child_process';
import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const LIMIT = 15 * 60_000; // milliseconds
/** With more sessions than this, objects may need more heap than V8's default… */
const MANY = 4_000_000;
/** …and V8 is given this many MiB. */
const HEAP = Math.floor((0.75 * totalmem()) / 2 ** 20);
const program = fileURLToPath(new URL('run.js', import.meta.url));
const starter = fileURLToPath(new URL('start.js', import.meta.url));

/**
 * A runtime of JavaScript: this Node, another release of it, or Bun.
 * @typedef {object} Runtime
 * @property {string} path its executable
 * @property {'V8' | 'JavaScriptCore'} engine
 */

/** @type {Runtime} */
const thisRuntime = { path: process.execPath, engine: 'V8' };

/**
 * Runs `node bench/measure/run.js <task>` to its end.
 * @param {import('./run.js').Task} task
 * @param {Runtime} [runtime]
 * @returns {any} what the task resulted in
 * @throws {Error} if it failed
 */
export function runChild(task, { path, engine } = thisRuntime) {
  const options = engine === 'V8' ? ['--expose-gc'] : [];
  // V8 stops at 4 GB of objects by default.
  if (engine === 'V8' && 'size' in task && task.size > MANY)
    options.push(`--max-old-space-size=${HEAP}`);
  return spawn(path, [...options, program, JSON.stringify(task)], `${task.what} of ${task.name}`);
}

/**
 * Runs `node bench/measure/start.js` with arguments.
 * @param {string[]} args
 * @returns {{ empty: number, milliseconds: number }}
 * @throws {Error} if it failed
 */
export function startChild(args) {
  return spawn(process.execPath, [starter, ...args], `start of ${args[0]}`);
}

/**
 * @param {string} path
 * @param {string[]} args
 * @param {string} title
 * @returns {any} the JSON that it printed
 */
function spawn(path, args, title) {
  const { error, status, stdout } = spawnSync(path, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LIMIT,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${title} failed`);
  return JSON.parse(stdout);
}
