import { fileURLToPath } from 'node:url';
import { createContext, Script } from 'node:vm';
import { buildSync } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { recordedBytes } from './support.ts';

const test = suite('the codec in a browser');

const PROGRAM = `
  import { decodePEM, decodeSession, encodePEM, encodeSession, peekSession } from './index.ts';
  for (const bytes of recorded) {
    const again = encodeSession(decodeSession(bytes, { secrets: true }));
    const der = again.subarray(peekSession(bytes).derStart);
    if (decodePEM(encodePEM(der)).join() === der.join() && again.join() === bytes.join()) done.count++;
  }
`;

test('imports nothing of Node, and needs none of its globals', () => {
  const { outputFiles } = buildSync({
    stdin: {
      contents: PROGRAM,
      resolveDir: fileURLToPath(new URL('../../bindings/asn1/', import.meta.url)),
    },
    bundle: true,
    platform: 'browser', // an import of `node:…` is an error here
    format: 'iife',
    write: false,
    logLevel: 'silent',
  });
  const done = { count: 0 };
  const { TextDecoder, TextEncoder } = globalThis;
  // Arrays as the realm knows them: those of this one are no instances of its Uint8Array.
  const realm = createContext({ done, TextDecoder, TextEncoder, given: recordedBytes });
  new Script('recorded = given.map((bytes) => new Uint8Array(bytes))').runInContext(realm);
  new Script(outputFiles[0]?.text ?? '').runInContext(realm);
  assert.is(done.count, recordedBytes.length);
});

test.run();
