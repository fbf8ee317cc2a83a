// The options of `attachExternal`, their checks and defaults.

import { checkBoolean, copyBytes, checkCallback, checkFunction, checkInteger, checkObject } from '../checks.ts'; // prettier-ignore
import { internalsOf } from '../cache/internal.ts';
import type { SessionCache } from '../index.ts';
import { ExternalError } from './errors.ts';
import { checkKeys } from './key-ring.ts';
import type { ExternalStore } from './store.ts';

/** The options of `attachExternal`. Times are in milliseconds. */
export interface ExternalOptions {
  /**
   * 1 to 8 secrets of 32 random bytes: the first seals, all of them open. Copied; overwrite your
   * copies afterwards. Required unless the store is local or `unsealed` is set.
   */
  keys?: readonly Uint8Array[] | undefined;
  /**
   * Values are written to the store unencrypted, master secrets included. An attacker who can write
   * to the store then decides which clients are accepted. Default: false.
   */
  unsealed?: boolean | undefined;
  /**
   * Caches of one namespace share sessions. 0 to 32 bytes; a string stands for its UTF-8. Default:
   * empty.
   */
  namespace?: string | Uint8Array | undefined;
  /** Time limit of a lookup; after it, a full handshake. 1 to 60,000. Default: 25. */
  deadline?: number | undefined;
  /** Failures in a row that open the breaker, 1 to 1,000. Default: 5. */
  failures?: number | undefined;
  /** How long the store is not called after the breaker has opened. Default: 1,000. */
  cooldown?: number | undefined;
  /**
   * How long the answer "no such session" is remembered for an id, 0 to 1,000; 0: not at all. A
   * session that another process stores during that time is found only after it. Default: 250.
   */
  absentFor?: number | undefined;
  /** Most waiting writes; beyond that the oldest waiting session is dropped. Default: 10,000. */
  maxQueue?: number | undefined;
  /** Most bytes of waiting writes, as this package counts them. Default: 8 MiB. */
  maxQueueBytes?: number | undefined;
  /** Time limit of a write. Default: 1,000. */
  writeDeadline?: number | undefined;
  /**
   * Whether a single-use session resumes from this cache's copy while the store cannot be asked.
   * Another process may have used it already. Default: false: a full handshake.
   */
  takeLocally?: boolean | undefined;
  /**
   * Called with each error that the store throws or rejects with. Default: a process warning for
   * the first.
   */
  onError?: ((error: unknown) => void) | undefined;
}

/** The checked options with their defaults, without the keys. */
export interface ExternalSettings {
  namespace: Uint8Array;
  deadline: number;
  failures: number;
  cooldown: number;
  absentFor: number;
  maxQueue: number;
  maxQueueBytes: number;
  writeDeadline: number;
  takeLocally: boolean;
  onError: ((error: unknown) => void) | undefined;
}

const MINUTE = 60_000;
const encoder = new TextEncoder();

export function readOptions(options: ExternalOptions): ExternalSettings {
  checkObject(options, 'options');
  const { namespace = '', deadline = 25, failures = 5, cooldown = 1000 } = options;
  const { absentFor = 250, maxQueue = 10_000, maxQueueBytes = 8 * 2 ** 20 } = options;
  const bytes = typeof namespace === 'string' ? encoder.encode(namespace) : namespace;
  return {
    namespace: copyBytes(bytes, 'namespace'),
    deadline: checkInteger(deadline, 'deadline', 1, MINUTE),
    failures: checkInteger(failures, 'failures', 1, 1000),
    cooldown: checkInteger(cooldown, 'cooldown', 1, 60 * MINUTE),
    absentFor: checkInteger(absentFor, 'absentFor', 0, 1000),
    maxQueue: checkInteger(maxQueue, 'maxQueue', 1, 10_000_000),
    maxQueueBytes: checkInteger(maxQueueBytes, 'maxQueueBytes', 1, 2 ** 32),
    writeDeadline: checkInteger(options.writeDeadline ?? 1000, 'writeDeadline', 1, MINUTE),
    takeLocally: checkBoolean(options.takeLocally ?? false, 'takeLocally'),
    onError: checkCallback(options.onError, 'onError'),
  };
}

/** The checked keys; undefined if values stay unsealed, which the store or the caller allows. */
export function readKeys(
  options: ExternalOptions,
  store: ExternalStore,
): readonly Uint8Array[] | undefined {
  const unsealed = checkBoolean(options.unsealed ?? false, 'unsealed');
  if (options.keys !== undefined) {
    const keys = checkKeys(options.keys);
    if (!unsealed) return keys;
    throw new ExternalError('ERR_SESSCACHE_UNSEALED', '`keys` and `unsealed` are set: drop one');
  }
  if (unsealed || store.isLocal === true) return undefined;
  throw new ExternalError(
    'ERR_SESSCACHE_UNSEALED',
    'sessions contain secrets and the store is outside this process: pass `keys`, or set `unsealed`',
  );
}

export function checkStore(store: ExternalStore): ExternalStore {
  checkObject(store, 'store');
  for (const name of ['get', 'set', 'delete'] as const) checkFunction(store[name], `store.${name}`);
  checkCallback(store.take, 'store.take');
  checkCallback(store.add, 'store.add');
  checkCallback(store.replace, 'store.replace');
  if (store.channel !== undefined && store.channel !== null) {
    checkObject(store.channel, 'store.channel');
    checkFunction(store.channel.publish, 'store.channel.publish');
    checkFunction(store.channel.subscribe, 'store.channel.subscribe');
  }
  return store;
}

/** Throws for a cache that already has a store or a get callback of the program. */
export function checkFree(cache: SessionCache): void {
  if (internalsOf(cache).external !== undefined) {
    throw new ExternalError('ERR_SESSCACHE_ATTACHED', 'the cache has a store: detach it first');
  }
  if (cache.getGetSessionCallback() !== undefined) {
    throw new ExternalError(
      'ERR_SESSCACHE_CALLBACKS',
      'the cache has a get callback, which the store would replace: remove it first',
    );
  }
}
