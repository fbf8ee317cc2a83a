// One application, as it is and through each bundler. Its project has the package as npm would
// install it: by its name, as built.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build as esbuild, buildSync, transformSync } from 'esbuild';
import { rollup } from 'rollup';
import { build as vite } from 'vite';
import webpack from 'webpack';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const app = join(root, 'test/browser/app');

/** By the way of writing its imports. */
const SOURCES = {
  bare: ['sesscache', 'sesscache/asn1', 'sesscache/forge'],
  plain: ['/sesscache/web/sesscache.js', '/sesscache/web/asn1.js', '/sesscache/web/forge.js'],
};

/** An application's main module. */
export function mainOf(kind: keyof typeof SOURCES, from = '.'): string {
  const [sesscache, asn1, forge] = SOURCES[kind];
  return `
    import * as sesscache from '${sesscache}';
    import * as asn1 from '${asn1}';
    import * as forge from '${forge}';
    import nodeForge from '${from}/node-forge.js';
    import { report } from '${from}/report.js';
    import { work } from '${from}/work.js';
    report(() => work({ sesscache, asn1, forge, nodeForge }));
  `;
}

/** The other modules of the application, in JavaScript: by name. */
export function appModules(): Record<string, string> {
  const compiled = (file: string): string =>
    transformSync(readFileSync(join(app, file), 'utf8'), { loader: 'ts', format: 'esm' }).code;
  const { outputFiles } = buildSync({
    stdin: { contents: `export { default } from 'node-forge';`, resolveDir: root },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  return {
    'report.js': compiled('report.ts'),
    'work.js': compiled('work.ts'),
    'node-forge.js': outputFiles[0]!.text, // node-forge itself is CommonJS
  };
}

export interface Project {
  readonly folder: string;
  remove(): void;
}

/** A folder with the application and its node_modules. */
export function makeProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'sesscache-app-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/sesscache'));
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  writeFileSync(join(folder, 'main.js'), mainOf('bare'));
  for (const [name, code] of Object.entries(appModules())) writeFileSync(join(folder, name), code);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Each puts one file, main.js, into `OUT/`. All but one option is where things are. */
export const BUNDLERS: Record<string, (folder: string, out: string) => Promise<void>> = {
  async esbuild(folder, out) {
    const entryPoints = [join(folder, 'main.js')];
    await esbuild({ entryPoints, bundle: true, minify: true, format: 'esm', outdir: out });
  },

  async rollup(folder, out) {
    const bundle = await rollup({
      input: join(folder, 'main.js'),
      plugins: [nodeResolve({ browser: true })],
      onwarn(warning) {
        // Ours are functions that call each other: harmless.
        if (warning.code !== 'CIRCULAR_DEPENDENCY') throw new Error(warning.message);
      },
    });
    await bundle.write({ dir: out, format: 'es' });
    await bundle.close();
  },

  async vite(folder, out) {
    await vite({
      root: folder,
      configFile: false,
      logLevel: 'error',
      build: {
        outDir: out,
        modulePreload: false,
        rollupOptions: {
          input: join(folder, 'main.js'),
          output: { entryFileNames: 'main.js' },
        },
      },
    });
  },

  webpack(folder, out) {
    const compiler = webpack({
      mode: 'production',
      context: folder,
      entry: './main.js',
      output: { path: out, filename: 'main.js' },
      performance: false,
    });
    return new Promise((resolve, reject) => {
      compiler.run((error, stats) => {
        const problem = error ?? (stats?.hasErrors() ? new Error(stats.toString()) : undefined);
        compiler.close(() => (problem ? reject(problem) : resolve()));
      });
    });
  },
};
