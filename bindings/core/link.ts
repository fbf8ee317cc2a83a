import { instantiateSync } from '@assemblyscript/loader';

/**
 * An instance of a core. The release core imports nothing, and without the loader it starts in 0.1 ms
 * instead of 0.6. A debug build imports what it aborts through. Of the loader only the instance is taken:
 * its wrappers around the exports cost four times a raw call.
 */
export function link(module: WebAssembly.Module): WebAssembly.Instance {
  if (WebAssembly.Module.imports(module).length === 0) return new WebAssembly.Instance(module);
  // A fresh imports object each time: the loader adds an `abort` to it, bound to one instance.
  return instantiateSync(module, {}).instance;
}
