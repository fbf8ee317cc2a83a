// Puts the release core where the package needs it: as text inside a module, so that no runtime or
// bundler has to fetch a file, and as dist/core.wasm for those who compile it themselves.

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { pack } from './pack.js';

const root = new URL('../', import.meta.url);
const source = new URL('build/core.wasm', root);
const wasm = await readFile(source);

for (const [file, name, text] of [
  ['wasm.generated.ts', 'hex', wasm.toString('hex')], // Node decodes it by itself
  ['wasm.web.generated.ts', 'packed', pack(wasm)], // it compresses well
]) {
  const lines = [
    `// Written by scripts/embed-wasm.js: build/core.wasm, ${wasm.length} bytes. Do not edit.`,
    `export const ${name}: string =`,
    `  '${text}';`,
  ];
  await writeFile(new URL(`bindings/core/${file}`, root), lines.join('\n') + '\n');
}
await mkdir(new URL('dist/', root), { recursive: true });
await copyFile(source, new URL('dist/core.wasm', root));
