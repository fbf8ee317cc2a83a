/** An instance of a core: of one that imports nothing, or what a debug build aborts through. */
export function link(module: WebAssembly.Module): WebAssembly.Instance {
  return new WebAssembly.Instance(module, { env: { abort } });
}

/** The loader would name the line. */
function abort(): never {
  throw new Error('an assert of the core failed');
}
