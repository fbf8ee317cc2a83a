// Runs the suites of one test file. Failures are printed at once, the rest when the file has ended.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compare } from 'uvu/diff';
import { noteOpen } from './leftovers.ts';
import { queue, remarks, runSuite } from './suite.ts';

export interface Failure {
  title: string;
  text: string;
}

/** The outcome of a file; plain data, which passes between processes. */
export interface FileResult {
  file: string;
  tests: number;
  passed: number;
  failed: number;
  notRun: { title: string; program: string }[];
  remarks: string[];
  ms: number;
}

const root = join(import.meta.dirname, '..');
let running = 'no test';

/** Reports uncaught exceptions and unhandled rejections. */
export function watchStrays(tell: (failure: Failure) => void): void {
  process.on('uncaughtException', (error) => {
    tell({ title: `${running}: not caught`, text: textOf(error) });
  });
}

/** Runs `file`, a path below test/. */
export async function runFile(file: string, tell: (failure: Failure) => void): Promise<FileResult> {
  const begin = performance.now();
  const result: FileResult = {
    file,
    tests: 0,
    passed: 0,
    failed: 0,
    notRun: [],
    remarks: [],
    ms: 0,
  };
  const fail = (title: string, error: unknown): void => {
    result.failed++;
    tell({ title, text: textOf(error) });
  };
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
    result.tests += suite.tests.length;
    const prefix = suite.name ? `${file} › ${suite.name}` : file;
    for (const outcome of await runSuite(suite)) {
      const title = `${prefix} › ${outcome.name}`;
      if (outcome.status === 'passed') result.passed++;
      else if (outcome.status === 'failed') fail(title, outcome.error);
      else result.notRun.push({ title, program: outcome.program });
    }
  }
  noteOpen(file);
  result.remarks = remarks.splice(0);
  result.ms = performance.now() - begin;
  return result;
}

/** The text of a failure; for assertions, with the difference between both sides. */
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
    .filter((line) => !/^\s+at .*(node:internal|\/uvu\/|support\/(suite|run-file)\.ts)/.test(line));
  const cause = error.cause === undefined ? '' : `\ncaused by ${textOf(error.cause)}`;
  return [...stack, ...(differs ? [compare(actual, expects)] : [])].join('\n') + cause;
}
