// Runs the programs of examples/ as a user does: in a child process, with the built package.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';

export const root: string = join(import.meta.dirname, '../..');

/** Starts `node <args>` in the root of the project. */
export function startNode(...args: string[]): ChildProcess {
  assert.ok(existsSync(join(root, 'dist/index.js')), 'the package is not built: npm run build');
  return spawn(process.execPath, args, { cwd: root, timeout: 60_000 });
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `node <args>` to its end. */
export function runNode(...args: string[]): Promise<Ended> {
  const child = startNode(...args);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
