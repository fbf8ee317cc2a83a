// Types of WebAssembly where the compiler knows it: without the library `dom`, as in programs for
// Node, TypeScript does not, and would refuse these declarations.

/** `WebAssembly.Module` */
export type WasmModule = typeof globalThis extends {
  WebAssembly: { Module: { prototype: infer Module extends object } };
}
  ? Module
  : object;

/** `WebAssembly.Memory` */
export type WasmMemory = typeof globalThis extends {
  WebAssembly: { Memory: { prototype: infer Memory extends object } };
}
  ? Memory
  : object;
