// Walking the cache, also while it changes: SSL_CTX_sessions.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Session, SessionCache } from '../../bindings/index.ts';
import { cacheAt, id, NOW, order, session } from './support.ts';

const test = suite('iteration');

/** Walks the cache, calling `visit` for each; fails rather than go on for ever. */
function walk(cache: SessionCache, visit: (seen: Session, position: number) => void): number[] {
  const seen: number[] = [];
  for (const each of cache) {
    seen.push(each.id[0] as number);
    if (seen.length > 1000) throw new Error('the walk does not end');
    visit(each, seen.length - 1);
  }
  return seen;
}

function filled(timeouts: number[]): SessionCache {
  const { cache } = cacheAt();
  for (const [n, timeout] of timeouts.entries()) cache.addSession(session(n, { timeout }));
  return cache;
}

test('goes in the order in which sessions leave', () => {
  const timeouts = Array.from({ length: 50 }, (_, n) => (n * 7) % 11);
  const cache = filled(timeouts);
  const expected = timeouts
    .map((timeout, n) => ({ timeout, n }))
    .toSorted((a, b) => a.timeout - b.timeout || a.n - b.n)
    .map(({ n }) => n);
  assert.equal(order(cache), expected);
  const left: number[] = [];
  while (cache.flushSessions(0, { budget: 1 }) > 0) left.push(...order(cache).slice(0, 1));
  assert.equal(left, expected.slice(1));
});

test('an empty cache yields nothing', () => {
  assert.equal([...cacheAt().cache], []);
});

test('handles are full handles', () => {
  const cache = filled([5]);
  const [seen] = cache;
  assert.equal(seen?.id, id(0));
  assert.equal(seen?.data, Uint8Array.of(0));
  assert.is(seen?.setTimeout(9), true);
  assert.is(cache.removeSession(seen as Session), true);
});

test('every session may be removed when it is seen', () => {
  const cache = filled([5, 5, 5, 6, 6, 7]);
  assert.equal(
    walk(cache, (seen) => cache.removeSession(seen)),
    [0, 1, 2, 3, 4, 5],
  );
  assert.is(cache.stats().number, 0);
});

test('sessions that leave before their turn are left out', () => {
  const cache = filled([5, 5, 5, 6, 6, 7]);
  const seen = walk(cache, (_, position) => {
    if (position === 0) for (const n of [1, 3, 5]) cache.removeSessionById(id(n));
  });
  assert.equal(seen, [0, 2, 4]);
});

test('a cache emptied or refilled meanwhile is no trouble', () => {
  const cache = filled([5, 6, 7]);
  assert.equal(
    walk(cache, () => cache.flushSessions(0)),
    [0],
  );
  const other = filled([5, 6, 7]);
  const seen = walk(other, (_, position) => {
    other.flushSessions(0);
    if (position === 0) for (const n of [8, 9]) other.addSession(session(n, { timeout: 6 }));
  });
  assert.equal(seen, [0, 8]);
});

test('sessions added ahead are found, those added behind are not', () => {
  const cache = filled([5, 6]);
  const seen = walk(cache, (_, position) => {
    if (position > 0) return;
    cache.addSession(session(8, { timeout: 4 }));
    cache.addSession(session(9, { timeout: 9 }));
  });
  assert.equal(seen, [0, 1, 9]);
});

test('each session is seen once, also when it is renewed on the way', () => {
  for (const later of [0, 1, 3, 1000]) {
    const cache = filled([5, 5, 6, 7, 9]);
    const seen = walk(cache, (each) => each.setTimeout((each.timeout as number) + later));
    assert.equal(seen.toSorted(), [0, 1, 2, 3, 4], `${later} seconds later`);
  }
});

test('each session is seen once when lookups renew them', () => {
  const { cache, clock } = cacheAt({ mode: 0x402 });
  for (const n of [1, 2, 3]) cache.addSession(session(n));
  clock.now = NOW + 5;
  const seen = walk(cache, (each) => cache.resumeSession(each.id));
  assert.equal(seen, [1, 2, 3]);
});

test('two walks do not disturb each other', () => {
  const cache = filled([5, 5, 6, 7]);
  const inner: number[][] = [];
  assert.equal(
    walk(cache, () => inner.push(order(cache))),
    [0, 1, 2, 3],
  );
  assert.equal(
    inner,
    [0, 1, 2, 3].map(() => [0, 1, 2, 3]),
  );
});

test('a walk may be left early', () => {
  const cache = filled([5, 6, 7]);
  for (const seen of cache) {
    assert.is(seen.id[0], 0);
    break;
  }
  assert.equal(order(cache), [0, 1, 2]);
});

test.run();
