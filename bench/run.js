// One task in a process of its own, see child.js: prints its result as JSON.

import { weigh } from './memory.js';
import { time } from './time.js';

/**
 * @typedef {{ what: 'time' | 'weigh', name: string, size: number, seconds: number }} Task
 */

/** @type {Task} */
const { what, name, size, seconds } = JSON.parse(process.argv[2] ?? '{}');
const result = what === 'time' ? await time(name, size, seconds) : await weigh(name, size);
console.log(JSON.stringify(result));
