// Preloaded by scripts/cover.js into every process of a coverage run. build/cover.wasm calls the
// import `probe.probe(n)` on every branch; this supplies it, notes the numbers and writes them down
// at exit for scripts/cover-core.js. Wherever the bindings would instantiate the
// release core, they get the cover build, so that tests of the public API count for the core too.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';

const build = new URL('../../build/', import.meta.url);
const RealInstance = WebAssembly.Instance;
const cover = compile('cover.wasm');
const releaseExports = exportsOf(compile('core.wasm'));

/** @type {Set<number>} */
const reached = new Set();

WebAssembly.Instance = /** @type {typeof WebAssembly.Instance} */ (
  new Proxy(RealInstance, {
    construct(target, [module, imports]) {
      const isRelease = exportsOf(module) === releaseExports;
      return new target(isRelease ? cover : module, withProbes(imports));
    },
  })
);

process.on('exit', () => {
  if (reached.size === 0) return;
  const folder = new URL('reached/', build);
  mkdirSync(folder, { recursive: true });
  const name = `${process.pid}-${threadId}.json`;
  writeFileSync(new URL(name, folder), JSON.stringify([...reached]));
});

/** @param {WebAssembly.Imports} [imports] */
function withProbes(imports) {
  const abort = () => {
    throw new Error('an assert of the core failed');
  };
  const probe = (/** @type {number} */ number) => reached.add(number);
  return { ...imports, env: { abort, ...imports?.env }, probe: { probe } };
}

/** @param {string} file */
function compile(file) {
  return new WebAssembly.Module(readFileSync(new URL(file, build)));
}

/** @param {WebAssembly.Module} module */
function exportsOf(module) {
  return WebAssembly.Module.exports(module)
    .map(({ name, kind }) => `${kind} ${name}`)
    .join();
}
