// How what is distributed differs from bindings/, and bundles for browsers from what Node imports.

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

/**
 * In bindings/ the loader links debug builds, so that an assert that fails names its line. It takes 9 KB
 * and 0.15 ms of the start, for nothing in the release build.
 * @type {import('esbuild').Plugin}
 */
export const withoutLoader = {
  name: 'without the loader',
  setup({ onResolve }) {
    onResolve({ filter: /\/link\.ts$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace(/\.ts$/, '.dist.ts')),
    }));
  },
};

/** Properties of handles and of the core's memory: they get short names. `ownKeys` is a Proxy's. */
export const INTERNAL_NAMES = /^(own[A-JL-Z]|stage[A-Z])/;
