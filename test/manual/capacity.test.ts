// How many sessions a cache holds, and which it gives up: SSL_CTX_sess_set_cache_size(3).

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session } from '../../bindings/index.ts';
import { cacheAt, id, NOW, order, PROFILES, removalsOf, session } from './support.ts';

const test = suite('capacity');

test('the default is 20,480, and 0 means no limit', () => {
  assert.is(cacheAt().cache.getCacheSize(), 20480);
  const { cache } = cacheAt({ size: 0 });
  for (let n = 0; n < 30_000; n++) {
    cache.addSession(new Session({ id: Uint8Array.of(n >> 8, n), time: NOW }));
  }
  assert.is(cache.stats().number, 30_000);
  assert.is(cache.stats().cacheFull, 0);
});

test('setting the size returns the previous one and evicts nothing yet', () => {
  const { cache } = cacheAt({ size: 3 });
  for (const n of [1, 2, 3]) cache.addSession(session(n));
  assert.is(cache.setCacheSize(1), 3);
  assert.is(cache.getCacheSize(), 1);
  assert.equal(order(cache), [1, 2, 3]);
  cache.addSession(session(4));
  assert.equal(order(cache), [4]);
  assert.is(cache.stats().cacheFull, 3);
});

test('a smaller size does not matter to a session that is cached already', () => {
  const { cache } = cacheAt({ size: 3 });
  const first = session(1);
  for (const made of [first, session(2), session(3)]) cache.addSession(made);
  cache.setCacheSize(1);
  assert.is(cache.addSession(first), false);
  assert.is(cache.stats().number, 3);
});

test('a cache of one keeps the latest, even one that expires first', () => {
  const { cache } = cacheAt({ size: 1 });
  const removals = removalsOf(cache);
  cache.addSession(session(1, { timeout: 500 }));
  cache.addSession(session(2, { timeout: 5 }));
  assert.equal(order(cache), [2]);
  cache.addSession(session(2, { timeout: 50 }));
  cache.addSession(session(3, { timeout: 500 }));
  assert.equal(removals, [
    [1, 'evicted'],
    [2, 'evicted'],
  ]);
});

test('a cache of two gives up the one that expires first', () => {
  const { cache } = cacheAt({ size: 2 });
  cache.addSession(session(1, { timeout: 500 }));
  cache.addSession(session(2, { timeout: 5 }));
  cache.addSession(session(3, { timeout: 50 }));
  assert.equal(order(cache), [3, 1]);
  cache.addSession(session(4, { timeout: 1 }));
  assert.equal(order(cache), [4, 1]);
  assert.is(cache.stats().cacheFull, 2);
});

test('among those that expire together the first added goes first', () => {
  const { cache } = cacheAt({ size: 3 });
  for (const n of [1, 2, 3]) cache.addSession(session(n));
  cache.removeSession(session(2));
  for (const n of [4, 5]) cache.addSession(session(n));
  assert.equal(order(cache), [3, 4, 5]);
});

test('setting a time moves a session, even to the value it has', () => {
  const { cache } = cacheAt();
  const made = [1, 2, 3].map((n) => session(n));
  for (const each of made) cache.addSession(each);
  assert.is(made[0]?.setTime(NOW), true);
  assert.equal(order(cache), [2, 3, 1]);
  assert.is(made[1]?.setTimeout(300), true);
  assert.equal(order(cache), [3, 1, 2]);
  made[2]?.setTime(NOW + 1);
  assert.equal(order(cache), [1, 2, 3]);
  made[2]?.setTimeout(0);
  assert.equal(order(cache), [3, 1, 2]);
});

test('resuming does not save a session from eviction', () => {
  const { cache } = cacheAt({ size: 2 });
  for (const n of [1, 2]) cache.addSession(session(n));
  cache.resumeSession(id(1));
  cache.addSession(session(3));
  assert.equal(order(cache), [2, 3]);
});

test('expired sessions take room until they are flushed or evicted', () => {
  const { cache, clock } = cacheAt({ size: 2 });
  for (const n of [1, 2]) cache.addSession(session(n));
  clock.now = NOW + 1000;
  assert.is(cache.stats().number, 2);
  cache.addSession(session(3, { time: clock.now }));
  assert.equal(order(cache), [2, 3]);
  assert.is(cache.flushSessions(), 1);
  cache.addSession(session(4, { time: clock.now }));
  assert.equal(order(cache), [3, 4]);
  assert.is(cache.stats().removals.evicted, 1);
});

test('a flush removes what has expired, first to expire first, up to its budget', () => {
  const { cache, clock } = cacheAt();
  for (let n = 1; n <= 9; n++) cache.addSession(session(n, { timeout: 10 * n }));
  const removals = removalsOf(cache);
  clock.now = NOW + 31;
  assert.is(cache.flushSessions(), 3);
  assert.is(cache.flushSessions(NOW + 71, { budget: 3 }), 3);
  assert.is(cache.flushSessions(NOW + 71, { budget: 3 }), 1);
  assert.is(cache.flushSessions(NOW + 71, { budget: 3 }), 0);
  assert.is(cache.flushSessions(0, { budget: 1 }), 1);
  assert.equal(
    removals,
    Array.from({ length: 8 }, (_, i) => [i + 1, i < 7 ? 'expired' : 'flushed']),
  );
  assert.equal(order(cache), [9]);
});

test('a flush at time 0 removes everything, as that of libssl does', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile, maxLifetime: Infinity });
    cache.addSession(session(1));
    cache.addSession(session(2, { timeout: 2n ** 63n - 1n }));
    assert.is(cache.flushSessions(-1), 0);
    assert.is(cache.flushSessions(0), 2);
    assert.equal(cache.stats().removals.flushed, 2);
  }
});

test('revoking drops a group and nothing else', () => {
  const { cache } = cacheAt();
  for (let n = 0; n < 30; n++) {
    const tags = [n % 2 ? 'odd' : 'even', n % 3 ? 'other' : Uint8Array.of(3)];
    cache.addSession(session(n, { tags }));
  }
  assert.is(cache.revoke({ tag: 'unknown' }), 0);
  assert.is(cache.revoke({ tag: Uint8Array.of(3) }), 10);
  assert.is(cache.revoke({ tag: 'odd', budget: 4 }), 4);
  assert.is(cache.revoke({ tag: 'odd', budget: 100 }), 6);
  assert.is(cache.revoke({ tag: new TextEncoder().encode('even') }), 10);
  assert.is(cache.stats().number, 0);
  assert.is(cache.stats().removals.revoked, 30);
});

test('a session that replaces the last of its group is of the group', () => {
  const { cache } = cacheAt();
  cache.addSession(session(1, { tags: ['one'] }));
  cache.addSession(session(1, { tags: ['one'] }));
  assert.equal([...cache][0]?.tags, [new TextEncoder().encode('one')]);
  assert.is(cache.revoke({ tag: 'one' }), 1);
  assert.is(cache.stats().number, 0);
});

test('a session can have eight tags', () => {
  const { cache } = cacheAt();
  const tags = Array.from({ length: 8 }, (_, i) => `tag ${i}`);
  cache.addSession(session(1, { tags: [...tags, ...tags] }));
  assert.is([...cache][0]?.tags.length, 8);
  for (const [i, tag] of tags.entries()) assert.is(cache.revoke({ tag }), i === 0 ? 1 : 0);
});

test.run();
