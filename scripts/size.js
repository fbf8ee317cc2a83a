// `npm run size`: what an application pays for its imports, bundled, minified and compressed, the
// embedded core included. dist/ must be built.

import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { forBrowsers, INTERNAL_NAMES, withoutLoader } from './variants.js';

const root = fileURLToPath(new URL('../', import.meta.url));

/** The imports that an application writes. */
const PROGRAMS = {
  "import { SessionCache } from 'sesscache'": `export { SessionCache } from 'sesscache';`,
  "import * as asn1 from 'sesscache/asn1'": `export * from 'sesscache/asn1';`,
  'sesscache and sesscache/forge': `export { SessionCache } from 'sesscache';
    export { forgeSessionCache } from 'sesscache/forge';`,
};

/**
 * Bundles `program`, with a module left empty: what it costs is the difference.
 * @param {string} program
 * @param {RegExp} [without]
 * @returns {Promise<Uint8Array>}
 */
async function bundle(program, without) {
  const leftEmpty = {
    name: 'left empty',
    setup({ onLoad }) {
      if (without) onLoad({ filter: without }, () => ({ contents: 'export const packed = "";' }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: root },
    bundle: true,
    minify: true,
    mangleProps: INTERNAL_NAMES,
    format: 'esm',
    platform: 'browser', // an import of `node:…` is an error
    target: 'es2022',
    write: false,
    tsconfigRaw: '{}', // its paths would lead to bindings/
    plugins: [forBrowsers, withoutLoader, leftEmpty],
  });
  return outputFiles[0].contents;
}

const gzip = (/** @type {Uint8Array} */ code) => gzipSync(code, { level: 9 }).length;

/** Bytes of each program, and of the parts of the first, after gzip. */
export async function measure() {
  const programs = [];
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const code = await bundle(program);
    const brotli = brotliCompressSync(code).length;
    programs.push({ name, minified: code.length, gzip: gzip(code), brotli });
  }
  const program = `export { SessionCache } from './bindings/index.ts';`; // as files of their own
  const whole = gzip(await bundle(program));
  const api = gzip(await bundle(program, /wasm\.web\.generated\.ts$/));
  return { programs, parts: { core: whole - api, api } };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { programs, parts } = await measure();
  console.log('                                              minified     gzip   brotli');
  for (const { name, minified, gzip: zipped, brotli } of programs) {
    const [a, b, c] = [minified, zipped, brotli].map((bytes) => String(bytes).padStart(9));
    console.log(`${name.padEnd(44)} ${a}${b}${c}`);
  }
  console.log(`the first, gzipped: core ${parts.core}, API ${parts.api}`);
}
