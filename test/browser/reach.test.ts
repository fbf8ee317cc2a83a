// The modules that the entry points for every runtime load: none of Node, and within limits of
// size.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build, type Metafile, type Platform } from 'esbuild';
import { rollup } from 'rollup';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ISOMORPHIC, NODE_ONLY, PLAIN } from '../../scripts/entries.js';
import { INTERNAL_NAMES } from '../../scripts/variants.js';
import { measure } from '../../scripts/size.js';

const test = suite('entry points for every runtime');
const root = fileURLToPath(new URL('../../', import.meta.url));
const dist = `${root}dist/`;

/** Bytes that the parts of `import { SessionCache } from 'sesscache'` may take after gzip. */
const LIMITS = { core: 8100, api: 13_660 };

const FILES = [...PLAIN.map(({ path }) => path), ...ISOMORPHIC.map(({ web }) => `web/${web}`)];

for (const entry of FILES) {
  test(`${entry}.js reaches no module of Node, and no package`, async () => {
    const { inputs, outputs } = await reach(`${dist}${entry}.js`, 'node');
    const external = Object.values(outputs).flatMap(({ imports }) => imports);
    assert.equal(external, []); // imports of Node's modules, for example
    assert.ok(Object.keys(inputs).every((path) => path.startsWith('dist/')));
  });
}

test('bundlers for browsers take dist/web, and those for Node what Node takes', async () => {
  for (const { name } of ISOMORPHIC) {
    const browser = Object.keys((await reach(name, 'browser')).inputs);
    assert.ok(
      browser.every((path) => path.startsWith('dist/web/')),
      browser.join(),
    );
    const node = Object.keys((await reach(name, 'node')).inputs);
    assert.not(
      node.some((path) => path.startsWith('dist/web/')),
      node.join(),
    );
  }
});

async function reach(entry: string, platform: Platform): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    tsconfigRaw: '{}', // its paths would lead to bindings/
    bundle: true,
    platform, // for Node, imports of its modules are left for us to find
    format: 'esm',
    metafile: true,
    write: false,
    outdir: dist,
  });
  return metafile;
}

/** Declarations that are not part of what programs in browsers import. */
const INTERNAL = new RegExp(
  `^(core|${NODE_ONLY.map(({ path }) => path.split('/')[0]).join('|')})/|^cache/(?!cache|types|mode|derive)|^threads/(?!create|index)|^session/(state|extras)`,
);

/** Comments, strings and names of functions and variables, which nothing shortens. */
const NO_PROPERTY = /\/\*.*?\*\/|\/\/.*?$|'.*?'|".*?"|\b(let|const|function) \w+/gms;

test('names that are shortened for browsers are neither those of callers nor of the core', () => {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.d.cts') && !INTERNAL.test(file))
    .map((file) => `dist/${file}`);
  assert.ok(
    files.includes('dist/session/session.d.cts') && files.includes('dist/forge/types.d.cts'),
  );
  for (const file of [...files, 'assembly/index.ts']) {
    const text = readFileSync(root + file, 'utf8').replaceAll(NO_PROPERTY, '');
    const names = text.match(/\b[a-z]\w+/g) ?? [];
    assert.equal(
      names.filter((name) => INTERNAL_NAMES.test(name)),
      [],
      file,
    );
  }
});

/** What does not need the core, and the bytes that it may take. */
const SMALL = {
  "{ SessionCacheMode } from 'sesscache'": 1300,
  "{ SessionCacheError } from 'sesscache'": 1800,
  "{ deriveSessionIdContext } from 'sesscache'": 3100,
  "{ metricsOf } from 'sesscache/metrics'": 9100,
  "{ memoryStore } from 'sesscache/external'": 4000,
};

for (const [what, most] of Object.entries(SMALL)) {
  test(`of import ${what}, bundlers keep no more than it needs`, async () => {
    const isForBrowsers = ISOMORPHIC.some(({ name }) => what.endsWith(`'${name}'`));
    const program = `export ${what};`;
    for (const platform of isForBrowsers ? (['browser', 'node'] as const) : (['node'] as const)) {
      const { outputFiles } = await build({
        stdin: { contents: program, resolveDir: root },
        tsconfigRaw: '{}',
        bundle: true,
        platform,
        format: 'esm',
        minify: true,
        write: false,
      });
      for (const [bundler, code] of [
        ['esbuild', outputFiles[0]!.text],
        ['rollup', await rolledUp(program, platform === 'browser')],
      ] as const) {
        assert.ok(code.length <= most, `${bundler}, ${platform}: ${code.length} bytes`);
        assert.not.match(code, /0061736d|WebAssembly/i, `${bundler}, ${platform}: has the core`);
      }
    }
  });
}

/** Not minified. */
async function rolledUp(program: string, browser: boolean): Promise<string> {
  const bundle = await rollup({
    input: 'program',
    plugins: [
      {
        name: 'program',
        resolveId: (id) => (id === 'program' ? id : undefined),
        load: (id) => (id === 'program' ? program : undefined),
      },
      nodeResolve({ browser, rootDir: root }),
    ],
    external: /^node:/,
    onwarn() {}, // of our functions that call each other
  });
  const { output } = await bundle.generate({ format: 'es' });
  await bundle.close();
  return output[0].code;
}

test('a bundled SessionCache and its parts are no larger after gzip than they may be', async () => {
  const { programs, parts } = await measure();
  for (const part of ['core', 'api'] as const) {
    assert.ok(parts[part] > 0 && parts[part] <= LIMITS[part], `${part}: ${parts[part]} bytes`);
  }
  const { gzip } = programs[0]!;
  const most = LIMITS.core + LIMITS.api;
  assert.ok(gzip > most / 2 && gzip <= most, `${gzip} bytes: ${JSON.stringify(parts)}`);
});

test.run();
