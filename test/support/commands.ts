// Programs of the system that the tests need, as clients or as servers.

import { spawn } from 'node:child_process';
import { locate } from './programs.js';
import { MissingProgram } from './suite.ts';

/**
 * The path of a program that a test starts itself.
 * @throws MissingProgram, which has the test left out, if this machine does not have it
 */
export function findProgram(program: string): string {
  const path = locate(program);
  if (path === undefined) throw new MissingProgram(program);
  return path;
}

/**
 * Runs a command to its end and resolves to what it printed; rejects if it fails, that is with
 * another exit code than `good`.
 */
export function run(command: string, args: string[], good = [0], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const path = command.includes('/') ? command : findProgram(command);
    const child = spawn(path, args, { timeout: 20_000 });
    child.stdin.on('error', () => {}); // closed early: the exit code tells
    child.stdin.end(input);
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('error', reject);
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
