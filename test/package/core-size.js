import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT = 8 * 1024; // bytes of the core after gzip; the goal is 5 KB

/** Prints the size of the core as built, and holds it under the limit. */
export function coreSize() {
  const wasm = readFileSync(new URL('../../dist/core.wasm', import.meta.url));
  const { length } = gzipSync(wasm, { level: 9 });
  console.log(`  core.wasm: ${wasm.length} bytes, ${length} gzipped (limit ${LIMIT})`);
  assert.ok(length <= LIMIT, `the gzipped core is ${length - LIMIT} bytes over its limit`);
}
