import { coreBytes } from './embedded.ts';
import { instantiateSync } from '@assemblyscript/loader';
import type { Core } from './abi.ts';

let embedded: WebAssembly.Module | undefined;

/** Instantiates the core with a memory of its own. */
export function instantiate(module: WebAssembly.Module = embeddedModule()): Core {
  // The release core imports nothing, and without the loader it starts in 0.1 ms instead of 0.6. A
  // debug build imports what it aborts through.
  const { exports } =
    WebAssembly.Module.imports(module).length === 0
      ? new WebAssembly.Instance(module)
      : // A fresh imports object each time: the loader adds an `abort` to it, bound to one instance.
        instantiateSync(module, {}).instance;
  // `instance.exports` also there: the loader's own wrappers cost four times a raw call.
  return exports as unknown as Core;
}

/** Compiles the embedded module on first use, so that importing the package costs nothing. */
function embeddedModule(): WebAssembly.Module {
  embedded ??= new WebAssembly.Module(coreBytes());
  return embedded;
}
