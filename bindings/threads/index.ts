/**
 * *Experimental.* One session cache for all threads of a process. Node only.
 *
 * @module
 */

export type { SharedSessionCache, ThreadStats } from './cache.ts';
export { createSharedCache, joinSharedCache } from './create.ts';
export type { JoinOptions, SharedCacheOptions } from './create.ts';
export type { SharedCacheHandle } from './handle.ts';
