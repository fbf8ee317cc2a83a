// What the entry points for every runtime drag along: nothing of Node, and not too much of anything.

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { measure } from '../../scripts/size.js';

const test = suite('entry points for every runtime');
const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

/** Bytes that the parts of `import { SessionCache } from 'sesscache'` may take after gzip. */
const LIMITS = { core: 8000, loader: 2100, bindings: 11_100 };

for (const entry of ['index', 'asn1/index', 'forge/index', 'metrics/index']) {
  test(`${entry}.js reaches no module of Node, and no package but the loader`, async () => {
    const { metafile } = await build({
      entryPoints: [`${dist}${entry}.js`],
      bundle: true,
      platform: 'node', // leaves imports of Node's modules for us to find
      format: 'esm',
      metafile: true,
      write: false,
      outdir: dist,
    });
    const { inputs, outputs } = metafile;
    const external = Object.values(outputs).flatMap(({ imports }) => imports);
    assert.equal(external, []);
    const packages = Object.keys(inputs).filter((path) => path.includes('node_modules/'));
    for (const path of packages) assert.match(path, /node_modules\/@assemblyscript\/loader\//);
    assert.ok(Object.keys(inputs).length > packages.length);
  });
}

test('a bundled SessionCache and its parts are no larger after gzip than they may be', async () => {
  const { programs, parts } = await measure();
  for (const part of ['core', 'loader', 'bindings'] as const) {
    assert.ok(parts[part] > 0 && parts[part] <= LIMITS[part], `${part}: ${parts[part]} bytes`);
  }
  const { gzip } = programs[0]!;
  const most = LIMITS.core + LIMITS.loader + LIMITS.bindings;
  assert.ok(gzip > most / 2 && gzip <= most, `${gzip} bytes: ${JSON.stringify(parts)}`);
});

test.run();
