// Makes a cache that threads share, and joins one.

import { checkCallback, checkObject } from '../checks.ts';
import { systemClock } from '../clock.ts';
import { initialize, memoryFor, readOptions, setMode } from '../cache/options.ts';
import type { SessionCacheOptions } from '../cache/types.ts';
import { AREA_PAGES, PAGE_BYTES } from '../core/abi.generated.ts';
import { link } from '../core/link.ts';
import { SessionCacheError } from '../errors.ts';
import { skipSerials } from '../session/state.ts';
import { SharedSessionCache } from './cache.ts';
import { makeControl, offerSlot, takeSlot } from './control.ts';
import { SharedEngine } from './engine.ts';
import { buryIfEnded, type SharedCacheHandle, takeHandle, watchSharer } from './handle.ts';
import { busy, Lock, LONG } from './lock.ts';
import { fenceFunction, sharedModule } from './module.ts';
import { type SharedCore, SharedMemory } from './memory.ts';
import { canShare, thisThread, warn } from './platform.ts';

/** The options of `createSharedCache`: those of `new SessionCache`, without `profile`. */
export type SharedCacheOptions = Omit<SessionCacheOptions, 'profile'>;

/** The options of `joinSharedCache`, which apply to one thread only. */
export interface JoinOptions {
  /** The clock: whole seconds since the epoch. Default: that of `Date`, as for any cache. */
  now?: (() => number) | undefined;
}

/** Pages are not resident until they are used. Shared memory never grows beyond this. */
const MEMORY = 2 ** 30;
const MAX_PAGES = 2 ** 32 / PAGE_BYTES;

/**
 * *Experimental.* Makes a session cache that other threads can join. All its memory is reserved at
 * once and used as it fills: `maxMemory`, by default 1 GiB, and 2.2 MB for lookups of the threads.
 *
 * @throws TypeError or RangeError naming the option that is wrong; SessionCacheError
 *   `ERR_SESSCACHE_NO_MEMORY`, `ERR_SESSCACHE_NO_WASM`; in a page that is not cross-origin isolated
 *   `ERR_SESSCACHE_NOT_ISOLATED`.
 * @example
 * ```js
 * const cache = createSharedCache({ size: 100_000 });
 * const handle = cache.share();
 * new Worker(file, { workerData: handle, transferList: [handle.port] });
 * // in the other thread:
 * const cache = joinSharedCache(workerData);
 * ```
 */
export function createSharedCache(options: SharedCacheOptions = {}): SharedSessionCache {
  checkObject(options, 'options');
  const { profile } = options as SessionCacheOptions;
  if (profile !== undefined && profile !== 'manual') {
    throw new RangeError(`"profile" expected 'manual' for threads, got ${String(profile)}`);
  }
  refuseUnlessIsolated();
  const settings = readOptions(options, reservedFor);
  const { now, mode, context, verifyPeer, module = sharedModule() } = settings;
  const pages = Math.min(settings.pages, MAX_PAGES - AREA_PAGES);

  const control = makeControl();
  const pass = offerSlot(control);
  takeSlot(control, pass);
  const lock = new Lock(control, pass);
  return inside(lock, () => {
    const memory = new SharedMemory(linked(module, memoryOf(pages + AREA_PAGES)), lock);
    initialize(memory, { ...settings, pages });
    const engine = new SharedEngine(memory, lock, now);
    setMode(engine, mode);
    engine.context = context;
    engine.verifyPeer = verifyPeer;
    return opened(engine, module);
  });
}

function reservedFor(maxBytes: number): number {
  return Math.min(memoryFor(maxBytes), Math.max(MEMORY, maxBytes));
}

/**
 * *Experimental.* Joins the cache that another thread shares. Settings and sessions are those of
 * the cache; callbacks, if any, are to be set in each thread.
 *
 * @throws TypeError if `handle` is not a handle; SessionCacheError `ERR_SESSCACHE_SHARED` if it was
 *   used before, its port was not transferred, or it is of another version of this package;
 *   `ERR_SESSCACHE_CLOSED`; `ERR_SESSCACHE_BUSY`: the handle is used up, call `share()` again.
 * @example
 * ```js
 * const cache = joinSharedCache(workerData);
 * attachServer(server, cache, { namespace: 'app' });
 * ```
 */
export function joinSharedCache(
  handle: SharedCacheHandle,
  options: JoinOptions = {},
): SharedSessionCache {
  checkObject(options, 'options');
  const { now = systemClock } = options;
  checkCallback(now, 'now');
  refuseUnlessIsolated();
  const joined = takeHandle(handle);
  const { memory: shared, module, control, pass } = joined.parts;
  const lock = new Lock(new Int32Array(control), pass);
  try {
    return inside(lock, () => {
      const memory = new SharedMemory(linked(module, shared), lock);
      const engine = new SharedEngine(memory, lock, now);
      watchSharer(joined, engine);
      return opened(engine, module);
    });
  } catch (error) {
    joined.lifeline.close(); // the thread that shares frees the slot
    throw error;
  }
}

function inside<Result>(lock: Lock, act: () => Result): Result {
  if (!lock.enter(LONG)) throw busy();
  try {
    return act();
  } finally {
    lock.leave();
  }
}

function opened(engine: SharedEngine, module: WebAssembly.Module): SharedSessionCache {
  // Sessions are told apart by their serials, which each thread assigns by itself: the threads
  // start as far from each other as possible.
  if (!hasSerials) skipSerials(Math.imul(thisThread, 0x9e3779b1) >>> 0);
  hasSerials = true;
  engine.onRecovery = () => warnOfRecovery();
  engine.lock.onSilence = (holder) => buryIfEnded(engine, holder);
  const cache = new SharedSessionCache(engine, module);
  engine.owner = cache;
  return cache;
}

let hasSerials = false;
let hasWarned = false;

function warnOfRecovery(): void {
  if (hasWarned) return;
  hasWarned = true;
  warn(
    'SESSCACHE_SHARED_WIPED',
    'A thread ended in the middle of an operation of a shared session cache, so the cache has been ' +
      'emptied and each client makes one full handshake. To keep the sessions, close the servers of a ' +
      'thread before it ends.',
  );
}

function refuseUnlessIsolated(): void {
  if (canShare()) return;
  throw new SessionCacheError(
    'ERR_SESSCACHE_NOT_ISOLATED',
    'the page is not cross-origin isolated, so it cannot share memory with its workers: send it with ' +
      'the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
  );
}

function linked(module: WebAssembly.Module, memory: WebAssembly.Memory): SharedCore {
  return link(module, memory, { fence: fenceFunction() }).exports as unknown as SharedCore;
}

function memoryOf(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch {
    throw new SessionCacheError(
      'ERR_SESSCACHE_NO_MEMORY',
      `no shared memory of ${pages} pages: set maxMemory, or raise the limit (ulimit -v)`,
    );
  }
}
