// When there is no room: byte limits, memory limits, sessions too large for either.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session, type SessionCache } from '../../bindings/index.ts';
import { pick, randomBytes, seededRandom } from '../support/random.ts';
import { cacheAt, errorOf, id, NOW, order, session } from './support.ts';

const test = suite('limits');

const large = (n: number, length: number): Session =>
  session(n, { data: new Uint8Array(length).fill(n) });

function sessionOfSize(n: number, length: number, timeout: number): Session {
  const name = Uint8Array.of(n >> 16, n >> 8, n, 1);
  return new Session({ id: name, data: new Uint8Array(length).fill(n), time: NOW, timeout });
}

/** Every cached session still has the bytes that it was added with. */
function assertIntact(cache: SessionCache): void {
  for (const { id: name, data } of cache) {
    const n = name[2] as number;
    assert.ok(data.every((byte) => byte === n));
  }
}

test('maxBytes is never exceeded, whatever sizes come and go', () => {
  const random = seededRandom(3);
  for (const maxBytes of [500, 1000, 5000, 40_000]) {
    const { cache } = cacheAt({ maxBytes });
    for (let n = 0; n < 3000; n++) {
      const length = random(pick(random, [20, 200, Math.min(maxBytes / 2, 16_000)]));
      cache.addSession(sessionOfSize(random(200), length, random(100)));
      if (random(3) === 0) cache.flushSessions(0, { budget: 1 });
      const { bytes } = cache.stats();
      assert.ok(bytes <= maxBytes, `${bytes} of ${maxBytes} bytes`);
    }
    assertIntact(cache);
  }
});

test('the bytes of a cache do not depend on what it held before', () => {
  const random = seededRandom(4);
  const made = Array.from({ length: 100 }, (_, n) => sessionOfSize(n, random(500), 10));
  const { cache } = cacheAt({ size: 0 });
  for (const each of made) cache.addSession(each);
  const { bytes } = cache.stats();
  for (let n = 1000; n < 3000; n++) {
    cache.addSession(sessionOfSize(n, random(2000), 5));
    if (random(2) === 0) cache.flushSessions(0, { budget: 2 });
  }
  cache.flushSessions(0);
  assert.is(cache.stats().bytes, 0);
  for (const each of made) cache.addSession(each);
  assert.is(cache.stats().bytes, bytes);
});

test('a session too large for maxBytes is refused, and nothing else changes', () => {
  for (const profile of ['manual', 'openssl-3.0'] as const) {
    const { cache } = cacheAt({ maxBytes: 1000, profile });
    for (const n of [1, 2]) cache.addSession(session(n));
    const before = cache.stats();
    const made = large(3, 1000);
    assert.is(errorOf(() => cache.addSession(made)).code, 'ERR_SESSCACHE_MAX_BYTES');
    assert.equal(cache.stats(), before);
    assert.equal(order(cache), [1, 2]);
    assert.equal([made.isCached, made.isResumable], [false, true]);
    assert.is(errorOf(() => cache.addSession(large(2, 1000))).code, 'ERR_SESSCACHE_MAX_BYTES');
    assert.equal(order(cache), [1, 2], 'nor is the one it would have replaced lost');
  }
});

test('size and maxBytes both count', () => {
  const { cache } = cacheAt({ size: 3, maxBytes: 2000 });
  for (let n = 1; n <= 5; n++) cache.addSession(large(n, 10));
  assert.equal(order(cache), [3, 4, 5]);
  cache.addSession(large(6, 1900));
  assert.equal(order(cache), [6]);
  assert.is(cache.stats().cacheFull, 5);
});

test('a handshake whose session has no room is finished, counted and reported', () => {
  for (const profile of ['manual', 'openssl-3.0'] as const) {
    const { cache } = cacheAt({ maxBytes: 1000, profile });
    const told: number[] = [];
    cache.setNewSessionCallback((_connection, made) => void told.push(made.id[0] as number));
    cache.finishHandshake('server', large(1, 2000));
    assert.equal(told, [1]);
    assert.equal([cache.stats().number, cache.stats().acceptGood], [0, 1]);
  }
});

test('a session from outside that has no room is resumed all the same', () => {
  const { cache } = cacheAt({ maxBytes: 1000 });
  cache.setGetSessionCallback(() => large(1, 2000));
  assert.is(cache.resumeSession(id(1))?.data.length, 2000);
  assert.equal([cache.stats().number, cache.stats().hits, cache.stats().cbHits], [0, 1, 1]);
});

test('a cache short of memory goes on, and what it holds is intact', () => {
  const random = seededRandom(5);
  const { cache } = cacheAt({ size: 0, maxMemory: 300_000 });
  for (let n = 0; n < 4000; n++) {
    const length = random(pick(random, [50, 300, 16_384]));
    assert.is(cache.addSession(sessionOfSize(n, length, random(100))), true);
    if (n % 500 === 0) assertIntact(cache);
  }
  const { memory, reserved, number, removals } = cache.stats();
  assert.ok(memory <= 300_000 && reserved <= 300_000);
  assert.is(number + removals.evicted, 4000);
  assertIntact(cache);
});

test('memory is used again: churning does not need more than filling did', () => {
  const random = seededRandom(6);
  const { cache } = cacheAt({ size: 2000 });
  const churn = (from: number, count: number): number => {
    for (let n = from; n < from + count; n++) {
      cache.addSession(sessionOfSize(n, 100 + random(200), random(1000)));
    }
    return cache.stats().memory;
  };
  const first = churn(0, 4000);
  const last = churn(4000, 40_000);
  assert.ok(last <= first * 1.3, `${first} bytes of memory became ${last}`);
  const { bytes } = cache.stats();
  assert.ok(last <= bytes * 1.6, `${last} bytes of memory for ${bytes} of sessions`);
});

test('data taken from a view can be added to the cache it is a view of', () => {
  const { cache } = cacheAt({ size: 0 });
  const data = randomBytes(seededRandom(7), 5000);
  cache.addSession(session(1, { data }));
  for (let n = 0; n < 400; n++) {
    const seen = cache.viewSession(id(1)) as Session;
    const made = new Session({ id: Uint8Array.of(n >> 8, n), data: seen.data, time: NOW });
    assert.is(cache.addSession(made), true);
  }
  for (const { data: kept } of cache) assert.is(Buffer.compare(kept, data), 0);
});

test('data that outgrows its limit before it is added is refused', () => {
  const { cache } = cacheAt();
  type Resizable = ArrayBuffer & { resize(length: number): void };
  const Growing = ArrayBuffer as unknown as new (n: number, o: object) => Resizable;
  const buffer = new Growing(10, { maxByteLength: 100_000 });
  const made = session(1, { data: new Uint8Array(buffer) });
  buffer.resize(40_000);
  assert.ok(errorOf(() => cache.addSession(made)) instanceof RangeError);
  assert.is(cache.stats().number, 0);
  buffer.resize(3);
  cache.addSession(made);
  assert.is(cache.resumeSession(id(1))?.data.length, 3);
});

test('sessions of no bytes and of the most bytes', () => {
  const { cache } = cacheAt();
  for (const [n, length] of [0, 1, 16_383, 16_384].entries()) cache.addSession(large(n, length));
  for (const [n, length] of [0, 1, 16_383, 16_384].entries()) {
    assert.equal(cache.resumeSession(id(n))?.data, new Uint8Array(length).fill(n));
  }
});

test.run();
