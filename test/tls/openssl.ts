// The openssl command, for the tests that need a client other than Node's.

import { spawn } from 'node:child_process';
import { findProgram } from '../support/commands.ts';

/** Runs `openssl` with `args` and `input`; resolves to what it printed, rejects if it fails. */
export function openssl(args: string[], input?: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(findProgram('openssl'), args, { timeout: 10_000 });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.stdin.on('error', () => {}); // closed early: the exit code tells
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`openssl ${args[0]} ended with ${code}: ${errors}`));
    });
  });
}
