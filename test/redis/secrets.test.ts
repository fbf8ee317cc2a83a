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

// Node copies what its sockets read and frees the first copy as it is: without keys the last few
// replies may be there (docs/external.md). One secret of 600 was, in one of 20 runs under load.
const LEFT_BY_SOCKETS = 3;

for (const [seal, most, what] of [
  ['sealed', 0, 'none is left'],
  ['unsealed', LEFT_BY_SOCKETS, 'no more is left than sockets read last'],
] as const) {
  test(`${seal}: ${what} when the caches are closed`, async () => {
    const { resumed, before, left } = await searchSecrets('redis', seal, redis.port);
    assert.is(resumed, 400);
    assert.ok(before >= 200, `the search finds what is in the caches: ${before}`);
    assert.ok(left <= most, `${left}`);
  });
}

test.run();
