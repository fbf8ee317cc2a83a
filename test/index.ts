// Runs every *.test.ts below this folder, or those whose path holds one of the arguments:
// `npm test -- conformance core`. Left alone, uvu passes when it finds no file, when a file never
// calls `run()`, when a `before` hook throws and when tests are skipped. Here each of these fails.

import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What a suite resolves to: its errors as text (or `true`), tests passed, skipped, planned. */
type Outcome = [errors: string | true, passed: number, skipped: number, planned: number];
type Suite = () => Promise<Outcome>;
type Queue = [name: string | null, ...suites: Suite[]][];

const uvuGlobals = globalThis as unknown as {
  UVU_DEFER: number; // set before uvu loads: suites are queued instead of run
  UVU_INDEX: number; // which row of the queue `run()` adds to
  UVU_QUEUE: Queue;
};

const root = import.meta.dirname;
const faults: string[] = [];
let passed = 0;
let failed = 0;

uvuGlobals.UVU_DEFER = 1;
const { exec } = await import('uvu');

for (const file of testFiles(process.argv.slice(2))) await load(file);
await exec();

for (const fault of faults) console.error(`FAIL ${fault}`);
failed += faults.length;
if (failed > 0) process.exitCode = 1;
console.log(`${passed} passed, ${failed} failed`);

function testFiles(filters: string[]): string[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
    .toSorted();
  if (files.length === 0) faults.push(`no test file matches: ${filters.join(' ') || '*.test.ts'}`);
  return files;
}

/** Imports `file`, which queues its suites, and has the outcome of each counted. */
async function load(file: string): Promise<void> {
  const queue = uvuGlobals.UVU_QUEUE;
  uvuGlobals.UVU_INDEX = queue.push([file]) - 1;
  try {
    await import(pathToFileURL(join(root, file)).href);
  } catch (error) {
    faults.push(`${file} did not load`);
    console.error(error);
  }
  const [name, ...suites] = queue[uvuGlobals.UVU_INDEX] ?? [file];
  if (suites.length === 0) faults.push(`${file} ran no suite: is \`test.run()\` missing?`);
  queue[uvuGlobals.UVU_INDEX] = [name, ...suites.map((suite) => counted(file, suite))];
}

function counted(file: string, suite: Suite): Suite {
  return async () => {
    const outcome = await suite();
    const [errors, ran, skipped, planned] = outcome;
    passed += ran;
    failed += planned - ran;
    if (errors === true && ran < planned) console.error(`${file}: a \`before\` hook threw`);
    if (planned === 0) faults.push(`${file} has a suite without tests`);
    if (skipped > 0) faults.push(`${file} skips ${skipped} tests`);
    return outcome;
  };
}
