// OpenSSL's own session cache: a C program that uses the system's libssl.

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('openssl.c', import.meta.url));
const folder = fileURLToPath(new URL('../../build/bench/', import.meta.url));
const program = `${folder}openssl`;
const LIMIT = 10 * 60_000; // milliseconds

/**
 * Builds the program and has it check OpenSSL's answers.
 * @returns {{ version: string } | { missing: string }} what it was linked with, or why it is left out
 * @throws {Error} when OpenSSL answers wrongly
 */
export function buildNative() {
  mkdirSync(folder, { recursive: true });
  const flags = ['-std=gnu11', '-O2', '-Wall', '-Wno-deprecated-declarations'];
  const args = [...flags, '-o', program, source, '-lssl', '-lcrypto', '-lm'];
  const { error, status, stderr } = spawnSync('gcc', args, { encoding: 'utf8' });
  if (error) return { missing: 'gcc is not here' };
  if (/openssl\/\S+: No such file|cannot find -l/.test(stderr)) return { missing: 'libssl-dev is not here' }; // prettier-ignore
  if (status !== 0) return { missing: `the driver does not build here:\n${stderr}` };
  return runNative({ what: 'check', size: 1000 });
}

/**
 * @param {{ what: 'check' | 'time' | 'weigh' | 'pauses', size: number, seconds?: number,
 *   scope?: 'all' | 'unprefixed' | 'basic' }} task
 * @returns {any}
 */
export function runNative({ what, size, seconds = 0, scope = 'all' }) {
  const args = [what, String(size), String(seconds), scope];
  const { error, status, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LIMIT,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${what} of OpenSSL failed`);
  return JSON.parse(stdout);
}
