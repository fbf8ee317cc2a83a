// The same in the debug build of the core, which checks itself.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { engineOf } from '../../bindings/cache/internal.ts';
import { debugModule } from '../support/debug-core.ts';
import { replay } from './replay/index.ts';
import { obstacles, recordedVectors } from './vector.ts';
import type { World } from './replay/world.ts';

const replayable = recordedVectors().filter((vector) => obstacles(vector).length === 0);

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
    const { core } = engineOf(cache).memory;
    if (core.validate === undefined) throw new Error('this build of the core has no validate()');
    core.validate();
  }
}

test.run();
