// The compiled core, and what the bindings know of it. Its numbers are generated (scripts/abi.js).

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as abi from '../../bindings/core/abi.generated.ts';
import type { Core } from '../../bindings/core/abi.ts';
import { SessionCacheMode } from '../../bindings/cache/mode.ts';
import { coreBytes } from '../../bindings/core/embedded.ts';
import { coreBytes as coreBytesOfBrowsers } from '../../bindings/core/embedded.web.ts';
import { debugModule } from '../support/debug-core.ts';

const test = suite('core artefact and ABI');

const release = readFileSync(new URL('../../build/core.wasm', import.meta.url));
const module = new WebAssembly.Module(release);

type CoreFunctions = Required<Omit<Core, 'memory' | 'validate'>>;
/** The core's functions with the number of their parameters; the compiler holds it against Core. */
const FUNCTIONS: { [Name in keyof CoreFunctions]: Parameters<CoreFunctions[Name]>['length'] } = {
  init: 2,
  setMode: 1,
  setCapacity: 1,
  setMaxBytes: 1,
  setTimeout: 0,
  find: 2,
  lookup: 11,
  checkEntry: 3,
  checkForeign: 4,
  count: 1,
  addStaged: 0,
  evictExcess: 1,
  finishAdd: 0,
  detach: 2,
  release: 1,
  removeStaged: 0,
  flush: 2,
  revoke: 2,
  retime: 1,
  rescope: 1,
  decode: 1,
  first: 0,
  next: 1,
  cursorOf: 1,
  firstAtCursor: 0,
};

test('the release build imports its memory and nothing else', () => {
  const memory = { module: 'env', name: 'memory', kind: 'memory' };
  assert.equal(WebAssembly.Module.imports(module), [memory]);
});

test('the release build exports the functions that the bindings call, and its memory', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  assert.is(exports['memory'], memory);
  const functions = Object.entries(exports).filter(([name]) => name !== 'memory');
  const parameters = functions.map(([name, exported]) => [name, (exported as () => void).length]);
  assert.equal(Object.fromEntries(parameters), FUNCTIONS);
});

test('the release build keeps no state outside its memory', () => {
  const text = readFileSync(new URL('../../build/core.wat', import.meta.url), 'utf8');
  assert.not.match(text, /\(global \S+ \(mut/);
});

test('the embedded copies are the one that was built', () => {
  assert.equal(new Uint8Array(coreBytes()), new Uint8Array(release));
  assert.equal(coreBytesOfBrowsers(), new Uint8Array(release));
});

test('the debug build checks its invariants', () => {
  const exported = WebAssembly.Module.exports(debugModule()).map(({ name }) => name);
  assert.ok(exported.includes('validate'));
});

test('mode flags have the core’s bits', () => {
  const { CLIENT, SERVER, NO_AUTO_CLEAR, UPDATE_TIME } = abi;
  const { NO_INTERNAL_LOOKUP, NO_INTERNAL_STORE } = abi;
  const core = {
    CLIENT,
    SERVER,
    NO_AUTO_CLEAR,
    UPDATE_TIME,
    NO_INTERNAL_LOOKUP,
    NO_INTERNAL_STORE,
  };
  const { OFF: _off, BOTH: _both, NO_INTERNAL: _all, ...flags } = SessionCacheMode;
  assert.equal(flags, core);
});

test('no counter is another, and all have room', () => {
  const { CACHE_FULL, MISS, MISS_CAUSES, LEFT, REMOVAL_CAUSES, AGE, AGES, COUNTERS_MAX } = abi;
  assert.ok(CACHE_FULL < MISS);
  assert.ok(MISS + MISS_CAUSES.length <= LEFT);
  assert.ok(LEFT + REMOVAL_CAUSES.length <= AGE);
  assert.ok(AGE + AGES <= COUNTERS_MAX);
});

test.run();
