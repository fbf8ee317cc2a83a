// The entry points, as `exports` of package.json names them. Everything that has to know them takes
// them from here: the builds of code and types, and the tests. For a new one make a folder of
// bindings/ with an index.ts, add `"./name": {}` to `exports` (or `{ "browser":
// "./dist/web/name.js" }`, if it is for browsers too), and run `npm run entries`, which writes the
// conditions and the declarations' places for every entry point.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const manifest = new URL('../package.json', import.meta.url);
const { exports } = JSON.parse(readFileSync(manifest, 'utf8'));

/**
 * @typedef {object} Entry
 * @property {string} name what a program imports: `sesscache/asn1`
 * @property {string} path its file below bindings/ and dist/, without an extension: `asn1/index`
 * @property {string | undefined} web the name of its file in dist/web, if it is for browsers too
 */

/** @type {Entry[]} every entry point that is code, in the order of package.json */
export const ENTRIES = Object.keys(exports)
  .filter((subpath) => /^\.(\/[a-z0-9-]+)?$/.test(subpath))
  .map((subpath) => {
    const folder = subpath.slice(2);
    const web = JSON.stringify(exports[subpath]).match(/"\.\/dist\/web\/([^"]+)\.js"/)?.[1];
    return {
      name: folder ? `sesscache/${folder}` : 'sesscache',
      path: folder ? `${folder}/index` : 'index',
      web,
    };
  });

/** Those that run in Node and in browsers. */
export const ISOMORPHIC = ENTRIES.filter(({ web }) => web !== undefined);

/** Those of them whose types name nothing of Node: the handles of `threads` have ports. */
export const PLAIN = ISOMORPHIC.filter(({ name }) => name !== 'sesscache/threads');

/** Those that need Node. */
export const NODE_ONLY = ENTRIES.filter(({ web }) => web === undefined);

/**
 * What package.json says of an entry point. Bundlers know `module` and take ES modules for `import`
 * and `require` alike. Node runs the CommonJS file for both. Other runtimes take the ES modules.
 * Jest with a DOM says `browser` and `require`, and can read nothing but CommonJS, so `browser`
 * counts for `require` only beside `module`.
 * @param {Entry} entry
 */
export function conditionsOf({ path, web }) {
  const file = `./dist/${path}`;
  const browser = web && { browser: `./dist/web/${web}.js` };
  return {
    import: {
      types: `${file}.d.ts`,
      ...browser,
      module: `${file}.js`,
      node: `${file}.mjs`,
      default: `${file}.js`,
    },
    require: {
      types: `${file}.d.cts`,
      module: browser ? { ...browser, default: `${file}.js` } : `${file}.js`,
      default: `${file}.cjs`,
    },
  };
}

/** For compilers that do not read `exports`: where the declarations of each entry point are. */
export function typesVersions() {
  const named = ENTRIES.filter(({ name }) => name.includes('/'));
  const places = named.map(({ name, path }) => [name.split('/')[1], [`./dist/${path}.d.cts`]]);
  return { '*': { ...Object.fromEntries(places), 'core.wasm': ['./dist/core.wasm.d.cts'] } };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const all = JSON.parse(readFileSync(manifest, 'utf8'));
  for (const entry of ENTRIES)
    all.exports[entry.name.replace('sesscache', '.')] = conditionsOf(entry);
  all.typesVersions = typesVersions();
  writeFileSync(manifest, `${JSON.stringify(all, null, 2)}\n`);
}
