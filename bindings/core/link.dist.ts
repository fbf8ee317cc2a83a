/** An instance of a core over a memory; a debug build also imports what it aborts through. */
export function link(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  others?: Record<string, () => void>,
): WebAssembly.Instance {
  return new WebAssembly.Instance(module, { env: { memory, abort, ...others } });
}

/** In the sources it is the loader's (link.ts), which names the line. */
function abort(): never {
  throw new Error('an assert of the core failed');
}
