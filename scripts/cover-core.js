// Which branches of the core no test reached. Binaryen's log-execution pass starts every function,
// loop and branch of build/cover.wasm with `i32.const <probe>; call $log_execution`; the source map
// tells the line of what follows each probe, and build/reached/ holds the probes that ran.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

const CODE_SECTION = 10;
const I32_CONST = 0x41;
const CALL = 0x10;

const root = new URL('../', import.meta.url);
const build = new URL('build/', root);

/**
 * Joins the probes of a coverage run. A line counts as reached when all of its probes were.
 * Lines of std, of the validator (it exists for the tests) and of asserts (their branch is a bug)
 * do not count.
 * @returns {{ reached: number, total: number, percent: number, missed: string[] }}
 */
export function coverCore() {
  const wasm = readFileSync(new URL('cover.wasm', build));
  const map = new SourceMap(JSON.parse(readFileSync(new URL('cover.wasm.map', build), 'utf8')));
  const ran = probesThatRan();

  /** @type {Map<string, boolean>} */
  const lines = new Map();
  for (const { probe, next } of probesOf(wasm)) {
    const line = lineOf(map, next);
    if (line !== undefined) lines.set(line, (lines.get(line) ?? true) && ran.has(probe));
  }

  const missed = [...lines.keys()].filter((line) => !lines.get(line));
  const total = lines.size;
  const reached = total - missed.length;
  return { reached, total, percent: Math.floor((reached / total) * 1000) / 10, missed };
}

function probesThatRan() {
  const folder = new URL('reached/', build);
  const ran = new Set();
  if (!existsSync(folder)) return ran;
  for (const file of readdirSync(folder)) {
    for (const probe of JSON.parse(readFileSync(new URL(file, folder), 'utf8'))) ran.add(probe);
  }
  return ran;
}

/**
 * Finds every probe, and the offset of the instruction after it.
 * @param {Buffer} wasm
 */
function probesOf(wasm) {
  const callee = functionImports(wasm).indexOf('log_execution');
  if (callee < 0) throw new Error('build/cover.wasm has no probes: asconfig.json, target "cover"');
  const [start, end] = codeSection(wasm);
  const probes = [];
  for (let at = start; at < end; at++) {
    if (wasm[at] !== I32_CONST) continue;
    const [probe, call] = leb128(wasm, at + 1);
    if (wasm[call] !== CALL) continue;
    const [index, next] = leb128(wasm, call + 1);
    if (index === callee) probes.push({ probe, next });
  }
  // Probes are numbered from 0 without gaps, so bytes that only look like one cannot hide.
  const numbers = new Set(probes.map(({ probe }) => probe));
  if (numbers.size !== probes.length || Math.max(...numbers) !== probes.length - 1) {
    throw new Error(`build/cover.wasm: ${probes.length} probes found are not numbered in sequence`);
  }
  return probes;
}

/**
 * `file:line` of the code at or after `offset`, or undefined if that does not count.
 * @param {SourceMap} map
 * @param {number} offset
 */
function lineOf(map, offset) {
  const entry = map.findEntry(0, offset);
  if (!('originalSource' in entry)) return undefined;
  const { originalSource, originalLine } = entry;
  if (!originalSource?.startsWith('assembly/')) return undefined;
  if (originalSource === 'assembly/validate.ts') return undefined;
  const text = sourceLines(originalSource)[originalLine] ?? '';
  if (/\bassert\(/.test(text)) return undefined;
  return `${originalSource}:${originalLine + 1}`;
}

/** @type {Map<string, string[]>} */
const sources = new Map();

/** @param {string} file */
function sourceLines(file) {
  const lines = sources.get(file) ?? readFileSync(new URL(file, root), 'utf8').split('\n');
  sources.set(file, lines);
  return lines;
}

/** @param {Buffer} wasm */
function functionImports(wasm) {
  return WebAssembly.Module.imports(new WebAssembly.Module(new Uint8Array(wasm)))
    .filter(({ kind }) => kind === 'function')
    .map(({ name }) => name);
}

/** @param {Buffer} wasm */
function codeSection(wasm) {
  for (let at = 8; at < wasm.length;) {
    const [length, body] = leb128(wasm, at + 1);
    if (wasm[at] === CODE_SECTION) return [body, body + length];
    at = body + length;
  }
  throw new Error('build/cover.wasm has no code section');
}

/**
 * Reads an unsigned LEB128 number; returns it and the offset after it.
 * @param {Buffer} bytes
 * @param {number} at
 */
function leb128(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at];
  }
}
