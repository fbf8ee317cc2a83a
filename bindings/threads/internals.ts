// The port of adapters to a cache that threads share.

import type { Seconds } from '../checks.ts';
import { CacheInternals } from '../cache/internal.ts';
import { MISS_CAUSES, MISS } from '../core/abi.generated.ts';
import type { Connection, MissCause, RemovalCause } from '../cache/types.ts';
import { SessionCacheError } from '../errors.ts';
import type { Session } from '../session/session.ts';
import type { SharedSessionCache } from './cache.ts';
import type { SharedEngine } from './engine.ts';
import { BUSY_STORES } from './control.ts';
import { thisThread } from './platform.ts';

export class SharedInternals extends CacheInternals {
  readonly #engine: SharedEngine;
  readonly #cache: SharedSessionCache;

  constructor(engine: SharedEngine, cache: SharedSessionCache) {
    super(engine);
    this.#engine = engine;
    this.#cache = cache;
  }

  override get isShared(): boolean {
    return true;
  }

  override get thread(): number {
    return thisThread;
  }

  override atomically<Result>(act: () => Result): Result {
    return this.#engine.must(act, BUSY_STORES);
  }

  /** Returns a session with a copy of its bytes, not a view. */
  override lookUp(
    id: Uint8Array,
    connection: Connection | undefined,
  ): Session | MissCause | undefined {
    const engine = this.#engine;
    engine.lastMiss = 0; // of this thread
    return this.#cache.viewSession(id, connection) ?? MISS_CAUSES[engine.lastMiss - MISS];
  }

  override removeById(id: Uint8Array, version: number, cause: RemovalCause): boolean {
    return this.#engine.must(() => super.removeById(id, version, cause));
  }

  override revoke(tag: Uint8Array, last?: Seconds): number {
    return this.#engine.must(() => super.revoke(tag, last));
  }

  /** The other members need several calls, between which other threads could change the cache. */
  override alone(): never {
    throw new SessionCacheError(
      'ERR_SESSCACHE_SHARED',
      'a cache that threads share does not support this: use a cache of one thread',
    );
  }

  override find(): never {
    return this.alone();
  }

  override entries(): never {
    return this.alone();
  }

  override drainNext(): never {
    return this.alone();
  }

  override addLocated(): never {
    return this.alone();
  }

  override acceptTaken(): never {
    return this.alone();
  }

  override attachExternal(): never {
    return this.alone();
  }
}
