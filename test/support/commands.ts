// Programs of the system that the tests need, as clients or as servers.

import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian's package for each program, where it is called otherwise. */
const PACKAGES: Record<string, string> = { nginx: 'nginx-light', 'redis-cli': 'redis-tools' };

/** Where Debian puts servers; not on the path of every user. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/**
 * The path of a program that a test starts itself.
 * @throws Error that names the package to install if there is none
 */
export function findProgram(program: string): string {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...MORE_FOLDERS]) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not there: the next folder
    }
  }
  throw new Error(missing(program));
}

/** Runs a command to its end and resolves to what it printed; rejects if it fails, that is with another exit code than `good`. */
export function run(command: string, args: string[], good = [0], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { timeout: 20_000 });
    child.stdin.on('error', () => {}); // closed early: the exit code tells
    child.stdin.end(input);
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? new Error(missing(command)) : error);
    });
    child.on('close', (code, signal) => {
      if (code !== null && good.includes(code)) resolve(output);
      else reject(new Error(`${command} ended with ${code ?? signal}: ${errors}\n${output}`));
    });
  });
}

/** OpenSSL's client, which exits with 1 when the server is the first to close. */
export function sClient(args: string[], input = ''): Promise<string> {
  return run('openssl', ['s_client', ...args], [0, 1], input);
}

function missing(program: string): string {
  return `this test needs the program ${program}: install the package ${PACKAGES[program] ?? program}`;
}
