// Puts the release core where the package needs it: as text inside a module, so that no runtime or
// bundler has to fetch a file, and as dist/core.wasm for those who compile it themselves.

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { pack } from './pack.js';

const root = new URL('../', import.meta.url);
const source = new URL('build/core.wasm', root);
const wasm = await readFile(source);
const shared = await readFile(new URL('build/shared.wasm', root)); // for threads

for (const [file, name, text, length] of [
  ['wasm.generated.ts', 'hex', wasm.toString('hex'), wasm.length], // Node decodes it by itself
  ['wasm.web.generated.ts', 'packed', pack(wasm), wasm.length], // it compresses well
  ['wasm.shared.generated.ts', 'hex', shared.toString('hex'), shared.length],
]) {
  const lines = [
    `// Written by scripts/embed-wasm.js: ${length} bytes of the core. Do not edit.`,
    `export const ${name}: string =`,
    `  '${text}';`,
  ];
  await writeFile(new URL(`bindings/core/${file}`, root), lines.join('\n') + '\n');
}
await mkdir(new URL('dist/', root), { recursive: true });
await copyFile(source, new URL('dist/core.wasm', root));
