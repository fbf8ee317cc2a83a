// The shared build of the core. Threads that join get the compiled module along with the memory.

import { SessionCacheError } from '../errors.ts';
import { hex } from '../core/wasm.shared.generated.ts';

let compiled: WebAssembly.Module | undefined;

/** Compiled on first use. */
export function sharedModule(): WebAssembly.Module {
  try {
    return (compiled ??= new WebAssembly.Module(Buffer.from(hex, 'hex')));
  } catch (error) {
    throw new SessionCacheError(
      'ERR_SESSCACHE_NO_WASM',
      `this runtime runs no WebAssembly with threads (${String(error)}): use a cache for each`,
    );
  }
}
