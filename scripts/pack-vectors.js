// Packs recorded vectors into test/conformance/vectors.jsonl.br, a vector to a line:
//
//   node scripts/pack-vectors.js FOLDER
//
// FOLDER holds NAME.jsonl for each vector, an operation to a line, and index.json: name and tags.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new TypeError('usage: node scripts/pack-vectors.js FOLDER');

const target = new URL('../test/conformance/vectors.jsonl.br', import.meta.url);

/** @type {{ name: string, tags: string[] }[]} */
const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
const lines = index.map(({ name, tags }) => {
  const steps = readFileSync(join(folder, `${name}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return JSON.stringify({ name, tags, steps });
});
const text = Buffer.from(`${lines.join('\n')}\n`);
const packed = brotliCompressSync(text, {
  params: {
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
  },
});
writeFileSync(target, packed);
console.log(`${index.length} vectors, ${text.length} bytes, packed ${packed.length}`);
