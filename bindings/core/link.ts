import { instantiateSync } from '@assemblyscript/loader';

/**
 * An instance of a core over a memory. A debug build also imports what it aborts through: the
 * loader names the line of the source. Of the loader only the instance is taken: its wrappers
 * around the exports cost four times a raw call. What is distributed has link.dist.ts instead.
 */
export function link(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  others?: Record<string, () => void>,
): WebAssembly.Instance {
  // A fresh imports object each time: the loader adds an `abort` to it, bound to one instance.
  return instantiateSync(module, { env: { memory, ...others } }).instance;
}
