// Type-checked, never run, by ../types.js: a page that shares a cache with its workers.
import { createSharedCache, type SharedCacheHandle, type SharedSessionCache } from 'sesscache/threads'; // prettier-ignore

const cache: SharedSessionCache = createSharedCache({ size: 1000, maxMemory: 2 ** 24 });
const worker = new Worker('worker.js', { type: 'module' });
const handle: SharedCacheHandle = cache.share();
worker.postMessage(handle, [handle.port]);
