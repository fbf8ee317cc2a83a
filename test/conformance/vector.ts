// Recorded vectors: how they look, where they are read from, which of them can be replayed.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import type { Script } from './generate/scripts.ts';
import type { State } from './replay/state.ts';
import type { TraceEvent } from './replay/trace.ts';

/** One operation with its outcome in OpenSSL. */
export interface Step {
  i: number;
  cmd: string[];
  ret: unknown;
  ev: TraceEvent[];
  /** What changed; the last operation has none. */
  st?: State;
}

export interface Vector {
  name: string;
  tags: string[];
  steps: Step[];
}

/** A vector that could not be read. */
export interface Unreadable {
  name: string;
  problem: string;
}

/** No vector with one of these tags is replayed: docs/compatibility.md has the reasons. */
export const OUT_OF_SCOPE = ['stateless-tickets', 'renegotiation'];

export const RECORDED = new URL('./vectors.jsonl.br', import.meta.url);

/** The project's own vectors, one to a line. */
export function recordedVectors(): Vector[] {
  const text = brotliDecompressSync(readFileSync(RECORDED)).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Vector);
}

/** The vectors of a folder: NAME.jsonl each, their tags in index.json or else worked out. */
export function vectorsIn(folder: string): (Vector | Unreadable)[] {
  const tagsOf = readIndex(folder);
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl'))
    .map((file) => file.slice(0, -'.jsonl'.length));
  const missing = [...tagsOf.keys()].filter((name) => !names.includes(name));
  return [
    ...names.toSorted().map((name) => readVector(folder, name, tagsOf.get(name))),
    ...missing.map((name) => ({ name, problem: 'is in index.json, but not in the folder' })),
  ];
}

/** The script that a vector was recorded from. */
export function scriptOf({ name, steps }: Vector): Script {
  const commands = steps.map(({ cmd }) => cmd.join(' '));
  return { name, lines: commands.filter((line) => line !== 'end') };
}

/** Whether the recorder of this folder has all of the operations of `vector`. */
export function isRecordable({ steps }: Vector): boolean {
  return !steps.some(({ cmd }) => cmd[0] === 'reneg');
}

/** The tags of `vector` that keep it from being replayed. */
export function obstacles({ steps }: Vector): string[] {
  return deriveTags(steps).filter((tag) => OUT_OF_SCOPE.includes(tag));
}

function readIndex(folder: string): Map<string, string[]> {
  const file = join(folder, 'index.json');
  if (!existsSync(file)) return new Map();
  const index = JSON.parse(readFileSync(file, 'utf8')) as { name: string; tags: string[] }[];
  return new Map(index.map(({ name, tags }) => [name, tags]));
}

function readVector(folder: string, name: string, tags?: string[]): Vector | Unreadable {
  try {
    const steps = readFileSync(join(folder, `${name}.jsonl`), 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as Step);
    if (steps.length === 0) return { name, problem: 'holds no operation' };
    if (!steps.every(isStep)) return { name, problem: 'holds a line that is no operation' };
    return { name, tags: tags ?? deriveTags(steps), steps };
  } catch (error) {
    return { name, problem: String(error) };
  }
}

function isStep({ cmd, ev }: Step): boolean {
  return Array.isArray(cmd) && Array.isArray(ev);
}

/**
 * The tags that matter for the choice, worked out from the operations, and those that tell the rest
 * apart.
 */
export function deriveTags(steps: readonly Step[]): string[] {
  const commands = steps.map(({ cmd }) => cmd);
  const connects = commands.filter(([name]) => name === 'connect' || name === 'many');
  return [
    connects.length > 0 ? 'handshake' : 'pure',
    ...(connects.some(speaks13) ? ['tls13'] : []),
    ...(hasStatelessTickets(commands) ? ['stateless-tickets'] : []),
    ...(commands.some(([name]) => name === 'reneg') ? ['renegotiation'] : []),
  ];
}

function speaks13(words: readonly string[]): boolean {
  return words.some((word) => /^ver=(1\.3|0x0*304|772)$/i.test(word));
}

/**
 * Whether a handshake happens while the server's tickets hold the session themselves: with tickets
 * on, and in TLS 1.3 without protection against replay, for which they are kept in the cache.
 */
function hasStatelessTickets(commands: readonly (readonly string[])[]): boolean {
  const options = new Map([['no_ticket', '1']]);
  for (const words of commands) {
    const [name, context] = words;
    if (name === 'opt' && context === 'S') {
      for (const word of words.slice(2)) options.set(...(word.split('=') as [string, string]));
    }
    if ((name !== 'connect' && name !== 'many') || isOn(options, 'no_ticket')) continue;
    const isKept = isOn(options, 'max_early') && !isOn(options, 'no_anti_replay');
    if (!isKept || !speaks13(words)) return true;
  }
  return false;
}

function isOn(options: ReadonlyMap<string, string>, name: string): boolean {
  return Number(options.get(name) ?? 0) !== 0;
}
