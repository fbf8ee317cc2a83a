// The code of dist/, from bindings/, which tsc has checked. A file for each entry point and a few
// that they share, so that importing the package reads 2 files and not 40: 3 ms instead of 20.
//
//   dist/**/*.cjs   what runs in Node, whichever way it is asked for, so that a SessionCache is the
//                   same class for `import` and `require`, and for Jest, which knows only `require`
//   dist/**/*.mjs   what `import` finds in Node: the exports of the .cjs file beside it
//   dist/**/*.js    ES modules for bundlers, which leave out what a program does not use
//   dist/command.cjs  the command `sesscache`, alone in a file
//   dist/web/*.js   the same for browsers, small (variants.js), and as plain modules that import
//                   nothing but each other: a page needs neither a build step nor an import map

import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { ENTRIES, ISOMORPHIC } from './entries.js';
import {
  forBrowsers,
  INTERNAL_NAMES,
  markPureCalls,
  pureClasses,
  withoutLoader,
} from './variants.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const source = here('../bindings/');
const dist = here('../dist/');

for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  if (/\.[cm]?js(\.map)?$/.test(file)) rmSync(join(dist, file)); // of an earlier build
}

/**
 * asn1, redis, tickets, the modules that these share with node, and the adapters of metrics need
 * the checks of arguments and nothing else of the cache. Each gets a copy, so that the checks need
 * no file of their own.
 *
 * @type {import('esbuild').Plugin}
 */
const copiedChecks = {
  name: 'copied checks',
  setup({ onLoad, onResolve }) {
    const filter = /\/(checks|protocol|abi\.generated)\.ts$/;
    onResolve({ filter }, ({ importer, path, pluginData, resolveDir }) => {
      const owner =
        pluginData ??
        importer.match(
          /\/(asn1|redis|tickets|prom-client|opentelemetry|node\/policy|node\/runtime)\/[^/]+$/,
        )?.[1];
      return owner && { path: join(resolveDir, path), suffix: `?${owner}` };
    });
    onLoad({ filter }, ({ path, suffix }) => {
      if (suffix === '') return undefined;
      return { contents: readFileSync(path, 'utf8'), loader: 'ts', pluginData: suffix.slice(1) };
    });
  },
};

/**
 * Channels are found by their names. Alarms, warnings, the class that gives private fields and the
 * reading of sessions have no state. Each adapter has a copy of these modules, and reads no file
 * for them.
 * @type {import('esbuild').Plugin}
 */
const copiedChannels = {
  name: 'copied channels',
  setup({ onLoad, onResolve }) {
    onResolve(
      { filter: /\/(telemetry\/warn|channels|alarm|given|session-peek)\.ts$/ },
      ({ importer, path, pluginData, resolveDir }) => ({
        path: join(resolveDir, path),
        suffix: `?${pluginData ?? dirname(relative(source, importer)).split('/')[0]}`,
      }),
    );
    // Its channels are those of the same adapter.
    onLoad({ filter: /\/telemetry\/warn\.ts$/ }, ({ path, suffix }) => ({
      contents: readFileSync(path, 'utf8'),
      loader: 'ts',
      pluginData: suffix.slice(1),
    }));
  },
};

// Of AssemblyScript's library, parts are compiled into the core.
copyFileSync(here('../node_modules/assemblyscript/LICENSE'), join(dist, 'LICENSE.assemblyscript'));

/** @type {import('esbuild').BuildOptions} */
const common = { bundle: true, splitting: true, format: 'esm', target: 'es2022', write: false };

const modules = await build({
  ...common,
  entryPoints: ENTRIES.map(({ path }) => `${source}${path}.ts`),
  outbase: source,
  outdir: dist,
  chunkNames: 'shared/[hash]',
  platform: 'node',
  packages: 'external',
  plugins: [withoutLoader, copiedChecks, copiedChannels, pureClasses],
  sourcemap: true,
  // Less to parse, 0.3 ms of an import; names, and lines to tell a place by, stay.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 100,
});
write(modules);
await writeCommonJs(modules);

