// What rustls' tests demand of its session caches (limited_cache.rs, server/handy.rs), of this one.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SessionCacheMode } from '../../bindings/index.ts';
import { cacheAt, handshake, id, order, session } from '../manual/support.ts';

const test = suite('rustls');

test('updates an existing item', () => {
  const { cache } = cacheAt({ size: 3 });
  cache.addSession(session(1));
  cache.addSession(session(1, { data: Uint8Array.of(2) }));
  assert.equal(cache.resumeSession(id(1))?.data, Uint8Array.of(2));
  assert.is(cache.stats().number, 1);
});

test('evicts the oldest item, also once the first or the second was removed', () => {
  for (const [removed, left] of [
    [undefined, [2, 3, 4]],
    [1, [2, 3, 4]],
    [2, [1, 3, 4]],
  ] as const) {
    const { cache } = cacheAt({ size: 3 });
    for (const n of [1, 2, 3]) cache.addSession(session(n));
    if (removed !== undefined) cache.removeSession(session(removed));
    cache.addSession(session(4));
    assert.equal(order(cache), left);
  }
});

test('can be emptied one by one, and filled anew', () => {
  const { cache } = cacheAt({ size: 3 });
  for (let round = 0; round < 3; round++) {
    for (const n of [1, 2, 3]) assert.is(cache.addSession(session(n)), true);
    for (const n of [2, 1, 3]) assert.is(cache.removeSession(session(n)), true);
    assert.is(cache.stats().number, 0);
  }
});

test('takes many, and keeps the last of them', () => {
  const { cache } = cacheAt({ size: 3 });
  for (let n = 0; n < 10_000; n++) {
    cache.addSession(session(1, { id: Uint8Array.of(n >> 8, n) }));
  }
  assert.equal(
    Array.from(cache, ({ id: bytes }) => (bytes[0]! << 8) | bytes[1]!),
    [9997, 9998, 9999],
  );
});

test('a server without storage keeps nothing and finds nothing', () => {
  const { cache } = cacheAt({ mode: SessionCacheMode.OFF });
  handshake(cache, session(1));
  assert.is(cache.resumeSession(id(1)), undefined);
  assert.is(cache.stats().number, 0);
});

test('what was put can be got, again and again, is overwritten, and bounded', () => {
  const { cache } = cacheAt({ size: 4 });
  handshake(cache, session(1));
  for (let i = 0; i < 2; i++) assert.equal(cache.resumeSession(id(1))?.data, Uint8Array.of(1));
  handshake(cache, session(1, { data: Uint8Array.of(9) }));
  assert.equal(cache.resumeSession(id(1))?.data, Uint8Array.of(9));
  for (const n of [2, 3, 4, 5]) handshake(cache, session(n));
  assert.is(cache.resumeSession(id(1)), undefined);
  for (const n of [2, 3, 4, 5]) assert.ok(cache.resumeSession(id(n)), `${n}`);
});

test('what is taken is gone: single use', () => {
  const { cache } = cacheAt();
  cache.addSession(session(1));
  const taken = cache.resumeSession(id(1))!;
  assert.is(cache.removeSession(taken), true);
  assert.equal(taken.data, Uint8Array.of(1));
  assert.is(cache.resumeSession(id(1)), undefined);
  assert.is(cache.removeSession(taken), false);
});

test.run();
