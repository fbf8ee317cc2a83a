import cluster from 'node:cluster';
import { checkInteger, checkObject, outOfRange, wrongType } from '../checks.ts';
import { PrimaryValues } from './values.ts';
import { PrimaryStore } from './primary.ts';
import type { ClusterStore, ClusterStoreOptions } from './types.ts';
import { WorkerStore } from './worker.ts';

const DEFAULT_BYTES = 64 * 1024 * 1024;
/** The longest that a timer of Node waits. */
const LONGEST = 2 ** 31 - 1;

/** Names of the stores of this process. */
const open = new Set<string>();

/**
 * The sessions of a `node:cluster` in the memory of its primary process, as the store of
 * `attachExternal`. Call it in the primary, where it keeps the values and answers, and in each
 * worker, where it asks over the cluster's own messages. In a process without a cluster it is a
 * store of that process.
 *
 * The primary's memory is bounded and wiped as that of a SessionCache is. On their way sessions
 * pass through the channel between the processes and through both garbage-collected heaps: give
 * `attachExternal` keys if they shall be sealed there too.
 *
 * `process.on('message')` of the application sees the store's messages: objects with a field
 * `sesscache`. The store ignores all others. Values are at most 16,384 bytes.
 *
 * @throws TypeError or RangeError naming what is wrong; Error: a store of that name is open.
 */
export function clusterStore(options: ClusterStoreOptions = {}): ClusterStore {
  checkObject(options, 'options');
  const { name = 'default', size = 0, maxBytes = DEFAULT_BYTES, timeout = 1000 } = options;
  checkName(name);
  checkInteger(size, 'size', 0, Number.MAX_SAFE_INTEGER);
  checkInteger(maxBytes, 'maxBytes', 0, Number.MAX_SAFE_INTEGER);
  checkInteger(timeout, 'timeout', 1, LONGEST);
  if (open.has(name))
    throw new Error(`this process has a cluster store '${name}': close that first`);
  const onClose = (): void => void open.delete(name);
  const store = cluster.isWorker
    ? new WorkerStore(name, timeout, onClose)
    : new PrimaryStore(name, new PrimaryValues(size, maxBytes), onClose);
  open.add(name);
  return store;
}

function checkName(name: unknown): void {
  if (typeof name !== 'string') {
    wrongType('name', 'string', name);
  }
  if (name.length < 1 || name.length > 100) {
    outOfRange('name', '1..100 characters', name.length);
  }
}
