import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as abi from '../../bindings/core/abi.ts';
import * as ARGS from '../../bindings/core/fields/args.ts';
import * as ENTRY from '../../bindings/core/fields/entry.ts';
import * as HEADER from '../../bindings/core/fields/header.ts';
import * as TEMPLATE from '../../bindings/core/fields/template.ts';
import * as WIDE_FIELDS from '../../bindings/core/fields/wide.ts';
import { SessionCacheMode } from '../../bindings/cache/mode.ts';
import { coreBytes } from '../../bindings/core/embedded.ts';
import { coreBytes as coreBytesOfBrowsers } from '../../bindings/core/embedded.web.ts';
import { debugModule } from '../support/debug-core.ts';

const test = suite('core artefact and ABI');

const assembly = new URL('../../assembly/', import.meta.url);
const sources = readdirSync(assembly)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(new URL(file, assembly), 'utf8'));
const release = readFileSync(new URL('../../build/core.wasm', import.meta.url));
const module = new WebAssembly.Module(release);

/** The value of `export const NAME: u32 = …` in the core's sources, where it is a plain formula. */
function coreConstant(name: string): number | undefined {
  for (const source of sources) {
    const [, formula] =
      new RegExp(`export const ${name}: (?:u32|usize|i64) = ([^;]+);`).exec(source) ?? [];
    if (formula === undefined) continue;
    const terms = formula
      .replace(/[A-Z][A-Z0-9_]+/g, (other) => String(coreConstant(other)))
      .replace(/<u32>/g, '');
    assert.match(terms, /^[0-9a-fx()+*\- <]+$/);
    return Number(Function(`return ${terms}`)());
  }
  return undefined;
}

/** Offsets of the fields of an @unmanaged class: each is aligned to its own size. */
function fieldOffsets(name: string): Map<string, number> {
  const [, body] = sources
    .map((source) => new RegExp(`export class ${name} \\{([^}]+)\\}`).exec(source))
    .find((match) => match !== null) ?? [undefined, ''];
  const offsets = new Map<string, number>();
  let at = 0;
  for (const [, field, bits] of (body ?? '').matchAll(/(\w+)!: [ui](32|64);/g)) {
    const size = Number(bits) / 8;
    at = Math.ceil(at / size) * size;
    offsets.set(field!, at);
    at += size;
  }
  return offsets;
}

test('the release build imports its memory and nothing else', () => {
  const memory = { module: 'env', name: 'memory', kind: 'memory' };
  assert.equal(WebAssembly.Module.imports(module), [memory]);
});

test('the release build exports the ABI and its memory, and no mutable global', () => {
  const exported = WebAssembly.Module.exports(module);
  assert.is(
    exported.every(({ name, kind }) => kind === (name === 'memory' ? 'memory' : 'function')),
    true,
  );
  const source = readFileSync(new URL('index.ts', assembly), 'utf8');
  const functions = [...source.matchAll(/^export function (\w+)/gm)].map((match) => match[1]!);
  for (const [, names] of source.matchAll(/^export \{ ([\w, ]+) \} from/gm)) {
    functions.push(...names!.split(', '));
  }
  assert.equal(exported.map(({ name }) => name).toSorted(), [...functions, 'memory'].toSorted());
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

test('every number that the bindings share with the core is the core’s', () => {
  let compared = 0;
  for (const [name, value] of Object.entries(abi)) {
    if (typeof value !== 'number') continue;
    const core = coreConstant(name);
    if (name === 'SCOPE_VERSION') {
      assert.is(value, fieldOffsets('Scope').get('version'));
    } else {
      assert.is(value, core, name);
    }
    compared++;
  }
  assert.ok(compared > 60);
});

test('every field that the bindings read or write is where the core has it', () => {
  const tables = {
    Args: ARGS,
    Header: HEADER,
    Entry: ENTRY,
    Wide: WIDE_FIELDS,
    Template: TEMPLATE,
  };
  for (const [record, table] of Object.entries(tables)) {
    const offsets = fieldOffsets(record);
    for (const [field, offset] of Object.entries(table)) {
      assert.is(offset, offsets.get(field), `${record}.${field}`);
    }
  }
  assert.ok(Math.max(...fieldOffsets('Header').values()) + 8 <= abi.COUNTERS_AT - abi.HEADER_AT);
});

test('causes have the core’s numbers', () => {
  const number: Record<string, string> = {
    absent: 'ABSENT',
    expired: 'EXPIRED',
    context: 'CONTEXT',
    version: 'VERSION',
    notResumable: 'UNRESUMABLE',
    extendedMasterSecret: 'EXTMS',
    foreignId: 'FOREIGN_ID',
    future: 'FUTURE',
  };
  for (const [i, cause] of abi.MISS_CAUSES.entries()) assert.is(coreConstant(number[cause]!), i);
  for (const [i, cause] of abi.REMOVAL_CAUSES.entries()) {
    assert.is(coreConstant(`LEFT_${cause.toUpperCase()}`), i);
  }
});

test('mode flags have the core’s bits', () => {
  for (const name of ['CLIENT', 'SERVER', 'NO_AUTO_CLEAR', 'UPDATE_TIME'] as const) {
    assert.is(SessionCacheMode[name], coreConstant(name));
  }
  for (const name of ['NO_INTERNAL_LOOKUP', 'NO_INTERNAL_STORE'] as const) {
    assert.is(SessionCacheMode[name], coreConstant(name));
  }
});

test.run();
