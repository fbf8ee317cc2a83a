import { coreBytes, NO_ADDRESS_SPACE } from './embedded.ts';
import type { Core } from './abi.ts';
import { SessionCacheError } from '../errors.ts';
import { link } from './link.ts';

let embedded: WebAssembly.Module | undefined;

/**
 * Instantiates the core with a new memory, of `pages` pages if the host has them.
 *
 * The memory is made at the size that the cache will need, and not grown to it: growing detaches
 * the ArrayBuffer, and from the first time that anything is detached in a process V8 looks before
 * each access to any typed array of any part of the program: 4 to 8 ns of a lookup.
 */
export function instantiate(pages: number, module?: WebAssembly.Module): Core {
  // A copy: in Node 22 and later the exports of each instance have a hidden class of their own, so
  // that code that calls several caches would look up each export by its name.
  return { ...(link(module ?? embeddedModule(), memoryOf(pages)).exports as unknown as Core) };
}

function memoryOf(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages });
  } catch {
    // It grows as far as it can.
  }
  try {
    return new WebAssembly.Memory({ initial: 1 });
  } catch {
    throw new SessionCacheError('ERR_SESSCACHE_NO_MEMORY', NO_ADDRESS_SPACE);
  }
}

/** Compiles the embedded module on first use, so that importing the package costs nothing. */
function embeddedModule(): WebAssembly.Module {
  try {
    return (embedded ??= new WebAssembly.Module(coreBytes()));
  } catch (error) {
    // `--jitless`, lockdown modes of browsers, and content security policies.
    throw new SessionCacheError(
      'ERR_SESSCACHE_NO_WASM',
      `this runtime runs no WebAssembly (${String(error)}): allow it, or do without a cache`,
    );
  }
}
