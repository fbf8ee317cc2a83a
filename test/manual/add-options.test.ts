// `addSession` of options: what `addSession(new Session(options))` does, without the Session.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type RemovalCause,
  Session,
  SessionCache,
  type SessionCacheError,
  SessionCacheMode,
  type SessionCacheOptions,
  type SessionOptions,
} from '../../bindings/index.ts';
import { hexOf } from '../support/bytes.ts';
import { resizable } from '../support/liars.ts';
import { cacheAt, errorOf, id, NOW, order, PROFILES, removalsOf } from './support.ts';

const test = suite('addSession of options');

const CONTEXT = new Uint8Array(32).fill(7);
const DATA = new Uint8Array(160).fill(9);

/** The options of nearly all sessions, and those that few have or that are wrong. */
const VARIANTS: Partial<Record<keyof SessionOptions, unknown[]>> = {
  id: [id(2), id(3).subarray(0, 5), new Uint8Array(0), new Uint8Array(33), undefined, 'id', [1]],
  data: [new Uint8Array(0), new Uint8Array(5000), new Uint8Array(16385), undefined, null, 'x'],
  protocolVersion: [undefined, 0x0304, 0, 2 ** 24, -1, 1.5, '771', null, 771n],
  sessionIdContext: [undefined, new Uint8Array(0), CONTEXT.subarray(1), new Uint8Array(33), null],
  time: [undefined, NOW - 10, NOW + 1000, NOW + 10, -5, -0, 2 ** 40, 2n ** 62n, 2n ** 63n, 0.5, '1', null, NaN], // prettier-ignore
  timeout: [undefined, 0, 2 ** 32 - 1, 2 ** 32, 2 ** 50, 5n, -1, '300', null, Infinity],
  authTime: [undefined, NOW - 100, NOW + 100, 7n, -1, null],
  extendedMasterSecret: [undefined, true, false, 1, null],
  notResumable: [undefined, true, false, 0, null],
  tags: [undefined, [], ['a', 'b'], 'a', null, ['']],
  appData: [undefined, { mine: 1 }, null, 0],
};

function plain(n = 1): SessionOptions {
  return { id: id(n), data: DATA, sessionIdContext: CONTEXT, time: NOW, timeout: 300 };
}

/** All that a cache tells of itself; `failed` is the error of an add. */
function stateOf(cache: SessionCache, failed?: Error): string {
  const { memory: _, ...stats } = cache.stats();
  const sessions = Array.from(cache, (cached) => ({
    id: hexOf(cached.id),
    data: hexOf(cached.data),
    tags: cached.tags.map(hexOf),
    context: hexOf(cached.sessionIdContext),
    times: [cached.time, cached.timeout, cached.authTime].map(String),
    version: cached.protocolVersion,
    extms: cached.extendedMasterSecret,
    isResumable: cached.isResumable,
    appData: cached.appData,
  }));
  const error = failed && [failed.name, failed.message, (failed as { code?: string }).code];
  const resumed = cache.resumeSession(id(1), { sessionIdContext: CONTEXT });
  return JSON.stringify({ stats, sessions, error, resumed: resumed && hexOf(resumed.data) });
}

const CACHES: SessionCacheOptions[] = [
  {},
  { mode: SessionCacheMode.SERVER | SessionCacheMode.UPDATE_TIME },
  { maxBytes: 2000 },
  { profile: 'openssl-3.0' },
];

/** The states of two caches after the same adds: by options, and by sessions made of them. */
function bothWays(options: SessionCacheOptions, adds: SessionOptions[]): [string, string] {
  const [direct, made] = [SessionCache, SessionCache].map((_, way) => {
    const { cache } = cacheAt({ size: 3, sessionIdContext: CONTEXT, ...options });
    let failed: Error | undefined;
    for (const add of adds) {
      try {
        assert.is(cache.addSession(way === 0 ? add : new Session(add)), true);
      } catch (error) {
        failed = error as Error;
      }
    }
    return stateOf(cache, failed);
  });
  return [direct!, made!];
}

for (const options of CACHES) {
  test(`leaves what adding a Session leaves, or says what new Session says: ${JSON.stringify(options)}`, () => {
    for (const [name, values] of Object.entries(VARIANTS)) {
      for (const value of values) {
        const other = { ...plain(), id: id(9), [name]: value } as SessionOptions;
        // Beside another session, in a full cache, and in the place of a session of its id.
        for (const adds of [
          [plain(), other],
          [...[1, 2, 3].map((n) => plain(n)), other],
          [other, plain(), other],
        ]) {
          const [direct, made] = bothWays(options, adds);
          assert.is(direct, made, `${name}: ${String(value)}`);
        }
      }
    }
  });
}

