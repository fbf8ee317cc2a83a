// What the entry points for every runtime drag along: nothing of Node, and not too much of anything.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Platform } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { INTERNAL_NAMES } from '../../scripts/variants.js';
import { measure } from '../../scripts/size.js';

const test = suite('entry points for every runtime');
const root = fileURLToPath(new URL('../../', import.meta.url));
const dist = `${root}dist/`;

/** Bytes that the parts of `import { SessionCache } from 'sesscache'` may take after gzip. */
const LIMITS = { core: 8250, api: 11_800 };

const ENTRIES = ['index', 'asn1/index', 'forge/index', 'metrics/index'];

for (const entry of [...ENTRIES, 'web/sesscache', 'web/asn1', 'web/forge', 'web/metrics']) {
  test(`${entry}.js reaches no module of Node, and no package`, async () => {
    const { inputs, outputs } = await reach(`${dist}${entry}.js`, 'node');
    const external = Object.values(outputs).flatMap(({ imports }) => imports);
    assert.equal(external, []); // imports of Node's modules, for example
    assert.ok(Object.keys(inputs).every((path) => path.startsWith('dist/')));
  });
}

test('bundlers for browsers take dist/web, and those for Node what Node takes', async () => {
  for (const name of ['sesscache', 'sesscache/asn1', 'sesscache/forge', 'sesscache/metrics']) {
    const browser = Object.keys((await reach(name, 'browser')).inputs);
    assert.ok(
      browser.every((path) => path.startsWith('dist/web/')),
      browser.join(),
    );
    const node = Object.keys((await reach(name, 'node')).inputs);
    assert.not(
      node.some((path) => path.startsWith('dist/web/')),
      node.join(),
    );
  }
});

async function reach(entry: string, platform: Platform): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    tsconfigRaw: '{}', // its paths would lead to bindings/
    bundle: true,
    platform, // for Node, imports of its modules are left for us to find
    format: 'esm',
    metafile: true,
    write: false,
    outdir: dist,
  });
  return metafile;
}

/** Declarations of what nobody but the package itself imports. */
const INTERNAL =
  /^(core|client|external|redis|cluster|node)\/|^cache\/engine|^session\/(state|extras)/;

test('names that are shortened for browsers are neither those of callers nor of the core', () => {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.d.ts') && !INTERNAL.test(file))
    .map((file) => `dist/${file}`);
  assert.ok(files.includes('dist/session/session.d.ts') && files.includes('dist/forge/types.d.ts'));
  for (const file of [...files, 'assembly/index.ts']) {
    const names = readFileSync(root + file, 'utf8').match(/\b[a-z]\w+/g) ?? [];
    assert.equal(
      names.filter((name) => INTERNAL_NAMES.test(name)),
      [],
      file,
    );
  }
});

test('a bundled SessionCache and its parts are no larger after gzip than they may be', async () => {
  const { programs, parts } = await measure();
  for (const part of ['core', 'api'] as const) {
    assert.ok(parts[part] > 0 && parts[part] <= LIMITS[part], `${part}: ${parts[part]} bytes`);
  }
  const { gzip } = programs[0]!;
  const most = LIMITS.core + LIMITS.api;
  assert.ok(gzip > most / 2 && gzip <= most, `${gzip} bytes: ${JSON.stringify(parts)}`);
});

test.run();
