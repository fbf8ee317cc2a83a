// Runs every *.test.ts below this folder, or those whose path holds one of the arguments:
// `npm test -- conformance core`.
//
// --unit    the first layer alone
// --all     as CI runs it: all random cases; a test that cannot run for want of a program fails
// --jobs N  files of the first layer that run at a time, in a process each; 1: in this process.
//           Default: the number of cores. The files of the other layers run one after another.
//
// A file that has no tests or does not call `test.run()` fails. The run ends when its totals are
// printed, whatever tests have left open.

import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { sep } from 'node:path';
import { parseArgs } from 'node:util';
import { DEPTH } from './support/depth.ts';
import { leftOpen } from './support/leftovers.ts';
import { runInProcesses } from './support/pool.ts';
import { type Failure, type FileResult, runFile, watchStrays } from './support/run-file.ts';

/** The first layer: what needs no network, no other program and no second process. */
const UNIT = /^(core|model|manual|conformance)\//;

const { values: flags, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: { unit: { type: 'boolean' }, all: { type: 'boolean' }, jobs: { type: 'string' } },
});
process.env[DEPTH] = flags.all ? 'all' : 'part';
const started = performance.now();
const failures: Failure[] = [];
const results: FileResult[] = [];

watchStrays(fail);
const files = testFiles();
const unit = files.filter((file) => UNIT.test(file));
const rest = flags.unit ? [] : files.filter((file) => !UNIT.test(file));
if (unit.length + rest.length === 0) {
  fail({ title: 'no test file matches', text: filters.join(' ') || '*.test.ts' });
}
const open = await runFirstLayer();
for (const file of rest) ended(await runFile(file, fail));
open.push(...(await leftOpen()));
report();
process.exit(failures.length > 0 ? 1 : 0);

/** The test files that are asked for. */
function testFiles(): string[] {
  return readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules/'))
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
    .toSorted();
}

/** Returns what its processes have left open. */
async function runFirstLayer(): Promise<string[]> {
  const jobs = Math.min(jobsOf(flags.jobs), unit.length);
  const left: string[] = [];
  if (jobs > 1) left.push(...(await runInProcesses(unit, jobs, { failed: fail, ended })));
  else for (const file of unit) ended(await runFile(file, fail));
  if (unit.length > 0) {
    const many = jobs > 1 ? `, ${jobs} files at a time` : '';
    console.log(`${'─'.repeat(60)} first layer: ${passed()} passed, ${failures.length} failed, ${since(started)}${many}`); // prettier-ignore
  }
  return left;
}

function jobsOf(flag: string | undefined): number {
  if (flag === undefined) return availableParallelism();
  const jobs = Number(flag);
  if (Number.isSafeInteger(jobs) && jobs > 0) return jobs;
  throw new RangeError(`--jobs expected a whole number of at least 1, got ${flag}`);
}

function fail(failure: Failure): void {
  failures.push(failure);
  console.log(`\nFAIL ${failure.title}\n${failure.text}\n`);
}

function ended(result: FileResult): void {
  const { file, tests, failed, notRun, remarks, ms } = result;
  results.push(result);
  const mark = failed > 0 ? '✘' : notRun.length > 0 ? '–' : '✔';
  const without = notRun.length > 0 ? `, ${notRun.length} not run` : '';
  const further = remarks.map((text) => `; ${text}`).join('');
  console.log(`${mark} ${file} ${'.'.repeat(Math.max(2, 50 - file.length))} ${tests} tests${without}, ${seconds(ms)}${further}`); // prettier-ignore
}

function passed(): number {
  return results.reduce((sum, result) => sum + result.passed, 0);
}

function report(): void {
  const notRun = results.flatMap((result) => result.notRun);
  if (notRun.length > 0) {
    const programs = [...new Set(notRun.map(({ program }) => program))];
    console.log(`\nNot run, for want of a program (\`npm run setup\` installs them):`);
    for (const program of programs) {
      const titles = notRun.filter((each) => each.program === program).map(({ title }) => title);
      console.log(`\n  ${program}: ${titles.length}`);
      for (const title of titles) console.log(`    ${title}`);
    }
    if (flags.all) failures.push({ title: `${notRun.length} tests did not run`, text: '' });
  }
  if (open.length > 0) {
    console.log('\nLeft open, and ended now:');
    for (const line of open) console.log(`  ${line}`);
  }
  if (failures.length > 0) {
    console.log('\nFailed:');
    for (const { title } of failures) console.log(`  ${title}`);
  }
  const folders = new Map<string, number>();
  for (const { file, ms } of results) {
    const folder = file.slice(0, file.indexOf('/'));
    folders.set(folder, (folders.get(folder) ?? 0) + ms);
  }
  if (folders.size > 1) {
    const times = [...folders].map(([name, ms]) => `${name} ${(ms / 1000).toFixed(1)}`);
    console.log(`\nSeconds: ${times.join(', ')}`);
  }
  console.log(`\n${since(started)}`);
  console.log(`${passed()} passed, ${failures.length} failed, ${notRun.length} not run`);
}

function since(time: number): string {
  return seconds(performance.now() - time);
}

function seconds(ms: number): string {
  const count = ms / 1000;
  if (count < 100) return `${count.toFixed(1)} s`;
  return `${Math.floor(count / 60)} min ${Math.round(count % 60)} s`;
}
