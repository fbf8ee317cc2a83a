// npm run conformance -- [--vectors FOLDER [--library 3.0.19] | --record N [--seed S]]
//                        [--profile openssl-3.0|manual]
//
// Replays recorded behaviour of OpenSSL's session cache through the public API of sesscache: the
// project's own recordings, those of a folder, or N operations of random scripts that are recorded
// on the spot. Fails when a vector fails, and when there is none.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { profilesFor, scripts } from './generate/scripts.ts';
import { libraryOf, record, systemRecorder } from './record.ts';
import { replay, type Failure } from './replay/index.ts';
import type { Profile } from './replay/world.ts';
import { obstacles, recordedVectors, vectorsIn, type Unreadable, type Vector } from './vector.ts';

/** Where recordings that failed are left; a folder for each seed. */
const FAILED = join(import.meta.dirname, '../../build/conformance/failed');

const { values } = parseArgs({
  options: {
    vectors: { type: 'string' },
    record: { type: 'string' },
    seed: { type: 'string' },
    library: { type: 'string' },
    profile: { type: 'string', default: 'openssl-3.0' },
  },
});
const profile = profileNamed(values.profile);
/** The release of libssl that was recorded. */
let { library } = values;
let failed = FAILED;

const failures: (Failure | Unreadable)[] = [];
const outOfScope = new Map<string, number>();
let passed = 0;
let operations = 0;

const start = performance.now();
if (values.record === undefined) {
  for (const vector of values.vectors === undefined ? recordedVectors() : vectorsIn(values.vectors))
    check(vector);
} else {
  await recordAndCheck(wholeNumber('record', values.record, 1), seedOf(values.seed));
}
report();

function check(vector: Vector | Unreadable): void {
  if ('problem' in vector) {
    failures.push(vector);
    return;
  }
  const tags = obstacles(vector);
  if (tags.length > 0) {
    const key = tags.join('+');
    outOfScope.set(key, (outOfScope.get(key) ?? 0) + 1);
    return;
  }
  operations += vector.steps.length;
  const failure = replay(vector, { profile, library });
  if (failure === undefined) passed++;
  else {
    failures.push(failure);
    if (values.record !== undefined) keep(vector);
  }
}

async function recordAndCheck(count: number, seed: number): Promise<void> {
  const recorder = systemRecorder();
  library = libraryOf(recorder);
  console.log(`recording libssl ${library}, --record ${count} --seed ${seed}`);
  failed = join(FAILED, String(seed));
  const profiles = profilesFor(library);
  for await (const vector of record(recorder, scripts(seed, count, profiles))) check(vector);
}

/** Leaves a recording that failed where `--vectors` finds it. */
function keep({ name, steps }: Vector): void {
  mkdirSync(failed, { recursive: true });
  const lines = steps.map((step) => JSON.stringify(step));
  writeFileSync(join(failed, `${name}.jsonl`), `${lines.join('\n')}\n`);
}

function report(): void {
  const seconds = (performance.now() - start) / 1000;
  console.log(`${passed} passed, ${failures.length} failed`);
  console.log(
    `${operations} operations in ${seconds.toFixed(1)} s, ${Math.round(operations / seconds)} a second`,
  );
  for (const failure of failures) describe(failure);
  const skipped = [...outOfScope.values()].reduce((sum, count) => sum + count, 0);
  if (skipped > 0) {
    const counts = [...outOfScope].map(([tags, count]) => `${count} ${tags}`);
    console.log(`${skipped} out of scope: ${counts.join(', ')}`);
  }
  if (passed + failures.length === 0) console.log('no vector was replayed');
  if (failures.length > 0 && values.record !== undefined) {
    console.log(
      `to replay what failed: npm run conformance -- --vectors ${failed} --library ${library}`,
    );
  }
  if (failures.length > 0 || passed === 0) process.exitCode = 1;
}

function describe(failure: Failure | Unreadable): void {
  if ('problem' in failure) {
    console.log(`FAIL ${failure.name}: ${failure.problem}`);
    return;
  }
  const { name, operation, path, expected, got } = failure;
  console.log(`FAIL ${name}, operation ${operation}`);
  console.log(`  ${path}: expected ${text(expected)}, got ${text(got)}`);
}

function text(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' && value.includes('\n') ? value : JSON.stringify(value);
}

function profileNamed(name: string): Profile {
  if (name === 'openssl-3.0' || name === 'manual') return name;
  throw new RangeError(`"profile" expected openssl-3.0 or manual, got ${name}`);
}

/** The given seed, or another one on every run. */
function seedOf(given: string | undefined): number {
  if (given !== undefined) return wholeNumber('seed', given, 0);
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}

function wholeNumber(title: string, word: string, least: number): number {
  const value = Number(word);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`"${title}" expected a whole number of at least ${least}, got ${word}`);
}
