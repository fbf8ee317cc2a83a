#!/usr/bin/env node
// The command `sesscache`: package.json, `bin`.

import tls from 'node:tls';
import { readArguments, USAGE, UsageError } from './arguments.ts';
import { probe } from './probe.ts';
import { EXIT_CODES, inWords, verdictOf } from './verdict.ts';

const FAILED = 2;

async function main(args: readonly string[]): Promise<number> {
  if (args.length === 0 || args.includes('--help') || args.includes('-h')) {
    console.log(USAGE);
    return args.length === 0 ? FAILED : 0;
  }
  // NODE_OPTIONS may have installed sesscache/auto, which would offer sessions of its own.
  const uninstall: unknown = Reflect.get(tls.connect, Symbol.for('sesscache.auto'));
  if (typeof uninstall === 'function') uninstall();
  const { json, ...options } = readArguments(args);
  const findings = await probe(options);
  const verdict = verdictOf(findings);
  console.log(json ? JSON.stringify({ verdict, ...findings }, null, 2) : inWords(findings));
  return EXIT_CODES[verdict];
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(`sesscache: ${(error as Error).message}`);
    if (error instanceof UsageError) console.error(`\n${USAGE}`);
    process.exitCode = FAILED;
  },
);
