// resumeSessionAsync: a get callback that takes its time.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SessionCacheMode, type Session, type SessionCache } from '../../bindings/index.ts';
import { cacheAt, id, NOW, order, session } from './support.ts';

const test = suite('resumeSessionAsync');
const { CLIENT, NO_INTERNAL_STORE, SERVER } = SessionCacheMode;

/** A get callback that answers when told to; `asked` are the ids it was called with. */
function slowStore(): {
  asked: number[];
  get: (connection: unknown, wanted: Uint8Array) => Promise<Session | undefined>;
  answer: (found: Session | undefined) => void;
  fail: (error: Error) => void;
} {
  const waiting: { resolve: (found: Session | undefined) => void; reject: (e: Error) => void }[] =
    [];
  const asked: number[] = [];
  return {
    asked,
    get: (_connection, wanted) => {
      asked.push(wanted[0] as number);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    answer: (found) => waiting.shift()?.resolve(found),
    fail: (error) => waiting.shift()?.reject(error),
  };
}

test('resumes from the internal cache without asking', async () => {
  const { cache } = cacheAt();
  const { get, asked } = slowStore();
  cache.setGetSessionCallback(get);
  cache.addSession(session(1));
  assert.is((await cache.resumeSessionAsync(id(1)))?.id[0], 1);
  assert.equal(asked, []);
});

test('waits for the callback and copies what it brings inward', async () => {
  const { cache } = cacheAt();
  const { get, answer } = slowStore();
  cache.setGetSessionCallback(get);
  const looking = cache.resumeSessionAsync(id(1));
  assert.is(cache.stats().number, 0);
  const made = session(1);
  answer(made);
  assert.is((await looking)?.serial, made.serial);
  assert.equal(order(cache), [1]);
  const { hits, cbHits, misses } = cache.stats();
  assert.equal([hits, cbHits, misses], [1, 1, 1]);
});

test('takes the answer of a callback that is not asynchronous', async () => {
  const { cache } = cacheAt();
  cache.setGetSessionCallback(() => session(1));
  assert.is((await cache.resumeSessionAsync(id(1)))?.id[0], 1);
  cache.setGetSessionCallback(() => undefined);
  assert.is(await cache.resumeSessionAsync(id(2)), undefined);
});

test('simultaneous lookups of one id ask once and each gets its answer', async () => {
  const { cache } = cacheAt();
  const { get, asked, answer } = slowStore();
  cache.setGetSessionCallback(get);
  const looking = [1, 1, 1].map((n) => cache.resumeSessionAsync(id(n)));
  const other = cache.resumeSessionAsync(id(2));
  assert.equal(asked, [1, 2]);
  answer(session(1));
  answer(undefined);
  const found = await Promise.all(looking);
  assert.equal(
    found.map((each) => each?.id[0]),
    [1, 1, 1],
  );
  assert.is(await other, undefined);
  assert.is(cache.stats().number, 1);
  assert.is(cache.stats().hits, 3);
  assert.is(cache.stats().misses, 4);
  const again = cache.resumeSessionAsync(id(2));
  assert.equal(asked, [1, 2, 2], 'a lookup after the answer asks again');
  answer(undefined);
  await again;
});

test('joined lookups are each checked against their own connection', async () => {
  const { cache } = cacheAt();
  const { get, asked, answer } = slowStore();
  cache.setGetSessionCallback(get);
  const mine = { sessionIdContext: Uint8Array.of(1) };
  const looking = [
    cache.resumeSessionAsync(id(1), mine),
    cache.resumeSessionAsync(id(1), { sessionIdContext: Uint8Array.of(2) }),
    cache.resumeSessionAsync(id(1), { ...mine, extendedMasterSecret: true }),
    cache.resumeSessionAsync(id(1), mine),
  ];
  while (asked.length > 0) {
    asked.pop();
    answer(session(1, { sessionIdContext: Uint8Array.of(1) }));
  }
  const found = await Promise.all(looking);
  assert.equal(
    found.map((each) => each !== undefined),
    [true, false, false, true],
  );
});

test('the same id under another version is another lookup', async () => {
  const { cache } = cacheAt();
  const { get, asked, answer } = slowStore();
  cache.setGetSessionCallback(get);
  const looking = [
    cache.resumeSessionAsync(id(1)),
    cache.resumeSessionAsync(id(1), { protocolVersion: 0x0304 }),
  ];
  assert.equal(asked, [1, 1]);
  answer(session(1));
  answer(session(1, { protocolVersion: 0x0304 }));
  const found = await Promise.all(looking);
  assert.equal(
    found.map((each) => each?.protocolVersion),
    [0x0303, 0x0304],
  );
});

test('an answer that expired meanwhile is not resumed', async () => {
  const { cache, clock } = cacheAt();
  const { get, answer } = slowStore();
  cache.setGetSessionCallback(get);
  const looking = cache.resumeSessionAsync(id(1));
  clock.now = NOW + 301;
  answer(session(1));
  assert.is(await looking, undefined);
  assert.is(cache.stats().timeouts, 1);
  assert.is(cache.stats().number, 0);
});

test('the mode counts when the answer comes', async () => {
  const { cache } = cacheAt();
  const { get, answer } = slowStore();
  cache.setGetSessionCallback(get);
  const looking = cache.resumeSessionAsync(id(1));
  cache.setSessionCacheMode(SERVER | NO_INTERNAL_STORE);
  answer(session(1));
  assert.ok(await looking);
  assert.is(cache.stats().number, 0);
});

test('errors reject: those of the callback and those of wrong arguments', async () => {
  const { cache } = cacheAt();
  const { get, fail } = slowStore();
  cache.setGetSessionCallback(get);
  const looking = [cache.resumeSessionAsync(id(1)), cache.resumeSessionAsync(id(1))];
  fail(new Error('mine'));
  for (const each of await Promise.allSettled(looking)) {
    assert.is(each.status, 'rejected');
    assert.is((each as PromiseRejectedResult).reason.message, 'mine');
  }
  const [wrong] = await Promise.allSettled([cache.resumeSessionAsync('x' as never)]);
  assert.ok((wrong as PromiseRejectedResult).reason instanceof TypeError);
});

test('an answer that is no session rejects', async () => {
  const { cache } = cacheAt();
  for (const answer of ['x', 1, {}, id(1)]) {
    cache.setGetSessionCallback(async () => answer as never);
    const [outcome] = await Promise.allSettled([cache.resumeSessionAsync(id(1))]);
    assert.is(outcome.status, 'rejected');
    assert.ok((outcome as PromiseRejectedResult).reason instanceof TypeError);
  }
  assert.is(cache.stats().number, 0);
});

test('a cache closed meanwhile means a full handshake', async () => {
  const { cache } = cacheAt();
  const { get, answer } = slowStore();
  cache.setGetSessionCallback(get);
  const looking = cache.resumeSessionAsync(id(1));
  cache.close();
  answer(session(1));
  assert.is(await looking, undefined);
});

test('without the SERVER bit no callback is called', async () => {
  const { cache } = cacheAt({ mode: CLIENT });
  const { get, asked } = slowStore();
  cache.setGetSessionCallback(get);
  assert.is(await cache.resumeSessionAsync(id(1)), undefined);
  assert.equal(asked, []);
});

for (const [what, end] of [
  ['revoked by its tag', (cache) => cache.revoke({ tag: 'x' })],
  ['removed by its id', (cache) => cache.removeSessionById(id(1))],
  ['removed', (cache) => cache.removeSession(session(1))],
] as [string, (cache: SessionCache) => unknown][]) {
  test(`a session that is ${what} while the callback fetches it does not come back`, async () => {
    const { cache } = cacheAt();
    const { get, answer, asked } = slowStore();
    cache.setGetSessionCallback(get);
    const before = cache.resumeSessionAsync(id(1));
    end(cache);
    const after = cache.resumeSessionAsync(id(1)); // shares the question
    assert.equal(asked, [1]);
    answer(session(1, { tags: ['x'] }));
    assert.is(await before, undefined);
    assert.is(await after, undefined);
    assert.is(cache.stats().number, 0);
    assert.is(cache.stats().missCauses.notResumable, 2);
    const later = cache.resumeSessionAsync(id(1));
    answer(session(1, { tags: ['x'] }));
    assert.ok(await later, 'what is asked for later is a matter of the callback');
  });
}

test.run();
