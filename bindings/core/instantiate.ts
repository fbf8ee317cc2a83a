import { coreBytes } from './embedded.ts';
import type { Core } from './abi.ts';
import { link } from './link.ts';

let embedded: WebAssembly.Module | undefined;

/** Instantiates the core with a memory of its own. */
export function instantiate(module: WebAssembly.Module = embeddedModule()): Core {
  return link(module).exports as unknown as Core;
}

/** Compiles the embedded module on first use, so that importing the package costs nothing. */
function embeddedModule(): WebAssembly.Module {
  embedded ??= new WebAssembly.Module(coreBytes());
  return embedded;
}
