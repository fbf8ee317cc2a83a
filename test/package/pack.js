import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

const FOLDERS = new Set(['assembly', 'bindings', 'dist', 'docs']);
const FILES = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'docs/api.md',
  'docs/codes.md',
  'package.json',
];

/**
 * Packs the package (npm builds it first) and checks which files are in it.
 * @param {string} folder where the tarball goes
 * @returns {string} path of the tarball
 */
export function pack(folder) {
  const output = run('npm', ['pack', '--json', '--pack-destination', folder], root);
  // The output of the build comes before npm's JSON.
  const [report] = JSON.parse(output.slice(output.indexOf('[\n  {')));
  /** @type {string[]} */
  const files = report.files.map((/** @type {{ path: string }} */ { path }) => path);

  for (const file of FILES) assert.ok(files.includes(file), `${file} is missing from the tarball`);
  const strays = files.filter(
    (file) => !FILES.includes(file) && !FOLDERS.has(file.split('/')[0] ?? ''),
  );
  assert.deepEqual(strays, [], 'files that have no place in the tarball');
  assertMapsResolve(files);

  console.log(
    `  ${files.length} files, ${report.size} bytes packed, ${report.unpackedSize} unpacked`,
  );
  return join(folder, report.filename);
}

/**
 * Source maps name files of bindings/, which a debugger must find in the package, or have the
 * source.
 * @param {string[]} files
 */
function assertMapsResolve(files) {
  const maps = files.filter((file) => file.endsWith('.map'));
  assert.notEqual(maps.length, 0, 'dist/ has no source maps');
  for (const map of maps) {
    const { sources, sourcesContent = [] } = JSON.parse(readFileSync(join(root, map), 'utf8'));
    for (const [i, source] of sources.entries()) {
      if (typeof sourcesContent[i] === 'string') continue;
      const path = normalize(join(dirname(map), source));
      assert.ok(files.includes(path), `${map} names ${path}, which is not in the tarball`);
    }
  }
}
