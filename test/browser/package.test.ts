// The built package in an application's page and worker, under the strict policy: as plain ES
// modules, by an import map, and through each bundler. The application shakes hands over TLS.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packed } from '../../bindings/core/wasm.web.generated.ts';
import type { Result } from './app/work.ts';
import { type Browser, startChromium, startFirefox } from './browsers.ts';
import { appModules, BUNDLERS, mainOf, makeProject, type Project, root } from './bundlers.ts';
import { pageOf, POLICY, serve, type Site, starterOf } from './site.ts';

const test = suite('an application with the package');

const went = (how: string): string =>
  `client ${how}, from the client, from the server, server ${how}`;
const EXPECTED: Result = {
  found: 3,
  evicted: 1,
  refused: 'RangeError',
  handshakes: [went('full'), went('resumed'), went('resumed')],
};

/** Bare names as an import map explains them. */
const IMPORTS = {
  sesscache: '/sesscache/index.js',
  'sesscache/asn1': '/sesscache/asn1/index.js',
  'sesscache/forge': '/sesscache/forge/index.js',
};
const FOLDERS = {
  '/sesscache/': join(root, 'dist'),
};

let browsers: Browser[] = [];
let project: Project;

test.before(async () => {
  project = makeProject();
  browsers = await Promise.all([startChromium(), startFirefox()]);
});

test.after(async () => {
  await Promise.all(browsers.map((browser) => browser.close()));
  project?.remove();
});

async function works(site: Site, paths: string[]): Promise<void> {
  for (const browser of browsers) {
    for (const path of paths) {
      const { result, error, violations } = await browser.visit(site.origin + path);
      assert.is(error, undefined, `${browser.name} ${path}: ${error}`);
      assert.equal(result, EXPECTED, `${browser.name} ${path}`);
      assert.equal(violations, []);
    }
  }
  assert.equal(site.missing, []);
}

test('plain ES modules need no build step and no import map', async () => {
  const modules = Object.entries(appModules()).map(([name, code]) => [`/${name}`, code]);
  const site = await serve(
    {
      ...Object.fromEntries(modules),
      '/main.js': mainOf('plain', ''),
      '/page': pageOf('/main.js'),
      '/starter.js': starterOf('/main.js'),
      '/worker': pageOf('/starter.js'),
    },
    FOLDERS,
  );
  await works(site, ['/page', '/worker']).finally(site.close);
});

test('an import map names the loader too, and the policy the map', async () => {
  const modules = Object.entries(appModules()).map(([name, code]) => [`/${name}`, code]);
  const map = JSON.stringify({ imports: IMPORTS });
  const hash = createHash('sha256').update(map).digest('base64');
  const site = await serve(
    {
      ...Object.fromEntries(modules),
      '/main.js': mainOf('bare', ''),
      '/page': pageOf('/main.js', `<script type="importmap">${map}</script>`),
    },
    FOLDERS,
    POLICY.replace("script-src 'self'", `script-src 'self' 'sha256-${hash}'`),
  );
  await works(site, ['/page']).finally(site.close); // workers have no import maps
});

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  test(`${name} makes a page and a worker of it`, async () => {
    const out = join(project.folder, `${name}-out`);
    await bundle(project.folder, out);
    const code = readFileSync(join(out, 'main.js'), 'utf8');
    assert.ok(code.includes(packed), 'the core is rewritten');
    const pages = {
      '/page': pageOf('/out/main.js'),
      '/starter.js': starterOf('/out/main.js'),
      '/worker': pageOf('/starter.js'),
    };
    const site = await serve(pages, { '/out/': out });
    await works(site, ['/page', '/worker']).finally(site.close);
  });
}

test('without wasm-unsafe-eval the policy forbids the core, and the error says so', async () => {
  const modules = Object.entries(appModules()).map(([name, code]) => [`/${name}`, code]);
  const site = await serve(
    {
      ...Object.fromEntries(modules),
      '/main.js': mainOf('plain', ''),
      '/page': pageOf('/main.js'),
    },
    FOLDERS,
    "script-src 'self'",
  );
  try {
    for (const browser of browsers) {
      const { error } = await browser.visit(`${site.origin}/page`);
      assert.match(error ?? '', /CompileError|call to WebAssembly/);
    }
  } finally {
    await site.close();
  }
});

test.run();
