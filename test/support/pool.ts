// Runs test files in several processes at a time. Each process runs one file after the other, as a
// run in one process does; a process that ends in the middle of a file fails that file, and another
// takes its place.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Failure, FileResult } from './run-file.ts';

/** Messages of a process to the pool. */
export type Told = { failure: Failure } | { result: FileResult } | { open: string[] };
/** Messages of the pool to a process. */
export type Order = { file: string } | 'end';

export interface Listener {
  failed: (failure: Failure) => void;
  ended: (result: FileResult) => void;
}

const WORKER = fileURLToPath(new URL('pool-worker.ts', import.meta.url));

/** Runs `files` in `jobs` processes. Resolves to what they have left open, a line each. */
export async function runInProcesses(
  files: readonly string[],
  jobs: number,
  listener: Listener,
): Promise<string[]> {
  const waiting = [...files];
  const open: string[] = [];
  const run = async (): Promise<void> => {
    while (waiting.length > 0) open.push(...(await runInOne(waiting, listener)));
  };
  await Promise.all(Array.from({ length: jobs }, run));
  return open;
}

/** Takes files from `waiting` until there are none, or the process has ended. */
function runInOne(waiting: string[], { failed, ended }: Listener): Promise<string[]> {
  const child: ChildProcess = fork(WORKER);
  const send = (order: Order): void => void child.send(order);
  let open: string[] = [];
  let current: string | undefined;
  const next = (): void => {
    current = waiting.shift();
    send(current === undefined ? 'end' : { file: current });
  };
  child.on('message', (told: Told) => {
    if ('failure' in told) failed(told.failure);
    else if ('open' in told) open = told.open;
    else {
      ended(told.result);
      next();
    }
  });
  next();
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      if (current !== undefined) {
        const text = `its process ended before it: ${signal ?? `exit code ${code}`}`;
        failed({ title: current, text });
      }
      resolve(open);
    });
  });
}
