import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { engineOf } from '../../bindings/cache/internal.ts';
import type { SessionCache } from '../../bindings/index.ts';
import { SessionCacheMode } from '../../bindings/index.ts';
import { debugCache, idOf, isLeft, marked, memoryOf, NOW, validate } from './memory.ts';

const test = suite('wiping');

const SIZES = [8, 158, 800, 16384];

/** Ways out of the cache for the session with serial 1. */
const ways: Record<string, (cache: SessionCache) => void> = {
  removeSession: (cache) => cache.removeSession(marked(1, 0)),
  removeSessionById: (cache) => cache.removeSessionById(idOf(1)),
  abortSession: (cache) => cache.abortSession(marked(1, 0)),
  'flushing the expired': (cache) => cache.flushSessions(NOW + 301),
  'flushing all': (cache) => cache.flushSessions(0),
  'flushing with a budget': (cache) => cache.flushSessions(0, { budget: 1 }),
  revoking: (cache) => cache.revoke({ tag: 'group' }),
  'being replaced by a shorter one': (cache) => cache.addSession(marked(1, 3)),
  'being replaced by an empty one': (cache) => cache.addSession(marked(1, 0)),
  eviction: (cache) => {
    cache.setCacheSize(1);
    cache.addSession(marked(2, 100));
  },
  'a shrunk size': (cache) => {
    cache.addSession(marked(2, 100));
    cache.addSession(marked(3, 100));
    cache.setCacheSize(1);
    cache.addSession(marked(4, 100));
  },
  'being looked up when expired': (cache) => {
    cache.addSession(marked(9, 16, { timeout: 1 }));
    cache.removeSessionById(idOf(1));
  },
  'moving for wide times': (cache) => {
    for (const session of cache) session.setTimeout(2n ** 62n);
    cache.removeSessionById(idOf(1));
  },
  close: (cache) => cache.close(),
};

for (const [way, leave] of Object.entries(ways)) {
  test(`leaves no byte of a session behind after ${way}`, () => {
    for (const notify of [false, true]) {
      for (const size of SIZES) {
        const cache = debugCache();
        if (notify) cache.setRemoveSessionCallback(() => {});
        cache.addSession(marked(1, size, { tags: ['group'] }));
        assert.is(isLeft(cache, 1), true, 'it is there before');
        leave(cache);
        assert.is(isLeft(cache, 1), false, `${size} bytes, notify ${notify}`);
      }
    }
  });
}

test('leaves no byte behind after a lookup that finds the session expired', () => {
  let now = NOW;
  const cache = debugCache({ now: () => now });
  cache.addSession(marked(1, 158));
  now += 301;
  assert.is(cache.resumeSession(idOf(1)), undefined);
  assert.is(isLeft(cache, 1), false);
  validate(cache);
});

test('leaves no byte behind when the new callback refuses the session', () => {
  const cache = debugCache();
  cache.setNewSessionCallback(() => false);
  cache.finishHandshake('server', marked(1, 158));
  assert.is(cache.stats().removals.refused, 1);
  assert.is(isLeft(cache, 1), false);
});

test('an add that is refused leaves none of its bytes in memory', () => {
  const cache = debugCache({ maxBytes: 1000 });
  assert.throws(() => cache.addSession(marked(1, 16384)), /exceeds maxBytes/);
  assert.is(isLeft(cache, 1), false);
});

test('memory that is used again holds only its new session', () => {
  const cache = debugCache({ size: 1 });
  for (let i = 1; i <= 200; i++) {
    cache.addSession(marked(i, ((i * 37) % 700) + 8));
    if (i > 1) assert.is(isLeft(cache, i - 1), false);
    assert.is(isLeft(cache, i), true);
  }
});

test('removing thousands at once leaves nothing of them, and a cache like new', () => {
  for (const cause of ['flushed', 'closed'] as const) {
    const cache = debugCache({ size: 0, maxMemory: 2 ** 23 });
    const fresh = cache.stats();
    for (let round = 1; round <= 2; round++) {
      for (let i = 0; i < 5000; i++) {
        const timeout = i % 9 ? 300 + (i % 50) : 2n ** 40n;
        cache.addSession(
          marked(i, 158, { timeout, tags: [`t${i % 7}`], sessionIdContext: idOf(i % 3) }),
        );
      }
      assert.ok(cache.viewSession(idOf(1), { sessionIdContext: idOf(1) }));
      validate(cache);
      if (cause === 'closed') break;
      assert.is(cache.flushSessions(0), 5000);
      validate(cache);
      const { number, bytes, memory, removals } = cache.stats();
      assert.equal([number, bytes, memory], [0, 0, fresh.memory]);
      assert.is(removals.flushed, 5000 * round);
      assert.is(memoryOf(cache).includes(Buffer.from([0xa5, 0xa5])), false);
      assert.is(cache.revoke({ tag: 't1' }), 0);
      assert.is(cache.hasMatchingSessionId(idOf(1)), false);
    }
    if (cause === 'flushed') continue;
    const memory = engineOf(cache).memory.core.memory;
    cache.close();
    assert.is(
      Buffer.from(memory.buffer).every((byte) => byte === 0),
      true,
    );
  }
});

test('removing thousands that have all expired leaves nothing of them; one that has not stays', () => {
  let now = NOW;
  const cache = debugCache({ size: 0, maxLifetime: Infinity, now: () => now });
  const fresh = cache.stats();
  // By the second, by the week, by the age of the universe; and never.
  for (const last of [300, 2 ** 20, 2n ** 59n, 2n ** 63n - 1n]) {
    const never = last > 2n ** 62n;
    now = NOW;
    for (let i = 0; i < 3000; i++) {
      cache.addSession(marked(i, 158, { timeout: i === 77 ? last : i % 300 }));
    }
    const expiry = never ? 2n ** 63n - 1n : BigInt(NOW) + BigInt(last);
    assert.is(cache.flushSessions(expiry), 2999, `not the one of ${last} s in its last second`);
    validate(cache);
    assert.equal(
      [76, 77].map((i) => cache.hasMatchingSessionId(idOf(i))),
      [false, true],
    );
    now = NOW;
    for (let i = 0; i < 3000; i++) {
      if (i !== 77) cache.addSession(marked(i, 158, { timeout: i % 300 }));
    }
    const { expired } = cache.stats().removals;
    if (never) cache.removeSessionById(idOf(77));
    const left = never ? 2999 : 3000;
    assert.is(cache.flushSessions(never ? expiry : expiry + 1n), left);
    validate(cache);
    const { number, bytes, memory, removals } = cache.stats();
    assert.equal([number, bytes, memory], [0, 0, fresh.memory]);
    assert.is(removals.expired, expired + left);
    assert.is(memoryOf(cache).includes(Buffer.from([0xa5, 0xa5])), false);
  }
});

test('close leaves nothing at all', () => {
  const cache = debugCache({ mode: SessionCacheMode.BOTH });
  for (let i = 0; i < 100; i++) cache.addSession(marked(i, 158, { tags: [`t${i}`] }));
  const memory = memoryOf(cache);
  cache.close();
  assert.is(
    memory.every((byte) => byte === 0),
    true,
  );
});

test.run();
