// The parts of bench/ that tests use. They are plain JavaScript, as benchmark.js wants it.

import { execFile } from 'node:child_process';
import { root } from '../examples/program.ts';
import type { Cache, Contender } from '../../bench/contenders/types.ts';

export type { Cache, Contender };

export type Figures = Record<string, Record<string, number[]>>;
export type Ratio = { best: string; median: number; low: number; high: number };
export type Verdict = { faster: string[]; slower: string[]; undecided: string[] };

/** See bench/report/results.js. */
export interface Results {
  machine: Record<string, string | number>;
  times: TimedSet[];
  copies?: Record<string, number[]>;
  releases?: {
    name: string;
    version: string;
    engine: 'V8' | 'JavaScriptCore';
    times: TimedSet[];
  }[];
}

export interface TimedSet {
  size: number;
  length: number;
  rounds: number;
  seconds: number;
  figures: Figures;
}

export interface Loss {
  set: TimedSet;
  workload: string;
  group: string;
  ratio: Ratio & { release: string };
  reason: string;
}

export interface Target {
  title: string;
  reached: string;
  verdict: 'aim' | 'must' | 'missed';
}

interface Modules {
  'measure/check.js': { check(contender: Contender): Promise<void> };
  'contenders/index.js': { contenders: Record<string, Contender>; OPENSSL: string };
  'contenders/keys.js': { keys: Record<string, (id: Uint8Array) => string> };
  'data/ids.js': { Ids: new (prefixed?: boolean) => { at(index: number): Uint8Array } };
  'data/sessions.js': {
    TLS12_BYTES: number;
    DATA_BYTES: number;
    CERTIFICATE_BYTES: number;
    CHAIN_BYTES: number;
    dataOf(index: number, length?: number): Uint8Array;
    withId(data: Uint8Array, id: Uint8Array): Uint8Array;
  };
  'native/build.js': {
    buildNative(): { version: string } | { missing: string };
    runNative(task: { what: string; size: number; seconds?: number }): Record<string, number>;
  };
  'report/losses.js': {
    losses(results: Results): Loss[];
    rowTitle(workload: string, set: TimedSet): string;
  };
  'report/overview.js': { overview(results: Results): string };
  'report/page.js': { page(results: Results): string };
  'report/readme.js': { figuresOf(results: Results): string };
  'report/results.js': { reference(): Results };
  'report/targets.js': { targets(results: Results): Target[] };
  'report/ratios.js': {
    median(values: number[]): number;
    ratio(figures: Figures, workload: string, group: string): Ratio | undefined;
    worst(
      results: Results,
      set: TimedSet,
      workload: string,
      group: string,
    ): (Ratio & { release: string }) | undefined;
    verdict(figures: Figures, group: string): Verdict;
  };
  'report/text.js': { times(figures: Figures): string };
  'workloads/index.js': Record<
    'workloads' | 'crowdWorkloads',
    Record<string, { title: string; about: string }>
  >;
}

/** Imports a module of bench/. */
export function bench<Name extends keyof Modules>(name: Name): Promise<Modules[Name]> {
  return import(new URL(`../../bench/${name}`, import.meta.url).href);
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** It is over in seconds, unless the machine has much else to do. */
const LIMIT = 5 * 60_000; // milliseconds

/** Runs `node bench/<program> <args>` to its end. */
export function runBench(program: string, ...args: string[]): Promise<Ended> {
  const options = { cwd: root, timeout: LIMIT };
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [`bench/${program}`, ...args],
      options,
      (error, stdout, stderr) => {
        if (error && child.exitCode === null) reject(error);
        else resolve({ code: child.exitCode ?? 0, stdout, stderr });
      },
    );
  });
}
