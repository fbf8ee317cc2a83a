/**
 * A second level behind a SessionCache: a store that other processes share. Node only.
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

/** A store at work behind a cache. */
export interface External {
  /**
   * Resumes a session that may be used once only: it leaves the store and the cache as it is handed
   * out, and of any number of processes that ask for it one gets it. Only the store can say who; so
   * where it does not answer in time, none does (but see `takeLocally`). `attachServer` does this
   * for TLS 1.3.
   *
   * @returns as `resumeSessionAsync`. The data of the session is the caller's to overwrite.
   */
  take(id: Uint8Array, connection?: AnyConnection): Promise<Session | undefined>;
  /**
   * Replaces the keys: the first seals from now on, all of them open. Those left out are
   * overwritten, and what they sealed is never opened again.
   *
   * @throws TypeError or RangeError; then nothing has changed.
   */
  setKeys(keys: readonly Uint8Array[]): void;
  /** What happened since it was attached, as of now. */
  stats(): ExternalStats;
  /**
   * Waits until all that is to be written is written or given up, at most `timeout` ms (default:
   * 1,000). Returns whether nothing is left.
   */
  flush(options?: { timeout?: number | undefined }): Promise<boolean>;
  /**
   * Takes the store away at once: the callbacks are as before, lookups end without a session, what
   * was to be written is dropped and counted, keys are overwritten. The cache and the store's
   * connection stay as they are. A second call does nothing.
   */
  detach(): void;
  /** `flush`, then `detach`. */
  close(options?: { timeout?: number | undefined }): Promise<void>;
}

/**
 * Puts a store behind a cache, which then looks there for what it does not have itself
 * (`NO_INTERNAL_LOOKUP`: at once), keeps a copy of what it finds (`NO_INTERNAL_STORE`: none), and
 * sends there what handshakes make and what is removed, aborted or revoked. What is evicted,
 * flushed or expired stays in the store.
 *
 * Lookups are asynchronous: use `resumeSessionAsync`, or `attachServer`, which does. They end at
 * the deadline, and whatever the store does, they never reject: what it cannot prove is a miss.
 *
 * The cache's get callback is taken, its new callback is still called, its remove callback is left
 * alone. `close()` of the cache detaches the store.
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
