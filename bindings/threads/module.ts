// The shared build of the core. Threads that join get the compiled module along with the memory.

import { SessionCacheError } from '../errors.ts';
import { hex } from '../core/wasm.shared.generated.ts';
import { decodeHex } from './platform.ts';

let compiled: WebAssembly.Module | undefined;

/** Compiled on first use. */
export function sharedModule(): WebAssembly.Module {
  try {
    return (compiled ??= new WebAssembly.Module(decodeHex(hex)));
  } catch (error) {
    throw new SessionCacheError(
      'ERR_SESSCACHE_NO_WASM',
      `this runtime has no WebAssembly threads (${String(error)}): use a cache in each thread`,
    );
  }
}

const FENCE = '0061736d01000000010401600000030201000709010566656e636500000a07010500fe03000b';
let fence: (() => void) | undefined;

/**
 * The instruction `atomic.fence`, a full barrier, as a function of a module of its own: JavaScript
 * has none, and the compiler of the core emits an invalid one. Compiled on first use, as a program
 * may import this module where there is no WebAssembly.
 */
export function fenceFunction(): () => void {
  if (fence === undefined) {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(decodeHex(FENCE)));
    fence = exports['fence'] as () => void;
  }
  return fence;
}
