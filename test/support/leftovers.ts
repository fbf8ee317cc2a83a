// What tests leave open: servers, sockets, timers, child processes. A run ends all the same, and
// says so.

import { ChildProcess } from 'node:child_process';
import { Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

/** What keeps the process alive, timers aside. Node has had it for twelve years, undocumented. */
const activeHandles = (process as unknown as Record<string, () => object[]>)['_getActiveHandles']!;

const GRACE = 1000; // ms for what is being closed
const own = new WeakSet<object>(activeHandles.call(process));
const openedBy = new WeakMap<object, string>();

/** Attributes to `file` what is open now and was not before. */
export function noteOpen(file: string): void {
  for (const handle of handles()) {
    if (!openedBy.has(handle)) openedBy.set(handle, file);
  }
}

/** What is still open after a moment, a line each. Processes among it are ended. */
export async function leftOpen(): Promise<string[]> {
  for (const end = Date.now() + GRACE; handles().length > 0 && Date.now() < end;) await sleep(50);
  return handles().map((handle) => {
    if (handle instanceof ChildProcess) handle.kill('SIGKILL');
    return `${openedBy.get(handle) ?? 'a test'}: ${describe(handle)}`;
  });
}

/**
 * Destroys sockets that never connect: where an option makes `tls.connect` throw, Node has made the
 * socket already, and never returns it.
 */
export function destroyUnconnected(): void {
  for (const handle of handles()) {
    if (handle instanceof Socket && handle.connecting) handle.destroy();
  }
}

function handles(): object[] {
  const standard = [process.stdin, process.stdout, process.stderr] as object[];
  return activeHandles
    .call(process)
    .filter((handle) => !own.has(handle) && !standard.includes(handle))
    .filter((handle) => !(handle instanceof Socket && handle.destroyed));
}

function describe(handle: object): string {
  if (handle instanceof ChildProcess) return `process ${handle.pid}, ${handle.spawnargs.join(' ')}`;
  if (handle instanceof Server) return `${handle.constructor.name} at ${JSON.stringify(handle.address())}`; // prettier-ignore
  if (handle instanceof Worker) return `worker thread ${handle.threadId}`;
  if (handle instanceof Socket && handle.remotePort !== undefined) {
    return `${handle.constructor.name} from port ${handle.localPort} to ${handle.remotePort}`;
  }
  return handle.constructor.name;
}
