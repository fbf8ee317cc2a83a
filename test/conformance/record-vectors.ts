// node --import tsx test/conformance/record-vectors.ts
//
// Records the project's vectors anew, with the libssl of Node 20: those of TLS 1.2 from their own
// operations, those of TLS 1.3 from the scripts of tls13.txt and from random ones. What comes out
// is what is there already, unless the scripts or the generator have changed.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { makeScript, PROFILES_13, type Script } from './generate/scripts.ts';
import { libraryOf, nodeRecorder, record } from './record.ts';
import { isRecordable, RECORDED, recordedVectors, scriptOf, type Vector } from './vector.ts';

const LIBRARY = '3.0.19';
const SEED = 13;
/** Random vectors of each profile: all together there are as many as of TLS 1.2. */
const EACH = 30;
/** Random ones are shorter here than those recorded on the spot, to keep the file small. */
const LENGTH = [24, 48] as const;

const recorder = nodeRecorder(process.execPath);
const library = libraryOf(recorder);
if (library !== LIBRARY)
  throw new Error(`Node ${process.version} has OpenSSL ${library}, not ${LIBRARY}`);

// The few that the recorder has no operations for stay as they are.
const old = recordedVectors().filter(({ name }) => !/^t(ls)?13-/.test(name));
const anew = await recorded([...old.filter(isRecordable).map(scriptOf), ...written(), ...random()]);
const names = new Set(anew.map(({ name }) => name));
pack([...old.filter(({ name }) => !names.has(name)), ...anew]);

async function recorded(scripts: readonly Script[]): Promise<Vector[]> {
  const vectors: Vector[] = [];
  for await (const vector of record(recorder, scripts)) vectors.push(vector);
  return vectors;
}

function written(): Script[] {
  const text = readFileSync(join(import.meta.dirname, 'tls13.txt'), 'utf8');
  const [, ...sections] = text.split(/^script /m);
  return sections.map((section) => {
    const [name = '', ...lines] = section.split('\n');
    return { name, lines: lines.filter((line) => line !== '' && !line.startsWith('#')) };
  });
}

function* random(): Generator<Script> {
  for (const profile of PROFILES_13) {
    // t13-automatic-flush has a run of handshakes.
    if (profile.runs !== undefined) continue;
    for (let n = 0; n < EACH; n++) yield makeScript(SEED, n, [{ ...profile, length: LENGTH }]);
  }
}

function pack(vectors: readonly Vector[]): void {
  const sorted = vectors.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const text = Buffer.from(sorted.map((vector) => `${JSON.stringify(vector)}\n`).join(''));
  const packed = brotliCompressSync(text, {
    params: {
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  });
  writeFileSync(RECORDED, packed);
  console.log(`${vectors.length} vectors, ${text.length} bytes, packed ${packed.length}`);
}
