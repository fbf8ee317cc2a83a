// The type of a port where the compiler knows it: a program for pages has no types of Node.

/**
 * `MessagePort` of node:worker_threads; `any` in a program without the types of Node.
 * @ts-ignore */
export type MessagePort = import('node:worker_threads').MessagePort;
