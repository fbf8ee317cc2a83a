/**
 * Experimental. Every TLS client of a process resumes sessions: `node --import sesscache/auto
 * app.js`, or `install()`. Node only.
 *
 * @module
 */

import { install } from './install.ts';
import { isPreloaded } from './preloaded.ts';

export { install } from './install.ts';
export type { InstallOptions } from './install.ts';

if (isPreloaded(process.execArgv, process.env.NODE_OPTIONS)) install();
