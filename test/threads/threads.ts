// Threads for the tests here, and a look into what they share.

import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { createSharedCache, type SharedCacheOptions, type SharedSessionCache } from '../../bindings/threads/index.ts'; // prettier-ignore
import { engineOf as anyEngineOf } from '../../bindings/cache/internal.ts';
import type { SharedEngine } from '../../bindings/threads/engine.ts';

// Node 20 aborts now and then if a thread is terminated while V8 compiles for it on another thread:
// "Assertion failed: (data.first) != nullptr" in node_platform.cc.
setFlagsFromString('--no-concurrent-recompilation');

const root = new URL('../../', import.meta.url);

/** A shared cache, and the same memory as the checker of the debug build sees it. */
export class Shared {
  readonly cache: SharedSessionCache;
  readonly #validate: () => void;
  readonly #memory: WebAssembly.Memory;

  constructor(options: SharedCacheOptions = {}) {
    this.cache = createSharedCache(options);
    const handle = this.cache.share();
    this.#memory = handle.parts.memory;
    handle.port.close();
    const module = new WebAssembly.Module(readFileSync(new URL('build/shared-debug.wasm', root)));
    const abort = (): never => {
      throw new Error('an invariant does not hold');
    };
    const instance = new WebAssembly.Instance(module, {
      env: { memory: this.#memory, abort, fence: () => {} },
    });
    this.#validate = instance.exports['validate'] as () => void;
  }

  /** A thread that has joined. */
  start(role: string, data: object = {}, options: WorkerOptions = {}): Worker {
    const handle = this.cache.share();
    return new Worker(new URL('worker.mjs', import.meta.url), {
      ...options,
      execArgv: [], // without tsx: it joins by what is distributed
      workerData: { ...data, role, handle },
      transferList: [handle.port],
    });
  }

  /** Checks all invariants, while no thread changes anything. */
  validate(): void {
    this.#atomically(() => this.#validate());
  }

  /** Whether bytes are anywhere in the memory. */
  holds(bytes: string): boolean {
    return this.#atomically(() => Buffer.from(this.#memory.buffer).includes(bytes));
  }

  bytes(): Buffer {
    return Buffer.from(this.#memory.buffer);
  }

  /** How many globals of a build can change. */
  static mutableGlobals(name: string): number {
    const bytes = readFileSync(new URL(`build/${name}`, root));
    let at = 8;
    const number = (): number => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++]!;
        value |= (byte & 127) << shift;
        if (byte < 128) return value >>> 0;
      }
    };
    while (at < bytes.length) {
      const section = bytes[at++];
      const end = number() + at;
      if (section === 6) {
        let mutable = 0;
        for (let left = number(); left > 0; left--) {
          at++; // its type
          mutable += bytes[at++]!;
          at++; // i32.const, or i64.const
          number();
          at++; // end
        }
        return mutable;
      }
      at = end;
    }
    return 0;
  }

  #atomically<Result>(act: () => Result): Result {
    return engineOf(this.cache).must(act);
  }
}

/** The next message of a thread; an error of the thread is thrown. */
export async function messageOf<Message>(worker: Worker): Promise<Message> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off('message', told).off('error', failed).off('exit', ended);
      act();
    };
    const told = (message: Message): void => settle(() => resolve(message));
    const failed = (error: unknown): void => settle(() => reject(error));
    const ended = (): void => settle(() => reject(new Error('the thread has ended')));
    worker.on('message', told).on('error', failed).on('exit', ended);
  });
}

export function engineOf(cache: SharedSessionCache): SharedEngine {
  return anyEngineOf(cache) as SharedEngine;
}

/** Deterministic random numbers. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
