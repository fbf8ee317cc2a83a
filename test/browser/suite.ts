// The isomorphic tests as one script for browsers.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { forBrowsers, INTERNAL_NAMES, withoutLoader } from '../../scripts/variants.js';

const tests = fileURLToPath(new URL('../', import.meta.url));
const page = join(tests, 'browser/page');

/** Folders whose tests run in browsers, and what in them is about Node. */
const FOLDERS: Record<string, string[]> = {
  manual: [
    'buffers.test.ts', // Node's Buffer
    'clock.test.ts', // timers on time, which a page in the background does not have
    'secrets.test.ts', // Node's inspect
  ],
  asn1: [
    'asn1js.test.ts', // compares with libraries and programs: once is enough
    'browser.test.ts',
    'codec.test.ts', // asks Node's TLS for a second opinion
    'fuzz.test.ts', // decodes with Node's TLS too
    'live.test.ts', // servers of Node's
    'openssl.test.ts',
    'recorded.test.ts', // records more from Node
  ],
  conformance: [
    'debug.test.ts', // takes 10 seconds, and finds what it finds in any runtime
    'runner.test.ts', // the command line
  ],
  forge: ['openssl.test.ts'],
  metrics: ['attached.test.ts'], // servers and clients of Node
};

const FILES: Record<string, () => Uint8Array> = {
  'recorded.json': () => readFileSync(join(tests, 'asn1/recorded.json')),
  'vectors.jsonl.br': () => brotliDecompressSync(readFileSync(join(tests, 'conformance/vectors.jsonl.br'))), // prettier-ignore
};

/** The modules of Node that page/node.ts stands in for. */
const STAND_INS = /^node:(fs|zlib|path|util|timers\/promises)$/;

/** The test files, relative to test/. */
export function testFiles(): string[] {
  return Object.entries(FOLDERS).flatMap(([folder, without]) => {
    const files = readdirSync(join(tests, folder)).filter((file) => file.endsWith('.test.ts'));
    const strays = without.filter((file) => !files.includes(file));
    if (strays.length > 0) throw new Error(`test/${folder} has no ${strays.join(', ')}`);
    return files.filter((file) => !without.includes(file)).map((file) => `${folder}/${file}`);
  });
}

/** Bundles the test files and what runs them. */
export async function bundleTests(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: [
        ...testFiles().map((file) => `import './${file}';`),
        `import { report } from './browser/app/report.ts';`,
        `import { runQueue } from './browser/page/run.ts';`,
        `void report(runQueue);`,
      ].join('\n'),
      resolveDir: tests,
      loader: 'ts',
    },
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    ignoreAnnotations: true, // package.json says that our modules have no side effects; tests do
    define: { 'process.env': '{}' },
    write: false,
    logLevel: 'error',
    mangleProps: INTERNAL_NAMES,
    plugins: [forBrowsers, withoutLoader, standIns],
  });
  return outputFiles[0]!.text;
}

const standIns: Plugin = {
  name: 'stand-ins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: STAND_INS }, () => ({ path: join(page, 'node.ts') }));
    onResolve({ filter: /^embedded-file/ }, ({ path }) => ({ path, namespace: 'embedded' }));
    onLoad({ filter: /^embedded-files$/, namespace: 'embedded' }, () => {
      const lines = Object.keys(FILES).flatMap((name, i) => [
        `import file${i} from 'embedded-file:${name}';`,
        `files['${name}'] = file${i};`,
      ]);
      return { contents: `export const files = {};\n${lines.join('\n')}` };
    });
    onLoad({ filter: /^embedded-file:/, namespace: 'embedded' }, ({ path }) => {
      return { contents: FILES[path.slice('embedded-file:'.length)]!(), loader: 'binary' };
    });
    // Tests use Buffer as a tool. What they test must find none, so it is no global.
    onLoad({ filter: /\/test\/.*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const needs = /\bBuffer\b/.test(text) && basename(path) !== 'buffer.ts';
      const shim = needs && !/import \{ Buffer \}/.test(text);
      const head = shim ? `import { Buffer } from ${JSON.stringify(join(page, 'buffer.ts'))};` : '';
      return { contents: head + text, loader: 'ts' };
    });
  },
};
