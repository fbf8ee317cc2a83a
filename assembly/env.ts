// What a core that threads share imports beside its memory: the name of this file is that of the
// import's module.

/**
 * `atomic.fence`, of a module of its own (bindings/threads/module.ts): asc emits an invalid one. As
 * a call out of the module it is opaque to Binaryen, too.
 */
export declare function fence(): void;
