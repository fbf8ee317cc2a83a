// The layers of bindings/: shared ← core ← session ← cache ← adapters. No circle at run time; types
// may refer to each other, and what only they import is not counted.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('layers');

const root = join(import.meta.dirname, '../../bindings');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.d.ts'),
);

/** What each file imports at run time. */
const imports = new Map(files.map((file) => [file, importsOf(file)]));

function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  const statements = source.matchAll(
    /^(?:import|export)\s(?!type\b)([^;'"]*?)from\s+'(\.[^']+)'/gm,
  );
  return [...statements]
    .filter(([, names]) => !/^\{(?:\s*type [^,}]+,?)+\s*\}\s*$/.test(names!))
    .map(([, , path]) => relative(root, join(root, dirname(file), path!)));
}

/** The adapters and the entry points may import the cache; what is below must not know of them. */
const LOWER = ['core', 'session', 'cache'];

test('there are imports to look at', () => {
  assert.ok(files.length > 150, `${files.length} files`);
  assert.ok(imports.get('cache/cache.ts')!.includes('cache/lookup.ts'));
  assert.ok(!imports.get('core/core-memory.ts')!.some((path) => path.startsWith('session/')));
});

test('no layer imports one above it', () => {
  const wrong = [...imports].flatMap(([file, paths]) => {
    const level = levelOf(file);
    return paths.filter((path) => levelOf(path) > level).map((path) => `${file} imports ${path}`);
  });
  assert.equal(wrong, []);
});

function levelOf(file: string): number {
  if (file.endsWith('.generated.ts')) return 0; // numbers
  if (!file.includes('/')) return file === 'index.ts' ? LOWER.length + 1 : 0;
  const level = LOWER.indexOf(file.split('/')[0]!);
  return level === -1 ? LOWER.length + 1 : level + 1;
}

test('no files import each other in a circle', () => {
  assert.equal(circlesIn(imports), []);
});

test("no folders of an adapter import each other in a circle, nor through the adapter's files", () => {
  const byFolder = new Map<string, string[]>();
  for (const [file, paths] of imports) {
    const from = innerFolderOf(file);
    const others = paths.map(innerFolderOf).filter((to) => to !== from);
    byFolder.set(from, [...(byFolder.get(from) ?? []), ...others]);
  }
  assert.ok(byFolder.get('node/handshake')!.includes('node/hello'));
  assert.equal(circlesIn(byFolder), []);
});

/** `node/handshake` for a file there; any other file stands for itself. */
function innerFolderOf(file: string): string {
  const parts = file.split('/');
  return parts.length > 2 ? parts.slice(0, 2).join('/') : file;
}

function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (at: string, path: string[]): void => {
    if (path.includes(at)) circles.push([...path.slice(path.indexOf(at)), at].join(' → '));
    else if (!done.has(at)) {
      for (const next of graph.get(at) ?? []) visit(next, [...path, at]);
      done.add(at);
    }
  };
  for (const at of graph.keys()) visit(at, []);
  return circles;
}

test.run();
