// The proof that profile openssl-3.0 is OpenSSL's cache: recorded behaviour of libssl, replayed
// through the public API. The proof is proved in runner.test.ts.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { engineOf } from '../../bindings/cache/cache.ts';
import { debugModule } from '../support/debug-core.ts';
import { replay } from './replay.ts';
import { obstacles, recordedVectors } from './vector.ts';
import type { World } from './world.ts';

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

test('the debug core comes out the same, valid after every operation', () => {
  const options = { profile: 'openssl-3.0', module: debugModule(), check: validate } as const;
  const failures = replayable.map((vector) => replay(vector, options));
  assert.equal(
    failures.filter((failure) => failure !== undefined),
    [],
  );
});

/** Checks the core's numbered invariants in both caches. */
function validate({ S, C }: World): void {
  for (const { cache } of [S, C]) {
    const { core } = engineOf(cache).store;
    if (core.validate === undefined) throw new Error('this build of the core has no validate()');
    core.validate();
  }
}

test.run();
