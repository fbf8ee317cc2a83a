// The proof that profile openssl-3.0 is OpenSSL's cache: recorded behaviour of libssl, replayed
// through the public API. The proof is proved in runner.test.ts.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { replay } from './replay/index.ts';
import { deriveTags, obstacles, recordedVectors, type Vector } from './vector.ts';

const vectors = recordedVectors();
const replayable = vectors.filter((vector) => obstacles(vector).length === 0);

test('411 of the 422 recorded vectors, 19,624 operations, can be replayed', () => {
  const operations = (list: readonly Vector[]) =>
    list.reduce((sum, { steps }) => sum + steps.length, 0);
  assert.is(vectors.length, 422);
  assert.is(replayable.length, 411);
  assert.is(operations(replayable), 19624);
});

test('as many vectors have to do with TLS 1.3 as with TLS 1.2 and the cache alone', () => {
  const with13 = replayable.filter(({ steps }) => deriveTags(steps).includes('tls13'));
  assert.is(with13.length, 210);
});

for (const vector of replayable) {
  test(`${vector.name} comes out as in OpenSSL`, () => {
    assert.is(replay(vector, { profile: 'openssl-3.0' }), undefined);
  });
}

test.run();
