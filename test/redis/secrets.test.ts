// The search of test/external/secrets.test.ts with a real Redis and a client library in between.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { searchSecrets } from '../external/secrets.ts';
import { RedisServer } from './server.ts';

const test = suite('secrets in memory, with Redis');

let redis: RedisServer;

test.before(async () => {
  redis = await RedisServer.start();
});

test.after(async () => {
  await redis?.stop();
});

for (const seal of ['sealed', 'unsealed'] as const) {
  test(`${seal}: none is left when the caches are closed`, async () => {
    const { resumed, before, left } = await searchSecrets('redis', seal, redis.port);
    assert.is(resumed, 400);
    assert.ok(before >= 200, `the search finds what is in the caches: ${before}`);
    assert.is(left, 0);
  });
}

test.run();
