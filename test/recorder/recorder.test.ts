// The recorder, and the command that records and replays: what they print, and how they fail.

import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeScript, PROFILES, profilesFor, scripts } from '../conformance/generate/scripts.ts';
import { KNOWN_DIFFERENCES, knownScripts } from '../conformance/known.ts';
import { libraryOf, record, systemRecorder, type Recorder } from '../conformance/record.ts';
import { firstDifference } from '../conformance/replay/difference.ts';
import { findProgram } from '../support/commands.ts';
import { isRecordable, recordedVectors, scriptOf, type Vector } from '../conformance/vector.ts';

const test = suite('recorder');

let recorder: Recorder;
let library: string;
let is30: boolean;

test.before(compileOnce);

/** The recorder, and what it records. */
function compileOnce(): void {
  for (const needed of ['gcc', '/usr/include/openssl/ssl.h']) findProgram(needed);
  recorder = systemRecorder();
  library = libraryOf(recorder);
  is30 = library.startsWith('3.0.');
}

async function recordAll(...args: Parameters<typeof record>): Promise<Vector[]> {
  const vectors: Vector[] = [];
  for await (const vector of record(...args)) vectors.push(vector);
  return vectors;
}

test('what it records of OpenSSL is what the vectors hold', async () => {
  const chosen = recordedVectors().filter(
    (vector) => vector.name.startsWith(is30 ? 'r-' : 'h0') && isRecordable(vector),
  );
  const anew = await recordAll(recorder, chosen.map(scriptOf));
  const different = anew.filter(({ steps }, i) => firstDifference(chosen[i]!.steps, steps, ''));
  // From 3.5 on, adding the identical session moves nothing, and times wrap around.
  const expected = is30 ? [] : ['h05-readd', 'h08-order', 'h09-flush-bounds'];
  assert.equal(
    different.map(({ name }) => name).filter((name) => !expected.includes(name)),
    [],
  );
  assert.ok(anew.length >= 9, `${anew.length} vectors`);
});

test('the known differences are those of this release', async () => {
  for (const [i, vector] of (await recordAll(recorder, knownScripts())).entries()) {
    const { title, read, in30, in35 } = KNOWN_DIFFERENCES[i]!;
    assert.equal(read(vector), is30 ? in30 : in35, title);
  }
});

test('a seed always makes the same scripts, and a script the same recording', async () => {
  const first = [...scripts(7, 600, profilesFor(library))];
  const second = [...scripts(7, 600, profilesFor(library))];
  assert.equal(first, second);
  assert.not.equal(first, [...scripts(8, 600, profilesFor(library))]);
  assert.equal(await recordAll(recorder, first), await recordAll(recorder, second));
});

test('scripts do not know of each other: alone each records the same', async () => {
  const all = [...scripts(9, 600, profilesFor(library))];
  const together = await recordAll(recorder, all);
  for (const [i, script] of all.entries()) {
    assert.equal(await recordAll(recorder, [script]), [together[i]], script.name);
  }
});

test('every profile makes scripts, of the length that it says', () => {
  for (const profile of PROFILES) {
    for (let n = 0; n < 20; n++) {
      const { name, lines } = makeScript(1, n, [profile]);
      assert.is(name, `${profile.name}-1-${n}`);
      assert.ok(lines.length >= profile.length[0], `${name} has ${lines.length} lines`);
    }
  }
});

test('a recorder that crashes is an error, which names the script', async () => {
  const crashing: Recorder = {
    command: 'sh',
    args: ['-c', `echo '{"script":"fatal"}'; printf '{"i":0,"cm'; kill -SEGV $$`],
  };
  const error = await recordAll(crashing, []).catch((reason: Error) => reason);
  assert.match(String(error), 'ended with SIGSEGV, in script fatal');
});

test('a recorder that cannot be started is an error', async () => {
  const missing: Recorder = { command: '/nonexistent/recorder', args: [] };
  const error = await recordAll(missing, []).catch((reason: Error) => reason);
  assert.match(String(error), 'ENOENT');
});

test.run();

const command = suite('npm run conformance -- --record');
command.before(compileOnce);

const FAILED = join(import.meta.dirname, '../../build/conformance/failed/5');

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const cli = join(import.meta.dirname, '../conformance/cli.ts');
  return spawnSync(process.execPath, ['--import', 'tsx', cli, ...args], { encoding: 'utf8' });
}

command('records and replays, and says what and how many', () => {
  const { status, stdout } = run('--record', '1000', '--seed', '5');
  assert.match(stdout, `recording libssl ${library}, --record 1000 --seed 5\n`);
  assert.match(stdout, /\n\d+ passed, 0 failed\n1\d{3} operations in /);
  assert.is(status, 0);
});

command('without a seed it takes another each time, and prints it', () => {
  const seeds = [1, 2].map(() => {
    const { stdout } = run('--record', '100');
    return /--record 100 --seed (\d+)\n/.exec(stdout)?.[1];
  });
  assert.ok(seeds[0] !== undefined && seeds[0] !== seeds[1], `${seeds}`);
});

command('what fails is named, kept, and can be replayed', () => {
  rmSync(FAILED, { recursive: true, force: true });
  const { status, stdout } = run('--record', '600', '--seed', '5', '--profile', 'manual');
  assert.is(status, 1);
  const [, name] = /\nFAIL ([\w-]+), operation/.exec(stdout) ?? [];
  assert.ok(readdirSync(FAILED).includes(`${name}.jsonl`));
  const replay = ['--vectors', FAILED, '--library', library];
  assert.match(stdout, `to replay what failed: npm run conformance -- ${replay.join(' ')}`);
  assert.is(run(...replay).status, 0, 'in profile openssl-3.0 it passes');
  rmSync(FAILED, { recursive: true });
});

command('numbers that are none are refused', () => {
  for (const [option, word] of [
    ['record', '0'],
    ['record', 'x'],
    ['seed', '-1'],
  ] as const) {
    const args = option === 'seed' ? ['--record', '10', '--seed=-1'] : ['--record', word];
    const { status, stderr } = run(...args);
    assert.is(status, 1);
    assert.match(stderr, `RangeError: "${option}" expected a whole number of at least`);
  }
});

command.run();
