// What a core that threads share imports in addition to its memory. The name of this file is the
// module name of the import.

/**
 * `atomic.fence`, from a separate module (bindings/threads/module.ts), because asc emits an invalid
 * one. As an imported function it is opaque to Binaryen, too.
 */
export declare function fence(): void;
