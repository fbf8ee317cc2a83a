// Records scripts with the libssl of this machine: compiles recorder/, feeds it, and reads vectors.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Script } from './generate/scripts.ts';
import { deriveTags, type Step, type Vector } from './vector.ts';

const SOURCES = join(import.meta.dirname, 'recorder');
const BUILD = join(import.meta.dirname, '../../build/conformance');

const FLAGS = ['-std=c11', '-D_GNU_SOURCE', '-O2', '-g', '-Wall', '-Wextra', '-Werror'];
/** SSL_has_matching_session_id is asked through methods of one version. */
const ALLOWED = ['-Wno-deprecated-declarations'];

/** What runs a recorder: scripts on its stdin, recordings on its stdout. */
export interface Recorder {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Compiles `files` of the recorder, unless that has been done. Returns the path of the result. */
export function compile(
  name: string,
  files: readonly string[],
  options: readonly string[],
): string {
  const args = [...FLAGS, ...ALLOWED, ...files.map((file) => join(SOURCES, file)), ...options];
  const program = join(BUILD, `${name}-${digest(args)}`);
  if (existsSync(program)) return program;
  mkdirSync(BUILD, { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  const { status, stderr, error } = spawnSync('gcc', [...args, '-o', unfinished], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    const needs = 'recording needs gcc, and the headers of OpenSSL 3 (libssl-dev)';
    throw new Error(`${needs}: ${error?.message ?? stderr}`);
  }
  renameSync(unfinished, program);
  return program;
}

/** Names a build after what it is made of. */
function digest(args: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(args));
  for (const file of readdirSync(SOURCES).toSorted())
    hash.update(readFileSync(join(SOURCES, file)));
  return hash.digest('hex').slice(0, 16);
}

/** All of the recorder but what only one way to run it needs. */
export function sharedFiles(): string[] {
  const others = new Set(['main.c', 'addon.c', 'clock.c']);
  return readdirSync(SOURCES).filter((file) => file.endsWith('.c') && !others.has(file));
}

/** The recorder for the libssl of the system. */
export function systemRecorder(): Recorder {
  const files = [...sharedFiles(), 'clock.c', 'main.c'];
  return { command: compile('recorder', files, ['-lssl', '-lcrypto']), args: [] };
}

/** The recorder for the libssl inside a release of Node, whose headers stand beside it. */
export function nodeRecorder(node: string): Recorder {
  const headers = join(dirname(node), '../include/node');
  const shared = ['-shared', '-fPIC'];
  const clock = compile('clock', ['clock.c'], shared);
  const addon = compile('addon', [...sharedFiles(), 'addon.c'], [...shared, `-I${headers}`]);
  return {
    command: node,
    args: [join(SOURCES, 'addon.cjs'), addon],
    env: { LD_PRELOAD: clock },
  };
}

/** The version of the libssl that a recorder records. */
export function libraryOf({ command, args, env }: Recorder): string {
  const { stdout } = spawnSync(command, [...args, '--version'], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return stdout.trim();
}

/** Records `scripts`, and yields each as soon as it is done. */
export async function* record(
  { command, args, env }: Recorder,
  scripts: Iterable<Script>,
): AsyncGenerator<Vector, void, undefined> {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const ended = new Promise<string>((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (code, signal) => resolve(code === 0 ? '' : `ended with ${code ?? signal}`));
  });
  child.stdin.on('error', () => {}); // the recorder is gone: `ended` tells why
  Readable.from(textOf(scripts)).pipe(child.stdin);
  let name: string | undefined;
  let steps: Step[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.endsWith('}')) break; // it did not get further
    const step = JSON.parse(line) as Step | { script: string };
    if ('script' in step) {
      if (name !== undefined) yield vectorOf(name, steps);
      name = step.script;
      steps = [];
    } else {
      steps.push(step);
    }
  }
  const trouble = await ended;
  if (trouble !== '') throw new Error(`the recorder ${trouble}, in script ${name ?? 'none'}`);
  if (name !== undefined) yield vectorOf(name, steps);
}

function* textOf(scripts: Iterable<Script>): Generator<string, void, undefined> {
  for (const { name, lines } of scripts) yield `script ${name}\n${lines.join('\n')}\n`;
}

function vectorOf(name: string, steps: Step[]): Vector {
  return { name, tags: deriveTags(steps), steps };
}
