// Copies of sessions that are made for a store are wiped: after the caches are closed, the memory
// of the process contains no part of a session. The child searches all of it.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { searchOpened, searchSecrets } from './secrets.ts';

const test = suite('secrets in memory, with a store');

for (const kind of ['memory', 'cluster'] as const) {
  for (const seal of ['sealed', 'unsealed'] as const) {
    test(`${kind}, ${seal}: none is left when the caches are closed`, async () => {
      const { secrets, resumed, before, left } = await searchSecrets(kind, seal);
      assert.is(secrets, 600);
      assert.is(resumed, 400);
      assert.ok(before >= 200, `the search finds what is in the caches: ${before}`);
      assert.is(left, 0);
    });
  }
}

test('what is opened is nowhere but in what the caller gets', async () => {
  const found = await searchOpened();
  assert.equal(found, { secrets: 600, opened: 600, before: 1, left: 0 });
});

test.run();
