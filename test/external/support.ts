// Workers: caches that share a store, as processes share a Redis.

import { createHash } from 'node:crypto';
import * as assert from 'uvu/assert';
import {
  attachExternal,
  type External,
  type ExternalOptions,
  type ExternalStats,
  type ExternalStore,
  memoryStore,
  type MemoryStore,
} from '../../bindings/external/index.ts';
import {
  Session,
  SessionCache,
  type SessionCacheOptions,
  type SessionOptions,
} from '../../bindings/index.ts';
import { memoryBackend } from './simulation/network.ts';

/** A key that is the same in every run. */
export function key(n: number): Uint8Array {
  return createHash('sha256').update(`test key ${n}`).digest();
}

/** The keys in each phase of one rotation after another; the first one seals. */
export function keysAt(phase: number): Uint8Array[] {
  const [old, next] = [key(Math.floor(phase / 3)), key(Math.floor(phase / 3) + 1)];
  return [[old], [old, next], [next, old]][phase % 3]!;
}

/** A session id of 32 bytes that begins with `n`. */
export function id(n: number): Uint8Array {
  const bytes = createHash('sha256').update(`test id ${n}`).digest();
  bytes[0] = n;
  return bytes;
}

export const DATA = Buffer.from('the master secret of a session, never to be seen in a store');

/** A session that a handshake has just made. */
export function session(n: number, options: Partial<SessionOptions> = {}): Session {
  return new Session({ id: id(n), data: DATA, timeout: 300, ...options });
}

/** A store that is not local, so that values are sealed. */
export function remote(store: MemoryStore = memoryStore()): MemoryStore {
  return Object.defineProperties({} as MemoryStore, {
    ...Object.getOwnPropertyDescriptors(store),
    isLocal: { value: false, enumerable: true },
  });
}

/** The same, with `add` and `replace`. */
export function guardedStore(): MemoryStore & Required<Pick<ExternalStore, 'add' | 'replace'>> {
  let backend = memoryBackend(clock);
  const { channel } = memoryStore();
  return {
    isLocal: false,
    channel,
    size: 0,
    clear: () => (backend = memoryBackend(clock)),
    get: async (name) => backend.get(name),
    set: async (name, value, ttlMs) => backend.set(name, value, ttlMs),
    add: async (name, value, ttlMs) => backend.add(name, value, ttlMs),
    replace: async (name, value) => backend.replace(name, value),
    take: async (name) => backend.take(name),
    delete: async (name) => backend.delete(name),
  };
}

const clock = {
  get now() {
    return performance.now();
  },
};

/** The values that removing one session leaves in a store, for each key of the remover. */
export const TOMBSTONES = 2;

/** A cache with an external store, as in one process. */
export interface Worker {
  cache: SessionCache;
  external: External;
  /** Ends a handshake that made a session. */
  make(n: number, options?: Partial<SessionOptions>): Session;
  /** Whether the session of an id resumes. */
  resumes(n: number): Promise<boolean>;
  /** All misses that are not 0. */
  misses(): Partial<ExternalStats['misses']>;
}

export interface WorkerOptions extends ExternalOptions {
  cache?: SessionCacheOptions;
}

const workers = new Set<Worker>();
/** The package's timers do not keep a process running; sockets would, and there are none. */
let alive: NodeJS.Timeout | undefined;

/** A worker; `retire` ends it. */
export function worker(store: ExternalStore, options: WorkerOptions = {}): Worker {
  const { cache: cacheOptions, ...externalOptions } = options;
  const cache = new SessionCache(cacheOptions);
  const sealed = externalOptions.unsealed === true || store.isLocal === true;
  const keys = externalOptions.keys ?? (sealed ? undefined : [key(1)]);
  const external = attachExternal(cache, store, {
    deadline: 2000,
    onError: () => {},
    ...externalOptions,
    keys,
  });
  const made: Worker = {
    cache,
    external,
    make(n, sessionOptions) {
      const fresh = session(n, sessionOptions);
      cache.finishHandshake('server', fresh, {
        connection: { protocolVersion: fresh.protocolVersion },
      });
      return fresh;
    },
    async resumes(n) {
      const found = await cache.resumeSessionAsync(id(n));
      if (found) assert.equal(Buffer.from(found.data), DATA);
      return found !== undefined;
    },
    misses: () => nonZero(external.stats().misses),
  };
  workers.add(made);
  alive ??= setInterval(() => {}, 60_000);
  return made;
}

/** Ends all workers. */
export function retire(): void {
  for (const { cache } of workers) cache.close();
  workers.clear();
  clearInterval(alive);
  alive = undefined;
}

export function nonZero<Name extends string>(counts: Record<Name, number>): Record<Name, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as Record<
    Name,
    number
  >;
}

/** Resolves when all writes have reached the store. */
export async function settled(...all: Worker[]): Promise<void> {
  for (const { external } of all) assert.ok(await external.flush(), 'all is written');
}
