// Writes the numbers that the bindings share with the core into bindings/core/, as TypeScript. They
// are those that assembly/abi.ts exports: compiled, they are constants of a module.
//
//   abi.generated.ts           export const DATA_MAX = 16384;
//                              export const MISS_CAUSES = ['absent', …] as const;
//   fields/NAME.generated.ts   export const serial = 0;      the offset of a field
//
// The bundler writes a number where it is used only if nothing but numbers comes before it in its
// module: hence the order, and a module for the fields of each record instead of an object.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';

const root = join(import.meta.dirname, '..');
const target = join(root, 'bindings/core');

const numbers = [];
/** @type {Map<string, [name: string, value: number][]>} */
const enums = new Map();
for (const [name, value] of await constants()) {
  const [kind, member] = name.split('.');
  if (member === undefined) numbers.push(`export const ${name} = ${value};`);
  else enums.set(kind, [...(enums.get(kind) ?? []), [member, value]]);
}
const lists = [];
for (const [kind, members] of enums) {
  if (kind.endsWith('Field')) writeFields(kind.slice(0, -'Field'.length).toLowerCase(), members);
  else lists.push(`export const ${listName(kind)} = ${listOf(kind, members)} as const;`);
}
write('abi.generated.ts', [...numbers, ...lists]);

/**
 * Compiles assembly/abi.ts; returns its constants in the order of their export.
 * @returns {Promise<[name: string, value: number][]>}
 */
async function constants() {
  let binary;
  const options = ['--optimizeLevel', '0', '--outFile', 'abi.wasm', '--disableWarning', '235'];
  const { error, stderr } = await main(['assembly/abi.ts', ...options, '--baseDir', root], {
    writeFile: (name, contents) => void (name === 'abi.wasm' && (binary = contents)),
  });
  if (error) throw new Error(`${stderr}`, { cause: error });
  const env = { memory: new WebAssembly.Memory({ initial: 1 }), abort: () => {} };
  const { instance } = await WebAssembly.instantiate(binary, { env });
  return Object.entries(instance.exports).flatMap(([name, exported]) => {
    if (!(exported instanceof WebAssembly.Global)) return [];
    return [[name, Number(BigInt.asUintN(32, BigInt(exported.value)))]];
  });
}

/** @param {string} record @param {[string, number][]} members */
function writeFields(record, members) {
  const lines = members.map(([name, offset]) => `export const ${name} = ${offset};`);
  write(`fields/${record}.generated.ts`, lines);
}

/** MissCause: MISS_CAUSES. @param {string} kind */
function listName(kind) {
  return `${kind.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}S`;
}

/**
 * The names by their numbers, which begin with 0.
 * @param {string} kind
 * @param {[string, number][]} members
 */
function listOf(kind, members) {
  const sorted = members.toSorted(([, a], [, b]) => a - b);
  if (!sorted.every(([, value], i) => value === i)) {
    throw new Error(`the numbers of enum ${kind} must be 0, 1, 2 and so on, without a gap`);
  }
  return `[${sorted.map(([name]) => `'${name}'`).join(', ')}]`;
}

/** A file that is as it should be keeps its date. @param {string} file @param {string[]} lines */
function write(file, lines) {
  const path = join(target, file);
  const text = `// Written by scripts/abi.js from assembly/abi.ts. Do not edit.\n\n${lines.join('\n')}\n`;
  mkdirSync(join(path, '..'), { recursive: true });
  if (textOf(path) !== text) writeFileSync(path, text);
}

/** @param {string} path */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
