// A store in the memory of this process: for several caches of one process, for tests, and as an
// example of a store.

import { checkInteger, checkObject, copyOf } from '../checks.ts';
import type { Channel, ExternalStore } from './store.ts';

/** The options of `memoryStore`. */
export interface MemoryStoreOptions {
  /** Most values; beyond that the oldest is dropped. Default: 20,480. */
  size?: number | undefined;
}

/** A store in this process. */
export interface MemoryStore extends ExternalStore {
  take(key: string): Promise<Uint8Array | null>;
  readonly channel: Channel;
  /** Number of values, including expired ones that have not been read since. */
  readonly size: number;
  /** Overwrites and drops all values. */
  clear(): void;
}

interface Entry {
  value: Uint8Array;
  /** On the clock of `performance.now()`. */
  until: number;
}

/**
 * An `ExternalStore` in the memory of this process, with `take` and a channel, for several caches
 * of the process. Values are overwritten when they leave.
 *
 * @throws TypeError or RangeError naming the option that is wrong.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  checkObject(options, 'options');
  const most = checkInteger(options.size ?? 20_480, 'size', 1, 2 ** 24);
  const entries = new Map<string, Entry>();
  const listeners = new Set<(message: Uint8Array) => void>();

  const drop = (key: string): void => {
    entries.get(key)?.value.fill(0);
    entries.delete(key);
  };
  const find = (key: string): Uint8Array | null => {
    const entry = entries.get(key);
    if (entry === undefined) return null;
    if (entry.until > performance.now()) return copyOf(entry.value);
    drop(key);
    return null;
  };

  return {
    isLocal: true,
    get size() {
      return entries.size;
    },
    async get(key) {
      return find(key);
    },
    async set(key, value, ttlMs) {
      drop(key);
      if (entries.size >= most) {
        for (const oldest of entries.keys()) {
          drop(oldest);
          break;
        }
      }
      entries.set(key, { value: copyOf(value), until: performance.now() + ttlMs });
    },
    async delete(key) {
      drop(key);
    },
    async take(key) {
      const value = find(key);
      drop(key);
      return value;
    },
    clear() {
      for (const key of entries.keys()) drop(key);
    },
    channel: {
      async publish(message) {
        for (const listener of listeners) listener(copyOf(message));
      },
      subscribe(listener) {
        const subscriber = (message: Uint8Array): void => listener(message);
        listeners.add(subscriber);
        return () => void listeners.delete(subscriber);
      },
    },
  };
}
