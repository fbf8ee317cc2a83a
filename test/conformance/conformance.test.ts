// The proof that profile openssl-3.0 is OpenSSL's cache: recorded behaviour of libssl, replayed
// through the public API. The proof is proved in runner.test.ts.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { replay } from './replay.ts';
import { obstacles, recordedVectors } from './vector.ts';

const vectors = recordedVectors();
const replayable = vectors.filter((vector) => obstacles(vector).length === 0);

test('195 of the 218 recorded vectors, 9159 operations, need no TLS', () => {
  assert.is(vectors.length, 218);
  assert.is(replayable.length, 195);
  const operations = replayable.reduce((sum, { steps }) => sum + steps.length, 0);
  assert.is(operations, 9159);
});

for (const vector of replayable) {
  test(`${vector.name} comes out as in OpenSSL`, () => {
    assert.is(replay(vector, { profile: 'openssl-3.0' }), undefined);
  });
}

test.run();
