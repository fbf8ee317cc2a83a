// Entry of the debug build that threads share: shared.ts and the invariant checker, asserts on.

export * from './shared';
export { validate } from './validate';
