// npm run test:statements -- [M1 A3b …]
//
// Breaks each statement of the table in a copy of the project, and has the test that it names fail,
// and pass again without the edit. So a statement whose test would not notice is found.

import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { testOf, type Statement } from './statement.ts';
import { STATEMENTS } from './table.ts';

const ROOT = join(import.meta.dirname, '../..');
const COPIES = join(ROOT, 'build/statements');
const LEFT_OUT = new Set(['node_modules', 'build', 'dist', 'coverage', '.git']);

const wanted = process.argv.slice(2);
const chosen = STATEMENTS.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
const left = chosen.filter(({ broken }) => broken !== undefined);
let failures = chosen.length === 0 ? 1 : 0;

await Promise.all(Array.from({ length: availableParallelism() }, (_, n) => work(copy(n))));
const untested = chosen.filter(({ because }) => because !== undefined);
console.log(
  `${chosen.length - untested.length - failures} statements have a test that fails without them`,
);
console.log(`${untested.length} do not apply`);
if (failures > 0) process.exitCode = 1;

/** Takes statements off the list and tries them in one copy. */
async function work(folder: string): Promise<void> {
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    const complaint = await tryOne(folder, next);
    if (complaint !== undefined) failures++;
    console.log(
      `${complaint === undefined ? 'ok  ' : 'FAIL'} ${next.id} ${complaint ?? next.says}`,
    );
  }
  rmSync(folder, { recursive: true });
}

/** What is wrong with a statement's test, or undefined. */
async function tryOne(folder: string, statement: Statement): Promise<string | undefined> {
  const { file, name } = testOf(statement);
  const [source, from, to] = statement.broken!;
  const whole = await run(folder, file, name);
  if (whole !== 'passes') return `the test ${whole} as it is`;
  const path = join(folder, source);
  const text = readFileSync(path, 'utf8');
  if (text.split(from).length !== 2) return `${source} does not have this once: ${from}`;
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  try {
    if (source.startsWith('assembly/')) await compile(folder);
    const broken = await run(folder, file, name);
    return broken === 'fails' ? undefined : `the test ${broken} although it is broken`;
  } finally {
    writeFileSync(path, text);
    if (source.startsWith('assembly/')) await compile(folder);
  }
}

type Outcome = 'passes' | 'fails' | 'did not run';

/** Runs a test file in a copy: what becomes of the test called `name`. */
async function run(folder: string, file: string, name: string): Promise<Outcome> {
  const args = ['--import', 'tsx', 'test/index.ts', file];
  const { output } = await execute(folder, process.execPath, args);
  const totals = /(\d+) passed, (\d+) failed, 0 not run/.exec(output);
  if (totals === null) return 'did not run';
  // What breaks a whole file shows nothing about one statement; some files have but one test.
  if (totals[1] === '0' && totals[2] !== '1') return 'did not run';
  const failed = new RegExp(`^ *(?:FAIL )?${literal(file)} › (?:.* › )?${literal(name)}$`, 'm');
  return failed.test(output) ? 'fails' : 'passes';
}

/** Makes the core of a copy from its AssemblyScript. */
async function compile(folder: string): Promise<void> {
  const { code, output } = await execute(folder, 'npm', ['run', '--silent', 'build:core']);
  if (code !== 0) throw new Error(`the core does not compile: ${output}`);
}

function execute(
  cwd: string,
  command: string,
  args: string[],
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** A copy of the project, to break. */
function copy(n: number): string {
  const folder = join(COPIES, String(n));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(ROOT)) {
    if (!LEFT_OUT.has(name)) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
