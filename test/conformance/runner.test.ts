// The conformance runner can fail: it notices every kind of change in a recording, and a folder of
// vectors that is not what it seems.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { depth, remarkDepth } from '../support/depth.ts';
import { seededRandom } from '../support/random.ts';
import { replay } from './replay/index.ts';
import { alterValue, dropElement, swapElements } from './tamper.ts';
import { obstacles, recordedVectors, vectorsIn, type Vector } from './vector.ts';

const vectors = recordedVectors();
const replayable = vectors.filter((vector) => obstacles(vector).length === 0);

/** Those that are tampered with: with --all each of them. */
const sample = depth(
  replayable,
  replayable.filter((_, i) => i % 3 === 0),
);
const tampering = suite('tampered recordings');

for (const [what, tamper, least] of [
  ['a changed value', alterValue, 1],
  ['a missing event, label or counter', dropElement, 1],
  ['two events or labels in the wrong order', swapElements, 0.6],
] as const) {
  tampering(`${what} is noticed at the operation that has it`, () => {
    const random = seededRandom(3019);
    let tried = 0;
    for (const vector of sample) {
      const tampered = tamper(vector, random);
      if (tampered === undefined) continue;
      tried++;
      const failure = replay(tampered.vector, { profile: 'openssl-3.0' });
      const where = `${vector.name}, operation ${tampered.step}, ${tampered.path}`;
      assert.match(failure?.operation ?? 'not noticed', new RegExp(`^${tampered.step}: `), where);
    }
    assert.ok(tried >= least * sample.length, `only ${tried} could be tampered with`);
  });
}

tampering('an exception of the API or of a check is a failure', () => {
  const check = () => {
    throw new Error('planted');
  };
  const failure = replay(replayable[0]!, { profile: 'openssl-3.0', check });
  assert.is(failure?.path, 'error');
  assert.match(String(failure?.got), 'planted');
});

tampering('an operation that the runner does not know is a failure', () => {
  const steps = [{ i: 0, cmd: ['juggle', 'S'], ret: 1, ev: [], st: {} }];
  const failure = replay({ name: 'unknown', tags: [], steps }, { profile: 'openssl-3.0' });
  assert.equal([failure?.path, failure?.got], ['ret', 'unknown']);
});

tampering('the other profile does not pass for OpenSSL', () => {
  const failures = sample.filter((vector) => replay(vector, { profile: 'manual' }));
  assert.ok(failures.length > sample.length / 4, `${failures.length} differ`);
});

tampering.after(() => remarkDepth('vectors tampered with', replayable.length, sample.length));

tampering.run();

const folders = suite<{ folder: string }>('folders of vectors');

folders.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'sesscache-vectors-'));
});
folders.after.each(({ folder }) => {
  rmSync(folder, { recursive: true });
});

folders('what is out of scope is told from the operations, whatever an index says', () => {
  const outside = (tag: string) =>
    vectors.filter((vector) => obstacles(vector).includes(tag)).map(({ name }) => name);
  assert.equal(outside('renegotiation'), ['h40-renegotiate']);
  assert.equal(
    outside('stateless-tickets').filter((name) => name.startsWith('h')),
    ['h37-tls13-no_ticket-0', 'h38-tls13-anti-replay', 'h39-tls12-tickets'],
  );
  for (const vector of vectors) {
    assert.equal(obstacles({ ...vector, tags: [] }), obstacles(vector), vector.name);
  }
});

folders('vectors are read with the tags of the index', ({ folder }) => {
  const [first] = write(folder, vectors.slice(0, 2));
  assert.equal(vectorsIn(folder), vectors.slice(0, 2).toSorted(byName));
  assert.is(first?.name, vectors[0]?.name);
});

folders('a good folder passes', ({ folder }) => {
  const outside = vectors.filter((vector) => obstacles(vector).length > 0);
  write(folder, [...replayable.slice(0, 50), ...outside]);
  const { status, stdout } = run(folder);
  assert.match(stdout, /^50 passed, 0 failed\n/);
  assert.match(stdout, '11 out of scope: 10 stateless-tickets, 1 renegotiation');
  assert.is(status, 0);
});

folders('a vector that fails is named, with what was expected and what came', ({ folder }) => {
  const tampered = structuredClone(replayable[0]!);
  tampered.steps[0]!.ret = 12345;
  write(folder, [tampered, replayable[1]!]);
  const { status, stdout } = run(folder);
  assert.match(stdout, /^1 passed, 1 failed\n/);
  assert.match(stdout, `FAIL ${tampered.name}, operation 0: ${tampered.steps[0]!.cmd.join(' ')}`);
  assert.match(stdout, 'ret: expected 12345, got 0');
  assert.is(status, 1);
});

folders('a vector that is listed but missing, empty or no JSON fails', ({ folder }) => {
  write(folder, replayable.slice(0, 1));
  const index = [replayable[0]!, { name: 'missing', tags: [] }, { name: 'empty', tags: [] }];
  writeFileSync(join(folder, 'index.json'), JSON.stringify(index));
  writeFileSync(join(folder, 'empty.jsonl'), '\n');
  writeFileSync(join(folder, 'broken.jsonl'), '{"i":0,');
  const { status, stdout } = run(folder);
  assert.match(stdout, /^1 passed, 3 failed\n/);
  for (const name of ['missing', 'empty', 'broken']) assert.match(stdout, `FAIL ${name}: `);
  assert.is(status, 1);
});

folders('nothing to replay is a failure', ({ folder }) => {
  assert.is(run(folder).status, 1);
  write(folder, [vectors.find((vector) => obstacles(vector).length > 0)!]);
  const { status, stdout } = run(folder);
  assert.match(stdout, 'no vector was replayed');
  assert.is(status, 1);
});

folders.run();

function write(folder: string, chosen: Vector[]): Vector[] {
  for (const { name, steps } of chosen) {
    const lines = steps.map((step) => JSON.stringify(step));
    writeFileSync(join(folder, `${name}.jsonl`), `${lines.join('\n')}\n`);
  }
  const index = chosen.map(({ name, tags }) => ({ name, tags }));
  writeFileSync(join(folder, 'index.json'), JSON.stringify(index));
  return chosen;
}

function run(folder: string): { status: number | null; stdout: string } {
  const cli = join(import.meta.dirname, 'cli.ts');
  const args = ['--import', 'tsx', cli, '--vectors', folder];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.is(stderr, '');
  return { status, stdout };
}

function byName(a: Vector, b: Vector): number {
  return a.name < b.name ? -1 : 1;
}
