// The same with the invariant checker, asserts on.

export * from './shared';
export { validate } from './validate';
