import { instantiateSync } from '@assemblyscript/loader';
import type { Core } from './abi.ts';
import { base64 } from './wasm.generated.ts';

let embedded: WebAssembly.Module | undefined;

/** Instantiates the core with a memory of its own. */
export function instantiate(module: WebAssembly.Module = embeddedModule()): Core {
  // `instance.exports`, not `exports`: the loader's wrappers cost four times a raw call. A fresh
  // imports object each time: the loader adds an `abort` to it that is bound to one instance.
  return instantiateSync(module, {}).instance.exports as unknown as Core;
}

/** Compiles the embedded module on first use, so that importing the package costs nothing. */
function embeddedModule(): WebAssembly.Module {
  embedded ??= new WebAssembly.Module(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
  return embedded;
}
