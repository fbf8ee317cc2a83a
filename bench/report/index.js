// `npm run bench:report [-- FILE [SCALE_FILE]]`: makes docs/benchmark.html, and the chart and the
// table of the README, from the figures of a run; by default from those in bench/results/.

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { overview } from './overview.js';
import { page } from './page.js';
import { writeFigures } from './readme.js';
import { readResults, reference } from './results.js';

const docs = (/** @type {string} */ name) =>
  fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));

const [file, scale] = process.argv.slice(2);
const found = file === undefined ? reference() : readResults(file, scale);
mkdirSync(docs('images'), { recursive: true });
for (const [path, text] of [
  [docs('benchmark.html'), page(found)],
  [docs('images/benchmark.svg'), overview(found)],
]) {
  writeFileSync(path, text);
  console.log(path);
}
const readme = fileURLToPath(new URL('../../README.md', import.meta.url));
await writeFigures(readme, found);
console.log(readme);