test('the time that is not given is the present of the default clock', () => {
  const cache = new SessionCache();
  const before = Math.floor(Date.now() / 1000);
  cache.addSession({ id: id(1), data: DATA });
  const { time, timeout } = [...cache][0]!;
  assert.ok(Number(time) >= before - 1 && Number(time) <= before + 2, `${time} and ${before}`);
  assert.is(timeout, 304);
});

test('each option is read once, before the clock', () => {
  const { cache } = cacheAt();
  for (const given of [plain(), { ...plain(), tags: ['a'], appData: 1 }]) {
    const reads = new Map<string, number>();
    cache.addSession(
      new Proxy(given, {
        get(target, key) {
          reads.set(String(key), (reads.get(String(key)) ?? 0) + 1);
          return Reflect.get(target, key) as unknown;
        },
      }),
    );
    for (const [name, count] of reads) assert.is(count, 1, name);
    assert.ok(reads.size >= 10);
  }
});

test('options may come from a prototype', () => {
  const { cache } = cacheAt();
  assert.is(cache.addSession(Object.create(plain()) as SessionOptions), true);
  assert.is(cache.hasMatchingSessionId(id(1)), true);
});

test('a clock that shrinks the arrays, or closes the cache, adds nothing that is not there', () => {
  const array = resizable(DATA, 200);
  const cache = new SessionCache({
    now: () => {
      array.resize(3);
      return NOW;
    },
  });
  cache.addSession({ ...plain(), data: array.bytes });
  const { data } = [...cache][0]!;
  assert.ok(data.length === 3 || data.length === 0, `${data.length}`);

  const closing: SessionCache = new SessionCache({
    now: () => {
      closing.close();
      return NOW;
    },
  });
  assert.is(errorOf(() => closing.addSession(plain())).code, 'ERR_SESSCACHE_CLOSED');
});

test('the bytes of a view may be added again', () => {
  const { cache } = cacheAt();
  cache.addSession(plain());
  const { data } = cache.viewSession(id(1), { sessionIdContext: CONTEXT })!;
  cache.addSession({ ...plain(), id: id(2), data });
  assert.equal(cache.resumeSession(id(2), { sessionIdContext: CONTEXT })?.data, DATA);
});

test('a callback is told of what leaves, in both profiles', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile, size: 2 });
    const removals = removalsOf(cache);
    for (const n of [1, 2, 3]) cache.addSession({ ...plain(), id: id(n) });
    cache.addSession({ ...plain(), id: id(3), data: DATA.subarray(1) });
    const expected: [number, RemovalCause][] = [[1, 'evicted']];
    assert.equal(removals.slice(0, 1), expected, profile);
    assert.ok(order(cache).includes(3));
  }
});

test('a Session of another copy of the package is refused, and not taken for options', () => {
  const { cache } = cacheAt();
  const other = { constructor: { name: 'Session' }, serial: 1, ...plain() };
  const error = errorOf(() => cache.addSession(other));
  assert.instance(error, TypeError);
  assert.match(error.message, /^"session" expected Session, got that of another copy/);
  assert.is(cache.stats().number, 0);
});

test('a serial of undefined is absent, any other is that of a session', () => {
  const { cache } = cacheAt();
  assert.ok(cache.addSession({ ...plain(), serial: undefined } as SessionOptions));
  for (const serial of [0, null, false, '']) {
    const options = { ...plain(), id: id(7), serial } as SessionOptions;
    assert.instance(
      errorOf(() => cache.addSession(options)),
      TypeError,
    );
  }
  assert.is(cache.stats().number, 1);
});

test('a session whose serial is a getter that closes the cache is not added', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    class Closing extends Session {
      override get serial(): number {
        cache.close();
        return super.serial;
      }
    }
    const session = new Closing({ ...plain() });
    const error = errorOf(() => cache.addSession(session)) as SessionCacheError;
    assert.is(error.code, 'ERR_SESSCACHE_CLOSED', profile);
  }
});

test('an add leaves what lookups of another context know', () => {
  const { cache } = cacheAt({ sessionIdContext: CONTEXT });
  cache.addSession(plain());
  for (let n = 0; n < 50; n++) {
    const context = new Uint8Array(32).fill(n % 3);
    cache.addSession({ ...plain(), id: id(100 + n), sessionIdContext: context });
    assert.ok(cache.viewSession(id(1)));
    assert.is(cache.viewSession(id(100 + n)), undefined, 'of another context');
    assert.ok(cache.viewSession(id(100 + n), { sessionIdContext: context }));
  }
});

test.run();
