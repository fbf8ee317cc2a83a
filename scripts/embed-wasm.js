// Puts the release core where the package needs it: as text inside a module, so that no runtime or
// bundler has to fetch a file, and as dist/core.wasm for those who compile it themselves.

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { pack } from './pack.js';

const root = new URL('../', import.meta.url);
const source = new URL('build/core.wasm', root);
const wasm = await readFile(source);

const lines = [
  `// Written by scripts/embed-wasm.js: build/core.wasm, ${wasm.length} bytes. Do not edit.`,
  'export const packed: string =',
  `  '${pack(wasm)}';`,
];
await writeFile(new URL('bindings/core/wasm.generated.ts', root), lines.join('\n') + '\n');
await mkdir(new URL('dist/', root), { recursive: true });
await copyFile(source, new URL('dist/core.wasm', root));
