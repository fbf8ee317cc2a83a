// How bundles for browsers differ from what Node imports.

import { join } from 'node:path';

/**
 * Takes bindings/**\/name.web.ts instead of name.ts where there is one: in browsers every byte is sent, and
 * in Node the start of a program counts, and what its host has.
 * @type {import('esbuild').Plugin}
 */
export const forBrowsers = {
  name: 'for browsers',
  setup({ onResolve }) {
    onResolve({ filter: /\/(embedded|seed)\.ts$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace(/\.ts$/, '.web.ts')),
    }));
  },
};

/** Properties of handles and of the core's memory: they get short names. `ownKeys` is a Proxy's. */
export const INTERNAL_NAMES = /^(own[A-JL-Z]|stage[A-Z])/;
