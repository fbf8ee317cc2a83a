/**
 * `WebAssembly.Module` where the compiler knows WebAssembly: without the library `dom`, as in
 * programs for Node, TypeScript does not, and would refuse these declarations.
 */
export type WasmModule = typeof globalThis extends {
  WebAssembly: { Module: { prototype: infer Module extends object } };
}
  ? Module
  : object;
