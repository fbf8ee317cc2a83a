/**
 * *Experimental.* One session cache for all threads of a process, in Node, or of a page
 * that is cross-origin isolated.
 *
 * @module
 */

export type { SharedSessionCache, ThreadStats } from './cache.ts';
export { createSharedCache, joinSharedCache } from './create.ts';
export type { JoinOptions, SharedCacheOptions } from './create.ts';
export type { SharedCacheHandle } from './handle.ts';