write(
  await build({
    ...common,
    entryPoints: Object.fromEntries(
      ISOMORPHIC.map(({ web, path }) => [web, `${source}${path}.ts`]),
    ),
    outdir: join(dist, 'web'),
    chunkNames: 'shared-[hash]',
    minify: true,
    mangleProps: INTERNAL_NAMES,
    plugins: [forBrowsers, withoutLoader, copiedChecks, pureClasses],
    platform: 'browser', // an import of `node:…` is an error
  }),
);

// The command: package.json, `bin`.
write(
  await build({
    ...common,
    splitting: false,
    format: 'cjs',
    entryPoints: [`${source}probe/command.ts`],
    outfile: join(dist, 'command.cjs'),
    platform: 'node',
    sourcemap: true,
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 100,
  }),
);

/**
 * Writes files, without the bare imports that keep the order of side effects: there are none
 * (package.json), and bundlers would warn of them. The rest stays where the maps have it.
 * @param {import('esbuild').BuildResult} result
 */
function write({ outputFiles = [] }) {
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, path.endsWith('.map') ? slim(text) : markPureCalls(withoutBare(text)));
  }
}

/**
 * Without imports of a module for its effects alone, of which ours have none; as long as before, so
 * that the source map holds.
 * @param {string} code
 */
function withoutBare(code) {
  return code.replaceAll(/(?<=^|;)import"\.[^"]*";/gm, (bare) => ' '.repeat(bare.length));
}

/**
 * A source map without the sources, which are in the package.
 * @param {string} text
 */
function slim(text) {
  const { sourcesContent: _, ...map } = JSON.parse(text);
  return JSON.stringify(map);
}

/**
 * Writes the modules once more as CommonJS, and for each entry point the module that passes the
 * exports of its CommonJS file on. It uses `createRequire`, because to `import` a CommonJS file has
 * Node compile a parser that looks for its exports: 5 ms of the start.
 * @param {import('esbuild').BuildResult} result
 */
async function writeCommonJs({ outputFiles = [] }) {
  const maps = new Map(outputFiles.map(({ path, text }) => [path, text]));
  for (const { path, text } of outputFiles.filter((file) => file.path.endsWith('.js'))) {
    const map = Buffer.from(maps.get(`${path}.map`) ?? '').toString('base64');
    const esm = withoutBare(text)
      .replaceAll(/(?<=\bfrom"\.{1,2}\/[^"]*)\.js(?=")/g, '.cjs')
      .replace(/\/\/# sourceMappingURL=.*\s*$/, '');
    const output = path.replace(/\.js$/, '.cjs');
    const { code, map: outputMap } = await transform(
      `${esm}\n//# sourceMappingURL=data:application/json;base64,${map}`,
      {
        format: 'cjs',
        platform: 'node',
        target: 'es2022',
        sourcefile: basename(path),
        sourcemap: 'external',
        minifySyntax: true,
        minifyWhitespace: true,
        lineLimit: 100,
        logOverride: { 'empty-import-meta': 'error' }, // CommonJS has no import.meta
      },
    );
    writeFileSync(output, `${code}//# sourceMappingURL=${basename(output)}.map\n`);
    writeFileSync(`${output}.map`, slim(outputMap));
  }
  const load = createRequire(import.meta.url);
  for (const { path } of ENTRIES) {
    const file =
      onlySourceOf(maps.get(join(dist, `${path}.js`)) ?? '') ?? `./${basename(path)}.cjs`;
    const names = Object.keys(load(join(dist, `${path}.cjs`)));
    writeFileSync(
      join(dist, `${path}.mjs`),
      `import { createRequire } from 'node:module';
const { ${names.join(', ')} } = createRequire(import.meta.url)('${file}');
export { ${names.join(', ')} };
`,
    );
  }
}

/**
 * The CommonJS file that an entry point passes on under the same names, if it does nothing else: to
 * read that alone is one file less of an import, 2 to 5 % of the start.
 * @param {string} code
 */
function onlySourceOf(code) {
  const found = /^import\{([^{}]*)\}from"(\.[^"]*)\.js";export\{\1\};\s*(\/\/.*\s*)?$/.exec(code);
  return found && `${found[2]}.cjs`;
}
