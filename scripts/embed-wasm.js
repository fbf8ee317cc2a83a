// Puts the release core where the package needs it: as hexadecimal inside a module, so that no runtime
// or bundler has to fetch a file, and as dist/core.wasm for those who compile it themselves. What is
// sent over a network is compressed, and bytes that stay whole compress to 7.9 KB where base64, which
// shifts them by bits, needs 9.6; raw bytes in a string would need 7.7, and break in a page that is
// not decoded as UTF-8.

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';

const root = new URL('../', import.meta.url);
const source = new URL('build/core.wasm', root);
const wasm = await readFile(source);

const lines = [
  `// Written by scripts/embed-wasm.js: build/core.wasm, ${wasm.length} bytes. Do not edit.`,
  'export const hex: string =',
  `  '${wasm.toString('hex')}';`,
];
await writeFile(new URL('bindings/core/wasm.generated.ts', root), lines.join('\n') + '\n');
await mkdir(new URL('dist/', root), { recursive: true });
await copyFile(source, new URL('dist/core.wasm', root));
