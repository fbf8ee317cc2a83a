// The debug build of the core: asserts on, `validate()` exported. It imports `env.abort`, which the
// loader supplies: a failed assert becomes an Error that names the line of the source.

import { readFileSync } from 'node:fs';
import { instantiateSync } from '@assemblyscript/loader';

const file = process.env['SESSCACHE_CORE'] ?? 'debug.wasm';

let compiled: WebAssembly.Module | undefined;

/** Compiles, once, build/debug.wasm or the file of build/ that `SESSCACHE_CORE` names. */
export function debugModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(
    readFileSync(new URL(`../../build/${file}`, import.meta.url)),
  );
  return compiled;
}

/** The raw exports of a new instance of `debugModule()`, as the type that the caller names. */
export function debugCore<Exports>(): Exports {
  // Fresh imports each time: the loader binds the `abort` it adds to one instance.
  return instantiateSync(debugModule(), {}).instance.exports as Exports;
}
