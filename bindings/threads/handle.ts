// Handles: how a thread joins a cache, and how the others learn that a thread has ended.
//
// Each handle carries one end of a lifeline (lifeline.ts); the thread that shares keeps the other.
// Only a cut lifeline proves that a thread will not write any more: silence does not, and neither
// does a lock that is held for long.

import { checkObject, describe } from '../checks.ts';
import type { WasmMemory, WasmModule } from '../core/wasm.ts';
import { SessionCacheError } from '../errors.ts';
import {
  buryThread,
  freeDeadSlots,
  IS_CLOSED,
  isControl,
  offerSlot,
  takeSlot,
  THREADS_MAX,
} from './control.ts';
import type { SharedEngine } from './engine.ts';
import { SHORT } from './lock.ts';
import { Lifeline } from './lifeline.ts';
import type { MessagePort } from './port.ts';

/**
 * Lets one other thread join a cache, once. Send it through `postMessage` or `workerData`, with
 * `port` in the list of transferred objects. Code that has it can read every session.
 */
export interface SharedCacheHandle {
  readonly sesscache: 'shared cache';
  /** Must be transferred. */
  readonly port: MessagePort;
  /** Version of the package. */
  readonly parts: {
    readonly memory: WasmMemory;
    readonly module: WasmModule;
    readonly control: SharedArrayBuffer;
    readonly pass: number;
    readonly sharer: number;
  };
}

/** The caller holds the lock. */
export function makeHandle(engine: SharedEngine, module: WasmModule): SharedCacheHandle {
  const { control, pass: sharer } = engine.lock;
  freeDeadSlots(control, (slot) => engine.memory.wipeArea(slot));
  const pass = offerSlot(control);
  if (pass === 0) {
    throw new SessionCacheError(
      'ERR_SESSCACHE_SHARED',
      `at most ${THREADS_MAX} threads share a cache, and as many have a handle already`,
    );
  }
  const lifeline = Lifeline.make();
  watch(lifeline, engine, pass);
  const { memory } = engine.memory.raw as unknown as { memory: WasmMemory };
  const parts = { memory, module, control: control.buffer as SharedArrayBuffer, pass, sharer };
  return { sesscache: 'shared cache', port: lifeline.far, parts };
}

/** A handle, after its slot was taken. */
export interface Joined {
  readonly parts: SharedCacheHandle['parts'];
  readonly lifeline: Lifeline;
}

/**
 * @throws TypeError if it is not a handle; SessionCacheError `ERR_SESSCACHE_SHARED` if it was used,
 *   or is of another version of the package; `ERR_SESSCACHE_CLOSED`.
 */
export function takeHandle(handle: SharedCacheHandle): Joined {
  checkObject(handle, 'handle');
  const { port, parts } = handle;
  if (handle.sesscache !== 'shared cache' || typeof parts !== 'object' || parts === null) {
    throw new TypeError(`"handle" expected the result of share(), got ${describe(handle)}`);
  }
  const { memory, module, control, pass, sharer } = parts;
  if (
    !(memory instanceof WebAssembly.Memory) ||
    !(module instanceof WebAssembly.Module) ||
    !isControl(control) ||
    !Number.isSafeInteger(pass) ||
    !Number.isSafeInteger(sharer)
  ) {
    throw refused('is of another version of this package, or has been altered');
  }
  const words = new Int32Array(control);
  if (Atomics.load(words, IS_CLOSED) !== 0) {
    throw new SessionCacheError('ERR_SESSCACHE_CLOSED', 'the session cache is closed');
  }
  const lifeline = takeLifeline(port);
  if (!takeSlot(words, pass)) {
    lifeline.close();
    throw refused('has been used: make one for each thread');
  }
  return { parts, lifeline };
}

/** Watches for the end of the thread that called `share`. */
export function watchSharer({ parts, lifeline }: Joined, engine: SharedEngine): void {
  watch(lifeline, engine, parts.sharer);
}

/**
 * Marks the thread that holds the lock as dead if it has ended. A thread that waits for the lock
 * calls this, because it receives no events while it waits.
 */
export function buryIfEnded(engine: SharedEngine, holder: number): void {
  if (engine.lifelines.get(holder)?.isCut) buryThread(engine.lock.control, holder);
}

function takeLifeline(port: MessagePort): Lifeline {
  try {
    return Lifeline.take(port);
  } catch {
    throw refused('has no open port: list it among what is transferred, and use it once');
  }
}

/** Marks the thread at the other end of a lifeline as dead when that is cut. */
function watch(lifeline: Lifeline, engine: SharedEngine, pass: number): void {
  const { control } = engine.lock;
  engine.lifelines.set(pass, lifeline);
  lifeline.watch(() => {
    engine.lifelines.delete(pass);
    buryThread(control, pass);
    if (engine.isClosed) {
      engine.wipeIfLast();
      return;
    }
    if (!engine.lock.enter(SHORT)) return; // the next thread that needs the lock does this
    try {
      freeDeadSlots(control, (slot) => engine.memory.wipeArea(slot));
    } finally {
      engine.leave();
    }
  });
}

function refused(why: string): SessionCacheError {
  return new SessionCacheError('ERR_SESSCACHE_SHARED', `the handle of the shared cache ${why}`);
}
