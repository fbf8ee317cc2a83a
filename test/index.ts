// Runs every *.test.ts below this folder, or those whose path holds one of the arguments:
// `npm test -- conformance core`. `--unit`: the first layer alone. `--all`: a test that cannot run for
// want of a program is a failure.
//
// A file that has no tests or does not call `test.run()` fails. The run ends when its totals are
// printed, whatever tests have left open.

import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { compare } from 'uvu/diff';
import { leftOpen, noteOpen } from './support/leftovers.ts';
import { type Outcome, queue, runSuite } from './support/suite.ts';

/** The first layer: what needs no network, no other program and no second process. */
const UNIT = /^(core|model|manual|conformance)\//;

const { values: flags, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: { unit: { type: 'boolean' }, all: { type: 'boolean' } },
});
const root = import.meta.dirname;
const started = performance.now();
const failures: { title: string; error: unknown }[] = [];
const notRun: { title: string; program: string }[] = [];
/** Milliseconds of the files of each folder. */
const folders = new Map<string, number>();
let passed = 0;
let running = 'no test';

process.on('uncaughtException', (error) => {
  fail(`${running}: not caught`, error); // an unhandled rejection too
});

const files = testFiles();
if (files.length === 0) fail('no test file matches', new Error(filters.join(' ') || '*.test.ts'));
for (const [i, file] of files.entries()) {
  await runFile(file);
  if (UNIT.test(file) && !UNIT.test(files[i + 1] ?? '')) {
    console.log(`${'─'.repeat(60)} first layer: ${passed} passed, ${failures.length} failed, ${since(started)}`); // prettier-ignore
  }
}
const open = await leftOpen();
report();
process.exit(failures.length > 0 ? 1 : 0);

/** The test files that are asked for, the first layer first. */
function testFiles(): string[] {
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules/'))
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
    .toSorted();
  const unit = all.filter((file) => UNIT.test(file));
  return flags.unit ? unit : [...unit, ...all.filter((file) => !UNIT.test(file))];
}

async function runFile(file: string): Promise<void> {
  const begin = performance.now();
  const before = failures.length;
  const left = notRun.length;
  let tests = 0;
  running = file;
  queue.length = 0;
  try {
    await import(pathToFileURL(join(root, file)).href);
    if (queue.length === 0) fail(file, new Error('ran no suite: is `test.run()` missing?'));
  } catch (error) {
    fail(`${file}: did not load`, error);
  }
  for (const suite of queue.splice(0)) {
    if (suite.tests.length === 0) fail(file, new Error('has a suite without tests'));
    tests += suite.tests.length;
    const title = suite.name ? `${file} › ${suite.name}` : file;
    for (const outcome of await runSuite(suite)) count(title, outcome);
  }
  noteOpen(file);
  const folder = file.slice(0, file.indexOf('/'));
  folders.set(folder, (folders.get(folder) ?? 0) + performance.now() - begin);
  const mark = failures.length > before ? '✘' : notRun.length > left ? '–' : '✔';
  const without = notRun.length > left ? `, ${notRun.length - left} not run` : '';
  console.log(`${mark} ${file} ${'.'.repeat(Math.max(2, 50 - file.length))} ${tests} tests${without}, ${since(begin)}`); // prettier-ignore
}

function count(suite: string, outcome: Outcome): void {
  const title = `${suite} › ${outcome.name}`;
  if (outcome.status === 'passed') passed++;
  else if (outcome.status === 'failed') fail(title, outcome.error);
  else notRun.push({ title, program: outcome.program });
}

function fail(title: string, error: unknown): void {
  failures.push({ title, error });
  console.log(`\nFAIL ${title}\n${textOf(error)}\n`);
}

/** Of assertions also how both sides differ. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { actual, expects, operator } = error as {
    actual?: unknown;
    expects?: unknown;
    operator?: string;
  };
  const differs = operator !== undefined && !operator.includes('not');
  const stack = (error.stack ?? String(error))
    .split('\n')
    .filter((line) => !/^\s+at .*(node:internal|\/uvu\/|support\/suite\.ts)/.test(line));
  const cause = error.cause === undefined ? '' : `\ncaused by ${textOf(error.cause)}`;
  return [...stack, ...(differs ? [compare(actual, expects)] : [])].join('\n') + cause;
}

function report(): void {
  if (notRun.length > 0) {
    const programs = [...new Set(notRun.map(({ program }) => program))];
    console.log(`\nNot run, for want of a program (\`npm run setup\` installs them):`);
    for (const program of programs) {
      const titles = notRun.filter((each) => each.program === program).map(({ title }) => title);
      console.log(`\n  ${program}: ${titles.length}`);
      for (const title of titles) console.log(`    ${title}`);
    }
    if (flags.all) failures.push({ title: `${notRun.length} tests did not run`, error: undefined });
  }
  if (open.length > 0) {
    console.log('\nLeft open, and ended now:');
    for (const line of open) console.log(`  ${line}`);
  }
  if (failures.length > 0) {
    console.log('\nFailed:');
    for (const { title } of failures) console.log(`  ${title}`);
  }
  if (folders.size > 1) {
    const seconds = [...folders].map(([name, ms]) => `${name} ${(ms / 1000).toFixed(1)}`);
    console.log(`\nSeconds: ${seconds.join(', ')}`);
  }
  console.log(`\n${since(started)}`);
  console.log(`${passed} passed, ${failures.length} failed, ${notRun.length} not run`);
}

function since(time: number): string {
  const seconds = (performance.now() - time) / 1000;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
