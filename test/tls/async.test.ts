import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session } from '../../bindings/index.ts';
import type { SessionCache } from '../../bindings/index.ts';
import { assertResumed } from '../node/harness.ts';
import { newCache, withServer } from './harness.ts';
import { hexOf } from '../support/bytes.ts';

const test = suite('resumeSessionAsync behind a node:tls server');

type Kept = ConstructorParameters<typeof Session>[0];

/** A cache whose sessions are also written to `store`, and looked for there after `delay` ms. */
function cacheOver(store: Map<string, Kept>, delay: number): SessionCache {
  const cache = newCache();
  cache.setNewSessionCallback((_connection, session) => {
    const { id, data, sessionIdContext, time, timeout } = session;
    store.set(hexOf(id), { id, data: data.slice(), sessionIdContext, time, timeout });
  });
  cache.setGetSessionCallback(async (_connection, id) => {
    await sleep(delay);
    const kept = store.get(hexOf(id));
    return kept && new Session(kept);
  });
  return cache;
}

test('a session made on one server resumes on another over a common store', async () => {
  const store = new Map<string, Kept>();
  await withServer({ cache: cacheOver(store, 5), async: true }, async (one) => {
    await withServer({ cache: cacheOver(store, 5), async: true }, async (two) => {
      const { session } = await one.connect();
      assert.is(store.size, 1);
      assertResumed(await two.connect(session), true);
      assert.is(two.cache.stats().cbHits, 1);
      assert.is(two.cache.stats().number, 1, 'what the store gave is kept');
      store.clear();
      assertResumed(await two.connect(session), true);
      assert.is(two.cache.stats().cbHits, 1, 'the second time it came from the cache itself');
    });
  });
});

test('many clients resume while the store takes its time', async () => {
  const store = new Map<string, Kept>();
  await withServer({ cache: cacheOver(store, 20), async: true }, async ({ cache, connect }) => {
    const first = await Promise.all(Array.from({ length: 10 }, () => connect()));
    cache.flushSessions(0);
    const again = await Promise.all(first.map(({ session }) => connect(session)));
    for (const outcome of again) assertResumed(outcome, true);
    assert.is(cache.stats().cbHits, 10);
  });
});

test('a session that the store does not have costs a full handshake', async () => {
  const store = new Map<string, Kept>();
  await withServer({ cache: cacheOver(store, 1), async: true }, async ({ cache, connect }) => {
    const { session } = await connect();
    cache.flushSessions(0);
    store.clear();
    assertResumed(await connect(session), false);
    assert.is(cache.stats().cbHits, 0);
  });
});

test('a store that fails costs a full handshake', async () => {
  const cache = newCache();
  cache.setGetSessionCallback(() => Promise.reject(new Error('the store is down')));
  // Both connections ask: the first with the random id of a client that could speak TLS 1.3.
  const errors = [/store is down/, /store is down/];
  await withServer({ cache, async: true, errors }, async ({ connect }) => {
    const { session } = await connect();
    cache.flushSessions(0);
    assertResumed(await connect(session), false);
  });
});

test('a promise from a get callback of a synchronous lookup costs a full handshake', async () => {
  const cache = cacheOver(new Map(), 1);
  const errors = [/ERR_SESSCACHE_ASYNC_CALLBACK/, /ERR_SESSCACHE_ASYNC_CALLBACK/];
  await withServer({ cache, errors }, async ({ connect }) => {
    const { session } = await connect();
    cache.flushSessions(0);
    assertResumed(await connect(session), false);
  });
});

test.run();
