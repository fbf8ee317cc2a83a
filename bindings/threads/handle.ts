// Handles: how a thread joins a cache, and how the others learn that a thread has ended.
//
// Each handle carries one end of a channel; the thread that shares keeps the other. A port closes
// when its thread ends, in whatever way, once the last of the thread's code has run. So a port that
// has closed is proof that its thread writes no more, and nothing else is: neither silence nor a
// lock that is held for long. For that, no port may be in the program's reach: a thread that joins
// passes the port of the handle on to itself, so that the handle's own can no longer be closed.

import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
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

/**
 * What another thread joins a cache with, once. Goes through `postMessage` and `workerData`, with
 * `port` in the list of what is transferred. Whoever has it can read every session.
 */
export interface SharedCacheHandle {
  readonly sesscache: 'shared cache';
  /** Must be transferred. */
  readonly port: MessagePort;
  /** Of the package. */
  readonly parts: {
    readonly memory: WasmMemory;
    readonly module: WasmModule;
    readonly control: SharedArrayBuffer;
    readonly pass: number;
    readonly sharer: number;
  };
}

/** Ports whose other end may be in a living thread. */
const ports = new Set<MessagePort>();

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
  const { port1, port2 } = new MessageChannel();
  watch(port1, engine, pass);
  const { memory } = engine.memory.raw as unknown as { memory: WasmMemory };
  const parts = { memory, module, control: control.buffer as SharedArrayBuffer, pass, sharer };
  return { sesscache: 'shared cache', port: port2, parts };
}

/** A handle whose port is this thread's alone, and whose slot is taken. */
export interface Joined {
  readonly parts: SharedCacheHandle['parts'];
  readonly port: MessagePort;
}

/**
 * @throws TypeError: it is no handle; SessionCacheError `ERR_SESSCACHE_SHARED`: it has been used,
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
  const own = movePort(port);
  if (!takeSlot(words, pass)) {
    own.close();
    throw refused('has been used: make one for each thread');
  }
  return { parts, port: own };
}

/** Learns when the thread that shared has ended. */
export function watchSharer({ parts, port }: Joined, engine: SharedEngine): void {
  watch(port, engine, parts.sharer);
}

/** Moves a port to this very thread, so that whoever had it has it no more. */
function movePort(port: MessagePort): MessagePort {
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(port, [port]);
    const received = receiveMessageOnPort(port2) as { message: MessagePort } | undefined;
    return received!.message;
  } catch {
    throw refused('has no open port: list it among what is transferred, and use it once');
  } finally {
    port1.close();
  }
}

/** Buries the thread at the other end of a port when that closes. */
function watch(port: MessagePort, engine: SharedEngine, pass: number): void {
  const { control } = engine.lock;
  ports.add(port);
  port.on('message', () => {}); // a port that nobody listens to does not notice
  port.unref();
  port.on('close', () => {
    ports.delete(port);
    buryThread(control, pass);
    if (engine.isClosed) {
      engine.wipeIfLast();
      return;
    }
    if (!engine.lock.enter(SHORT)) return; // whoever needs the lock next will take it
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
