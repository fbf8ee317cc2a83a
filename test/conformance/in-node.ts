// node --import tsx test/conformance/in-node.ts [--record N] [--seed S]
//
// Holds the libssl inside the release of Node that runs this to what is known of it. The recorder
// runs as an addon of that release (gcc is needed, and the headers that come with it). OpenSSL 3.0
// has to come out as the project's own vectors say; 3.5 has to differ in what known.ts lists; and
// random scripts of either have to replay through the public API without a difference.

import { isDeepStrictEqual, parseArgs } from 'node:util';
import { profilesFor, scripts } from './generate/scripts.ts';
import { KNOWN_DIFFERENCES, knownScripts } from './known.ts';
import { libraryOf, nodeRecorder, record } from './record.ts';
import { replay } from './replay/index.ts';
import { firstDifference } from './replay/difference.ts';
import { isRecordable, obstacles, recordedVectors, scriptOf } from './vector.ts';

const { values } = parseArgs({
  options: { record: { type: 'string', default: '20000' }, seed: { type: 'string' } },
});
const seed = values.seed ?? String(crypto.getRandomValues(new Uint32Array(1))[0]);

const recorder = nodeRecorder(process.execPath);
const library = libraryOf(recorder);
const is30 = library.startsWith('3.0.');
let failures = 0;

console.log(`Node ${process.versions.node} has OpenSSL ${library}`);
if (library !== process.versions.openssl) fail('is not what Node says', process.versions.openssl);
if (is30) await compareWithRecorded();
await checkKnownDifferences();
await replayRandom(Number(values.record), Number(seed));
if (failures > 0) process.exitCode = 1;

/** What the project recorded is what this library does. */
async function compareWithRecorded(): Promise<void> {
  const recorded = recordedVectors().filter(isRecordable);
  let same = 0;
  let at = 0;
  for await (const { name, steps } of record(recorder, recorded.map(scriptOf))) {
    const difference = firstDifference(recorded[at++]?.steps, steps, 'steps');
    if (difference === undefined) same++;
    else fail(`${name} comes out otherwise than recorded`, difference);
  }
  console.log(`${same} of ${recorded.length} vectors come out as recorded`);
}

async function checkKnownDifferences(): Promise<void> {
  let at = 0;
  for await (const vector of record(recorder, knownScripts())) {
    const { title, read, in30, in35 } = KNOWN_DIFFERENCES[at++]!;
    const [expected, got] = [is30 ? in30 : in35, read(vector)];
    if (!isDeepStrictEqual(got, expected)) fail(title, { expected, got });
  }
  if (at !== KNOWN_DIFFERENCES.length) fail('not every known difference was recorded', at);
  const verb = is30 ? 'does none' : 'does each';
  console.log(`of ${KNOWN_DIFFERENCES.length} known differences from OpenSSL 3.0 it ${verb}`);
}

async function replayRandom(operations: number, from: number): Promise<void> {
  let replayed = 0;
  let vectors = 0;
  for await (const vector of record(recorder, scripts(from, operations, profilesFor(library)))) {
    if (obstacles(vector).length > 0) continue;
    const failure = replay(vector, { profile: 'openssl-3.0', library });
    if (failure !== undefined) fail(`${vector.name} replays otherwise`, failure);
    replayed += vector.steps.length;
    vectors++;
  }
  console.log(`${replayed} operations in ${vectors} random scripts replayed, seed ${from}`);
}

function fail(what: string, details: unknown): void {
  failures++;
  console.log(`FAIL ${what}: ${JSON.stringify(details)}`);
}
