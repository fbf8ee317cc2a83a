/**
 * A second level for a SessionCache: a store that several processes share. Node only.
 *
 * @module
 */

import { checkInteger, checkObject } from '../checks.ts';
import type { AnyConnection, Session, SessionCache } from '../index.ts';
import { ExternalAttachment } from './external.ts';
import type { ExternalOptions } from './options.ts';
import type { ExternalStats } from './stats.ts';
import type { ExternalStore } from './store.ts';

export type { BreakerState } from './breaker.ts';
export { ExternalError } from './errors.ts';
export type { ExternalErrorCode } from './errors.ts';
export { memoryStore } from './memory.ts';
export type { MemoryStore, MemoryStoreOptions } from './memory.ts';
export type { ExternalOptions } from './options.ts';
export type { DropCause, ExternalMissCause, ExternalStats } from './stats.ts';
export type { Channel, ExternalStore } from './store.ts';
export type { BreakerEvent, StoreEvent } from '../telemetry/events.ts';

/** An external store that is attached to a cache. */
export interface External {
  /**
   * Resumes a single-use session: the call removes it from the store and the cache, so of all
   * processes that ask for it only one gets it. Only the store can decide which, so without its
   * answer in time the call returns nothing (but see `takeLocally`). `attachServer` uses this for
   * TLS 1.3.
   *
   * @returns as `resumeSessionAsync`. The caller owns the data of the session and should overwrite
   *   it after use.
   */
  take(id: Uint8Array, connection?: AnyConnection): Promise<Session | undefined>;
  /**
   * Replaces the keys: from now on the first one seals, and all of them open. Keys that are left
   * out are overwritten, and the values that they sealed can no longer be opened.
   *
   * @throws TypeError or RangeError; then nothing has changed.
   */
  setKeys(keys: readonly Uint8Array[]): void;
  /** Returns a snapshot of the counters since it was attached. */
  stats(): ExternalStats;
  /**
   * Waits until all writes have ended or were dropped, at most `timeout` ms (default: 1,000).
   * Resolves to whether none is left.
   */
  flush(options?: { timeout?: number | undefined }): Promise<boolean>;
  /**
   * Detaches the store at once: restores the callbacks, ends lookups without a session, drops and
   * counts waiting writes, and overwrites the keys. The cache and the connection of the store stay
   * open. A second call does nothing.
   */
  detach(): void;
  /** `flush`, then `detach`. */
  close(options?: { timeout?: number | undefined }): Promise<void>;
}

/**
 * Attaches an external store to a cache. The cache then looks up in the store the sessions that it
 * does not have (with `NO_INTERNAL_LOOKUP`: all sessions), keeps a copy of those that it finds
 * (with `NO_INTERNAL_STORE`: none), and writes new sessions, removals and revocations to the store.
 * Sessions that the cache evicts, flushes or finds expired stay in the store.
 *
 * Lookups are asynchronous: use `resumeSessionAsync`, or `attachServer`, which does. They end at
 * the deadline and never reject: errors, late answers and values that cannot be verified are
 * misses.
 *
 * The store takes the cache's get callback; the program's new and remove callbacks are still
 * called. `close()` of the cache detaches the store.
 *
 * @throws ExternalError if the cache has a store or a get callback already, or if sessions would
 *   leave the process unsealed; TypeError or RangeError naming the argument that is wrong.
 *
 * @example
 * ```js
 * const cache = new SessionCache();
 * const external = attachExternal(cache, redisStore(client), { keys: [secret] });
 * attachServer(server, cache, { namespace: 'my-site', tls13: true });
 * ```
 */
export function attachExternal(
  cache: SessionCache,
  store: ExternalStore,
  options: ExternalOptions = {},
): External {
  const attachment = new ExternalAttachment(cache, store, options);
  const flush: External['flush'] = async (limits = {}) => {
    checkObject(limits, 'options');
    return attachment.flush(checkInteger(limits.timeout ?? 1000, 'timeout', 0, 2 ** 31 - 1));
  };
  return {
    take: (id, connection) => attachment.take(id, connection),
    setKeys: (keys) => attachment.setKeys(keys),
    stats: () => attachment.stats(),
    flush,
    detach: () => attachment.detach(),
    close: async (limits) => {
      await flush(limits);
      attachment.detach();
    },
  };
}
