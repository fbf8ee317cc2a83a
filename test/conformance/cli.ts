// npm run conformance -- [--vectors FOLDER] [--profile openssl-3.0|manual]
//
// Replays recorded behaviour of OpenSSL's session cache through the public API of sesscache. Without
// --vectors these are the project's own. Fails when a vector fails, and when there is none.

import { parseArgs } from 'node:util';
import { replay, type Failure } from './replay.ts';
import { obstacles, recordedVectors, vectorsIn, type Unreadable, type Vector } from './vector.ts';
import type { Profile } from './world.ts';

const { values } = parseArgs({
  options: {
    vectors: { type: 'string' },
    profile: { type: 'string', default: 'openssl-3.0' },
  },
});
const profile = profileNamed(values.profile);
const all: (Vector | Unreadable)[] =
  values.vectors === undefined ? recordedVectors() : vectorsIn(values.vectors);

const failures: (Failure | Unreadable)[] = [];
const outOfScope = new Map<string, number>();
let passed = 0;

for (const vector of all) {
  if ('problem' in vector) {
    failures.push(vector);
    continue;
  }
  const tags = obstacles(vector);
  if (tags.length > 0) {
    const key = tags.join('+');
    outOfScope.set(key, (outOfScope.get(key) ?? 0) + 1);
    continue;
  }
  const failure = replay(vector, { profile });
  if (failure === undefined) passed++;
  else failures.push(failure);
}

console.log(`${passed} passed, ${failures.length} failed`);
for (const failure of failures) report(failure);
const skipped = all.length - passed - failures.length;
if (skipped > 0) {
  const counts = [...outOfScope].map(([tags, count]) => `${count} ${tags}`);
  console.log(`${skipped} out of scope: ${counts.join(', ')}`);
}
if (passed + failures.length === 0) console.log('no vector was replayed');
if (failures.length > 0 || passed === 0) process.exitCode = 1;

function report(failure: Failure | Unreadable): void {
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
