// Wrong arguments: TypeError for the wrong type, RangeError for the wrong value, a message that
// names argument, expectation and what came, and nothing changed.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SessionCacheError, type SessionCache } from '../../bindings/index.ts';
import { cacheAt, errorOf, id, order, session } from './support.ts';
import { CALLS, SESSIONS, type Wrong } from './wrong-arguments.ts';

const test = suite('wrong arguments');

/** How a message reads: `"name" expected X, got Y`. */
const MESSAGE = /^"[\w.[\]() ]+" expected [^]+, got [^]+$/;

/** Each bad value makes `call` throw as it must, and `state` says that nothing changed. */
function check(
  name: string,
  call: (bad: never) => unknown,
  wrong: Wrong,
  state: () => unknown,
): void {
  const before = state();
  for (const [values, type] of [
    [wrong.types, TypeError],
    [wrong.values, RangeError],
  ] as const) {
    for (const bad of values) {
      const error = errorOf(() => call(bad as never));
      const what = `${name}, given ${describe(bad)}`;
      assert.is(error.constructor, type, `${what}: ${error.message}`);
      assert.match(error.message, MESSAGE, what);
      assert.equal(state(), before, what);
    }
  }
}

function describe(value: unknown): string {
  return typeof value === 'object' ? (value?.constructor.name ?? 'null') : String(value);
}

function stateOf(cache: SessionCache): unknown {
  return {
    stats: cache.stats(),
    order: order(cache),
    mode: cache.getSessionCacheMode(),
    size: cache.getCacheSize(),
    timeout: cache.getTimeout(),
    callbacks: [
      cache.getNewSessionCallback(),
      cache.getRemoveSessionCallback(),
      cache.getGetSessionCallback(),
      cache.getGenerateSessionIdCallback(),
    ],
    found: cache.hasMatchingSessionId(id(1)),
  };
}

for (const [name, call, wrong] of CALLS) {
  test(`${name}`, () => {
    const { cache } = cacheAt({ size: 5 });
    for (const n of [1, 2, 3]) cache.addSession(session(n, { tags: ['a'] }));
    cache.setRemoveSessionCallback(() => {});
    check(
      name,
      (bad) => call(cache, bad),
      wrong,
      () => stateOf(cache),
    );
  });
}

for (const [name, call, wrong] of SESSIONS) {
  for (const isCached of [false, true]) {
    test(`${name} of a session that is ${isCached ? '' : 'not '}cached`, () => {
      const made = session(1);
      if (isCached) cacheAt().cache.addSession(made);
      check(
        name,
        (bad) => call(made, bad),
        wrong,
        () => JSON.stringify([made, [...made.id]]),
      );
    });
  }
}

test('a clock that gives no whole seconds is reported, and nothing changes', () => {
  for (const [now, type] of [
    [1.5, RangeError],
    [NaN, RangeError],
    [Infinity, RangeError],
    ['1', TypeError],
    [undefined, TypeError],
    [1n, TypeError],
  ] as const) {
    const { cache, clock } = cacheAt({ mode: 0x402 });
    cache.addSession(session(1));
    const before = stateOf(cache);
    clock.now = now as number;
    const calls = [
      () => cache.resumeSession(id(1)),
      () => cache.addSession(session(2)),
      () => cache.flushSessions(),
      () => cache.createSession({ id: id(3) }),
    ];
    for (const call of calls) assert.is(errorOf(call).constructor, type, `${String(now)} ${call}`);
    assert.equal(stateOf(cache), before);
  }
});

test('errors of the cache have a class, a name, a code, and the reason of OpenSSL', () => {
  const { cache } = cacheAt();
  cache.setGenerateSessionIdCallback(() => false);
  const failed = errorOf(() => cache.generateSessionId());
  assert.ok(failed instanceof SessionCacheError && failed instanceof Error);
  assert.is(failed.name, 'SessionCacheError');
  assert.equal([failed.code, failed.reason], ['ERR_SESSION_ID_CALLBACK_FAILED', 301]);
  cache.addSession(session(1));
  cache.setGenerateSessionIdCallback(() => id(1));
  const conflict = errorOf(() => cache.generateSessionId());
  assert.equal([conflict.code, conflict.reason], ['ERR_SESSION_ID_CONFLICT', 302]);
  for (const length of [0, 33]) {
    cache.setGenerateSessionIdCallback(() => new Uint8Array(length));
    const bad = errorOf(() => cache.generateSessionId());
    assert.equal([bad.code, bad.reason], ['ERR_SESSION_ID_HAS_BAD_LENGTH', 303]);
  }
  cache.close();
  assert.is(errorOf(() => cache.stats()).code, 'ERR_SESSCACHE_CLOSED');
});

test('after close() every method but close() says so', () => {
  const { cache } = cacheAt();
  const made = session(1);
  cache.addSession(made);
  cache.close();
  cache.close();
  cache[Symbol.dispose]();
  const calls: (() => unknown)[] = [
    () => cache.addSession(session(2)),
    () => cache.removeSession(made),
    () => cache.removeSessionById(id(1)),
    () => cache.abortSession(made),
    () => cache.flushSessions(),
    () => cache.revoke({ tag: 'a' }),
    () => cache.hasMatchingSessionId(id(1)),
    () => cache.resumeSession(id(1)),
    () => cache.viewSession(id(1)),
    () => cache.generateSessionId(),
    () => cache.createSession(),
    () => cache.startHandshake('server'),
    () => cache.finishHandshake('server', undefined),
    () => cache.stats(),
    () => [...cache],
    () => cache.setSessionCacheMode(0),
    () => cache.getSessionCacheMode(),
    () => cache.setCacheSize(1),
    () => cache.getCacheSize(),
    () => cache.setTimeout(1),
    () => cache.getTimeout(),
    () => cache.setSessionIdContext(id(1)),
    () => cache.setVerifyPeer(true),
    () => cache.setNewSessionCallback(undefined),
    () => cache.getNewSessionCallback(),
    () => cache.setRemoveSessionCallback(undefined),
    () => cache.getRemoveSessionCallback(),
    () => cache.setGetSessionCallback(undefined),
    () => cache.getGetSessionCallback(),
    () => cache.setGenerateSessionIdCallback(undefined),
    () => cache.getGenerateSessionIdCallback(),
  ];
  for (const call of calls) assert.is(errorOf(call).code, 'ERR_SESSCACHE_CLOSED', `${call}`);
  assert.equal([made.isCached, made.isResumable], [false, false]);
  assert.equal(made.id, id(1));
});

test('an open iterator of a closed cache ends', () => {
  const { cache } = cacheAt();
  for (const n of [1, 2]) cache.addSession(session(n));
  const walk = cache[Symbol.iterator]();
  walk.next();
  cache.close();
  assert.is(walk.next().done, true);
});

test.run();
