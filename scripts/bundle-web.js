// dist/web: what runs in browsers as plain ES modules that import nothing but each other, so that a
// page needs neither a build step nor an import map. Modules that entry points share are files of
// their own: a SessionCache is the same class everywhere.

import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const dist = new URL('../dist/', import.meta.url);
const outdir = fileURLToPath(new URL('web/', dist));
const entryOf = (path) => fileURLToPath(new URL(path, dist));

await rm(outdir, { recursive: true, force: true });
await build({
  entryPoints: {
    sesscache: entryOf('index.js'),
    asn1: entryOf('asn1/index.js'),
    forge: entryOf('forge/index.js'),
    metrics: entryOf('metrics/index.js'),
  },
  outdir,
  chunkNames: 'shared-[hash]',
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'browser', // an import of `node:…` is an error
  target: 'es2022',
});
