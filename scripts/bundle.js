// dist/**/*.js: a file for each entry point and a few that they share, so that importing the package reads
// 2 files and not 40: that takes 3 ms instead of 20. A SessionCache is the same class everywhere.
// tsc has checked the sources and written the declarations. In dist/web the same for browsers and their
// bundlers, small (variants.js), and as plain modules that import nothing but each other: a page
// needs neither a build step nor an import map.

import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { forBrowsers, INTERNAL_NAMES, withoutLoader } from './variants.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const source = here('../bindings/');
const dist = here('../dist/');

const ISOMORPHIC = ['index', 'asn1/index', 'forge/index', 'metrics/index'];
const NODE = ['node/index', 'client/index', 'external/index', 'redis/index', 'cluster/index'];

for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  if (/\.js(\.map)?$/.test(file)) rmSync(join(dist, file)); // of an earlier build
}

/**
 * asn1 and redis need the checks of arguments and nothing else of the cache. With a copy each, neither
 * the cache's nor theirs need be in a file of their own.
 * @type {import('esbuild').Plugin}
 */
const ownChecks = {
  name: 'own checks',
  setup({ onLoad, onResolve }) {
    const filter = /\/(checks|abi)\.ts$/;
    onResolve({ filter }, ({ importer, path, pluginData, resolveDir }) => {
      const owner = pluginData ?? importer.match(/\/(asn1|redis)\/[^/]+$/)?.[1];
      return owner && { path: join(resolveDir, path), suffix: `?${owner}` };
    });
    onLoad({ filter }, ({ path, suffix }) => {
      if (suffix === '') return undefined;
      return { contents: readFileSync(path, 'utf8'), loader: 'ts', pluginData: suffix.slice(1) };
    });
  },
};

// Of AssemblyScript's library, parts are compiled into the core.
copyFileSync(here('../node_modules/assemblyscript/LICENSE'), join(dist, 'LICENSE.assemblyscript'));

/** @type {import('esbuild').BuildOptions} */
const common = { bundle: true, splitting: true, format: 'esm', target: 'es2022', write: false };

write(
  await build({
    ...common,
    entryPoints: [...ISOMORPHIC, ...NODE].map((entry) => `${source}${entry}.ts`),
    outbase: source,
    outdir: dist,
    chunkNames: 'shared/[hash]',
    platform: 'node',
    packages: 'external',
    plugins: [withoutLoader, ownChecks],
    sourcemap: true,
    // Less to parse, 0.3 ms of an import; names, and lines to tell a place by, stay.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 100,
  }),
);

write(
  await build({
    ...common,
    entryPoints: Object.fromEntries(
      ISOMORPHIC.map((entry) => [
        entry.split('/')[0].replace('index', 'sesscache'),
        `${source}${entry}.ts`,
      ]),
    ),
    outdir: join(dist, 'web'),
    chunkNames: 'shared-[hash]',
    minify: true,
    mangleProps: INTERNAL_NAMES,
    plugins: [forBrowsers, withoutLoader, ownChecks],
    platform: 'browser', // an import of `node:…` is an error
  }),
);

/**
 * Writes files, without the bare imports that keep the order of side effects: there are none
 * (package.json), and bundlers would warn of them. The rest stays where the maps have it.
 * @param {import('esbuild').BuildResult} result
 */
function write({ outputFiles = [] }) {
  const blank = (/** @type {string} */ bare) => ' '.repeat(bare.length);
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    const isMap = path.endsWith('.map');
    writeFileSync(path, isMap ? slim(text) : text.replaceAll(/(?<=^|;)import"\.[^"]*";/gm, blank));
  }
}

/**
 * A source map without the sources, which are in the package.
 * @param {string} text
 */
function slim(text) {
  const { sourcesContent: _, ...map } = JSON.parse(text);
  return JSON.stringify(map);
}
