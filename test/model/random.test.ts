// A million random calls, each compared with the model, in as many processes as have a core. More
// on demand: see cli.ts.

import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('random calls against the model');
const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
const PROCESSES = Math.min(availableParallelism(), 4);

/** Runs sequences 1 to `sequences` of `count` calls; fails with what the processes print. */
async function agree(sequences: number, count: number, ...options: string[]): Promise<void> {
  const share = Math.ceil(sequences / PROCESSES);
  const running: Promise<string>[] = [];
  for (let seed = 1; seed <= sequences; seed += share) {
    const many = Math.min(share, sequences + 1 - seed);
    const plan = ['--seed', `${seed}`, '--sequences', `${many}`, '--count', `${count}`];
    running.push(failureOf([...plan, ...options]));
  }
  assert.is((await Promise.all(running)).join(''), '');
}

function failureOf(options: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...process.execArgv, cli, ...options], (error, _out, stderr) => {
      resolve(error ? `${stderr}\n${error.message}\n` : '');
    });
  });
}

test('caches of any small size, in both profiles', () => agree(310, 3000));

test('a cache of 100 sessions', () => agree(3, 1500, '--size', '100'));

test('a cache limited by bytes', () => agree(15, 2000, '--limit', 'bytes'));

test('a cache short of memory', () => agree(6, 1500, '--limit', 'memory'));

test('the core holds its invariants after every call', () => agree(14, 1500, '--debug'));

test('so does that of a cache of 100', () => agree(3, 700, '--size', '100', '--debug'));

test('and those of limited caches', async () => {
  await agree(6, 1000, '--limit', 'bytes', '--debug');
  await agree(4, 1000, '--limit', 'memory', '--debug');
});

test.run();
