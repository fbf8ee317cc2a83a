// The options of saving and restoring, and their checks.

import type { Writable } from 'node:stream';
import { checkBytes, checkInteger, checkObject, wrongType } from '../checks.ts';
import { checkKeys } from '../external/key-ring.ts';
import { SessionCache } from '../index.ts';

/** The options of `saveSessions`. */
export interface SaveOptions {
  /**
   * 1 to 8 secrets of 32 random bytes: the first seals, all of them open. The same keys may serve
   * `attachExternal`: what is sealed here is sealed by keys derived from them.
   */
  keys: readonly Uint8Array[];
  /**
   * Identifies the purpose of the sessions: the service, the host, or random bytes from the process
   * that will restore them. They are restored only with the same `binding`. 0 to 64 bytes; a string
   * stands for its UTF-8. Default: empty.
   */
  binding?: string | Uint8Array | undefined;
  /**
   * Ends the wait for a destination that accepts no more data, or for a source that provides none.
   */
  signal?: AbortSignal | undefined;
}

/** The options of `restoreSessions`. */
export interface RestoreOptions extends SaveOptions {
  /** Most seconds since the stream was begun, 1 to 86,400. Default: 600. */
  maxAge?: number | undefined;
}

/** Takes the stream, piece by piece: the next one when the promise is kept. */
export type Destination = Writable | ((chunk: Uint8Array) => unknown);
/** Gives the stream, in pieces of any size: a Readable, say. */
export type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

const BINDING_MAX = 64;
const DAY = 86_400;
const encoder = new TextEncoder();

interface RestartSettings {
  keys: readonly Uint8Array[];
  binding: Uint8Array;
}

export function checkCache(cache: unknown): SessionCache {
  if (cache instanceof SessionCache) return cache;
  wrongType('cache', 'SessionCache', cache);
}

export function readSettings(options: SaveOptions): RestartSettings {
  checkObject(options, 'options');
  const { binding = '' } = options;
  const bytes = typeof binding === 'string' ? encoder.encode(binding) : binding;
  return {
    keys: checkKeys(options.keys),
    binding: new Uint8Array(checkBytes(bytes, 'binding', BINDING_MAX)),
  };
}

export function readMaxAge({ maxAge = 600 }: RestoreOptions): number {
  return checkInteger(maxAge, 'maxAge', 1, DAY);
}

export function readSignal({ signal }: SaveOptions): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  wrongType('signal', 'AbortSignal', signal);
}

/**
 * Waits for `work`, unless `signal` is aborted first.
 *
 * @throws the reason of the signal
 */
export async function untilAborted<T>(
  signal: AbortSignal | undefined,
  work: () => T | Promise<T>,
): Promise<T> {
  if (signal === undefined) return work();
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', stop!);
  }
}

/** A function that resolves when the destination has taken a chunk. */
export function writerFor(destination: unknown): (chunk: Uint8Array) => Promise<unknown> {
  if (typeof destination === 'function') {
    return async (chunk) => (destination as (chunk: Uint8Array) => unknown)(chunk);
  }
  const stream = destination as Writable | null | undefined;
  if (typeof stream?.write !== 'function' || typeof stream.once !== 'function') {
    wrongType('destination', 'Writable or function', destination);
  }
  return (chunk) =>
    new Promise<void>((resolve, reject) => {
      const fail = (error?: Error | null): void =>
        reject(error ?? new Error('the destination was closed'));
      const close = (): void => fail();
      stream.once('error', fail).once('close', close);
      stream.write(chunk, (error) => {
        stream.off('error', fail).off('close', close);
        if (error) fail(error);
        else resolve();
      });
    });
}

export function iteratorOf(source: unknown): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
  const iterable = source as
    (Partial<AsyncIterable<Uint8Array>> & Partial<Iterable<Uint8Array>>) | null | undefined;
  const iterator =
    typeof source === 'string'
      ? undefined
      : (iterable?.[Symbol.asyncIterator]?.() ?? iterable?.[Symbol.iterator]?.());
  if (iterator !== undefined) return iterator;
  wrongType('source', 'iterable of Uint8Array', source);
}
