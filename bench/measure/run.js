// One task in a process of its own, see child.js: prints its result as JSON.

import { copies } from './copies.js';
import { crowd } from './crowd.js';
import { millions } from './millions.js';
import { pauses } from './pauses.js';
import { time } from './time.js';
import { weigh } from './memory.js';

/**
 * @typedef {{ what: 'time' } & import('./time.js').TimeTask} TimeTask
 * @typedef {{ what: 'weigh', name: string, size: number, length: number }} WeighTask
 * @typedef {{ what: 'pauses', name: string, size: number, length: number, runs: number }} PausesTask
 * @typedef {{ what: 'millions', name: string, size: number }} MillionsTask
 * @typedef {{ what: 'copies', name: string, size: number, length: number, seconds: number }} CopiesTask
 * @typedef {{ what: 'crowd' } & import('./crowd.js').CrowdTask} CrowdTask
 * @typedef {TimeTask | CopiesTask | CrowdTask | WeighTask | PausesTask | MillionsTask} Task
 */

// Node has it with --expose-gc; Bun has it under a name of its own.
globalThis.gc ??= /** @type {any} */ (globalThis).Bun?.gc;

/** @type {Task} */
const task = JSON.parse(process.argv[2] ?? '{}');
console.log(JSON.stringify(await run()));

function run() {
  switch (task.what) {
    case 'time':
      return time(task);
    case 'copies':
      return copies(task);
    case 'crowd':
      return crowd(task);
    case 'weigh':
      return weigh(task);
    case 'pauses':
      return pauses(task);
    case 'millions':
      return millions(task);
  }
}
