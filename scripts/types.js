// dist/**/*.d.cts: the declarations, and for each entry point an index.d.ts that passes them on to
// ES modules. A class has one declaration so: a Session that a CommonJS library returns is one to
// the compiler wherever it is used. (CommonJS may not import types from an ES module before
// TypeScript 5.8; an ES module may import either.)

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENTRIES, PLAIN } from './entries.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const dist = join(root, 'dist');

for (const file of declarations()) rmSync(join(dist, file)); // of an earlier build

// Twice: what is for browsers too has to compile without the types of Node.
emit('browser', PLAIN, []);
emit('node', ENTRIES, ['node']);

for (const file of declarations()) {
  const path = join(dist, file);
  const isMap = file.endsWith('.map');
  const text = readFileSync(path, 'utf8');
  rmSync(path);
  writeFileSync(
    path.replace(/\.d\.ts(\.map)?$/, '.d.cts$1'),
    isMap ? text.replace(/\.d\.ts"/, '.d.cts"') : asCommonJs(text),
  );
}

for (const { path } of ENTRIES) {
  const [about = ''] =
    readFileSync(join(dist, `${path}.d.cts`), 'utf8').match(/^\/\*\*.*?\*\/\n/s) ?? [];
  writeFileSync(join(dist, `${path}.d.ts`), `${about}export * from './${basename(path)}.cjs';\n`);
}

// What an import of core.wasm is where imports of Wasm compile it, such as in Cloudflare's workers.
writeFileSync(
  join(dist, 'core.wasm.d.cts'),
  'declare const core: WebAssembly.Module;\nexport default core;\n',
);

/**
 * Has the compiler check entry points, and all that they import, and write declarations.
 * @param {string} name
 * @param {readonly import('./entries.js').Entry[]} entries
 * @param {string[]} types
 */
function emit(name, entries, types) {
  const file = join(root, `build/tsconfig.${name}.json`);
  const files = entries.map(({ path }) => join(root, 'bindings', `${path}.ts`));
  const config = {
    extends: '../tsconfig.build.json',
    compilerOptions: { types },
    include: [],
    files,
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(config));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', file], { stdio: 'inherit' });
  if (status !== 0) process.exit(1); // the compiler has said why
}

/** The files that the compiler wrote, below dist/. */
function declarations() {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => /\.d\.c?ts(\.map)?$/.test(file));
}

/**
 * A declaration with the names that CommonJS files have, and with imports that it can have without
 * `esModuleInterop`.
 * @param {string} text
 */
function asCommonJs(text) {
  return text
    .replaceAll('Uint8Array<ArrayBuffer>', 'Uint8Array') // which is not generic before TypeScript 5.7
    .replaceAll(/(?<=(?:from |import\()(['"])\.{1,2}\/[^'"]*)\.[jt]s(?=\1)/g, '.cjs')
    .replaceAll(/^import (\w+), (\{.*\}) from (.*);/gm, 'import $1 from $3; import $2 from $3;')
    .replaceAll(/^import (\w+) from (['"]node:[^'"]*['"]);/gm, 'import $1 = require($2);')
    .replace(/\.d\.ts\.map\s*$/, '.d.cts.map');
}
