// When sessions end: to the second, at the ends of the range, and by the absolute lifetime.

import { systemClock } from '../../bindings/clock.ts';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session, type SessionCache } from '../../bindings/index.ts';
import { cacheAt, id, NOW, order, PROFILES, session } from './support.ts';

const test = suite('time');
const LAST = 2n ** 63n - 1n;
const FIRST = -(2n ** 63n);

function resumes(cache: SessionCache, n: number, protocolVersion = 0x0303): boolean {
  return cache.resumeSession(id(n), { protocolVersion }) !== undefined;
}

test('a session is good in its last second and expired in the next', () => {
  for (const profile of PROFILES) {
    const { cache, clock } = cacheAt({ profile });
    cache.addSession(session(1, { timeout: 10 }));
    clock.now = NOW + 10;
    assert.is(cache.flushSessions(), 0);
    assert.is(resumes(cache, 1), true);
    clock.now = NOW + 11;
    assert.is(resumes(cache, 1), false);
    assert.is(cache.stats().timeouts, 1);
    assert.is(cache.stats().number, 0);
  }
});

test('a flush removes at time + timeout + 1, not before', () => {
  const { cache } = cacheAt();
  cache.addSession(session(1, { timeout: 10 }));
  assert.is(cache.flushSessions(NOW + 10), 0);
  assert.is(cache.flushSessions(NOW + 11), 1);
});

test('the absolute lifetime of a session from a clock that is ahead begins when it is added', () => {
  for (const ahead of [1, 60]) {
    for (const way of ['added', 'given by a callback', 'moved'] as const) {
      const { cache, clock } = cacheAt({ maxLifetime: 100 });
      const early = session(1, { time: NOW + ahead, timeout: 2 ** 50 });
      if (way === 'given by a callback') {
        cache.setGetSessionCallback(() => early);
        assert.is(cache.resumeSession(id(1)), early);
        cache.setGetSessionCallback(undefined);
      } else {
        cache.addSession(early);
      }
      assert.is(early.authTime, NOW, way);
      assert.is(early.time, NOW + ahead, 'what it says of itself stays');
      if (way === 'moved') {
        const dup = early.dup();
        cache.removeSession(early);
        clock.now = NOW + 50;
        cache.addSession(dup);
      }
      clock.now = NOW + 100;
      assert.is(resumes(cache, 1), true, `${way}, ${ahead} s ahead`);
      clock.now = NOW + 101;
      assert.is(resumes(cache, 1), false, `${way}, ${ahead} s ahead`);
    }
  }
  // Whatever the clock has said before.
  const { cache: late, clock } = cacheAt({ maxLifetime: 100 });
  late.addSession(session(1));
  clock.now = NOW - 1000;
  late.addSession(session(2, { time: NOW - 950 }));
  assert.is([...late].find(({ id: own }) => own[0] === 2)?.authTime, NOW - 1000);
  // OpenSSL knows no absolute lifetime, and asks no clock.
  const { cache } = cacheAt({ profile: 'openssl-3.0' });
  const early = session(1, { time: NOW + 60 });
  cache.addSession(early);
  assert.is(early.authTime, NOW + 60);
});

test('a clock that goes back makes no session older', () => {
  for (const profile of PROFILES) {
    const { cache, clock } = cacheAt({ profile });
    cache.addSession(session(1, { timeout: 10 }));
    clock.now = NOW - 60;
    assert.is(resumes(cache, 1), true);
    clock.now = NOW - 1_000_000;
    assert.is(resumes(cache, 1), profile === 'openssl-3.0', 'from the future: see below');
    clock.now = NOW + 10;
    assert.is(resumes(cache, 1), true);
  }
});

test('a session from more than a minute ahead is a miss of its own cause, until its time is near', () => {
  for (const timeout of [10, 2 ** 50]) {
    for (const maxLifetime of [100_000, Infinity]) {
      const { cache, clock } = cacheAt({ maxLifetime });
      cache.addSession(session(1, { time: NOW + 3661, timeout }));
      clock.now = NOW + 3600;
      assert.is(resumes(cache, 1), false);
      assert.is(cache.acceptSession([...cache][0]!), false);
      assert.is(cache.stats().missCauses.future, 2);
      assert.is(cache.stats().timeouts, 0);
      assert.is(cache.stats().number, 1, 'it stays');
      clock.now = NOW + 3601;
      assert.is(resumes(cache, 1), true);
      clock.now = NOW + 3600;
      assert.is(resumes(cache, 1), false, 'also after it has been served');
    }
  }
});

test('a session from the future that the get callback gives is neither served nor kept', () => {
  const { cache } = cacheAt();
  cache.setGetSessionCallback(() => session(1, { time: NOW + 61 }));
  assert.is(resumes(cache, 1), false);
  assert.is(cache.stats().missCauses.future, 1);
  assert.is(cache.stats().cbHits, 0);
  assert.is(cache.stats().number, 0);
  assert.is(cache.acceptSession(session(1, { time: NOW + 61 })), false);
  assert.is(cache.stats().missCauses.future, 2);
  cache.setGetSessionCallback(() => session(1, { time: 2n ** 63n - 1n }));
  assert.is(resumes(cache, 1), false);
  assert.is(cache.stats().missCauses.future, 3);
});

test('under profile openssl-3.0 a session from the future is resumed, as by libssl', () => {
  const { cache } = cacheAt({ profile: 'openssl-3.0' });
  cache.addSession(session(1, { time: NOW + 86_400 }));
  assert.is(resumes(cache, 1), true);
  cache.setGetSessionCallback(() => session(2, { time: NOW + 86_400 }));
  assert.is(resumes(cache, 2), true);
  assert.is(cache.stats().missCauses.future, 0);
});

test('times of all sizes are kept to the second', () => {
  const times = [0, 1, -1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -(2 ** 32), 2 ** 53 - 1, -(2 ** 53) + 1];
  const big = [2n ** 53n, 2n ** 53n + 1n, LAST, LAST - 1n, FIRST, FIRST + 1n, -(2n ** 53n)];
  for (const time of [...times, ...big]) {
    const { cache } = cacheAt({ maxLifetime: Infinity });
    const made = session(1, { time, data: Uint8Array.of(1, 2, 3), tags: ['t'] });
    assert.is(made.time, time);
    cache.addSession(made);
    assert.is(made.time, time, 'cached');
    made.setTime(NOW);
    assert.is(made.time, NOW);
    made.setTime(time);
    assert.is([...cache][0]?.time, time, 'set');
    if (time >= 0) {
      made.setTimeout(time);
      assert.is([...cache][0]?.timeout, time);
    }
    assert.equal([...cache][0]?.data, Uint8Array.of(1, 2, 3));
    assert.is(cache.revoke({ tag: 't' }), 1);
  }
});

test('a bigint that fits comes back as a number', () => {
  const made = session(1, { time: 5n, timeout: 7n });
  assert.is(made.time, 5);
  assert.is(made.timeout, 7);
  const { cache } = cacheAt();
  assert.is(cache.setTimeout(2n ** 60n), 300);
  assert.is(cache.setTimeout(9n), 2n ** 60n);
  assert.is(cache.getTimeout(), 9);
});

test('a lifetime beyond the range never ends', () => {
  for (const profile of PROFILES) {
    const { cache, clock } = cacheAt({ profile, maxLifetime: Infinity });
    cache.addSession(session(1, { timeout: LAST }));
    cache.addSession(session(2, { timeout: LAST - BigInt(NOW) }));
    clock.now = Number.MAX_SAFE_INTEGER;
    assert.is(resumes(cache, 1), true);
    assert.is(resumes(cache, 2), true);
    assert.is(cache.flushSessions(LAST), 0);
    assert.equal(order(cache), [2, 1], 'the overflowed one is last');
    assert.is(cache.flushSessions(0), 2);
  }
});

test('a negative time counts as beyond the range, as in OpenSSL', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile, maxLifetime: Infinity });
    cache.addSession(session(1, { time: -5, timeout: 0 }));
    cache.addSession(session(2, { timeout: 1e9 }));
    assert.equal(order(cache), [2, 1]);
    assert.is(cache.flushSessions(NOW * 4), 1);
    assert.is(resumes(cache, 1), true);
  }
});

test('a negative default timeout makes sessions that are born expired', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile, timeout: -5 });
    const made = cache.createSession({ id: id(1) });
    assert.is(made.timeout, -5);
    cache.addSession(made);
    assert.is(resumes(cache, 1), false);
    assert.is(cache.stats().timeouts, 1);
  }
});

test('a default timeout of 0 gives new sessions 7200 seconds', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile, timeout: 0 });
    assert.is(cache.createSession({ id: id(1) }).timeout, 7200);
  }
});

test('changing the default timeout leaves existing sessions alone', () => {
  const { cache, clock } = cacheAt();
  const made = cache.createSession({ id: id(1) });
  cache.addSession(made);
  assert.is(cache.setTimeout(5), 300);
  assert.is(made.timeout, 300);
  clock.now = NOW + 300;
  assert.is(cache.resumeSession(id(1))?.timeout, 300);
  clock.now = NOW;
  assert.is(cache.createSession({ id: id(2) }).timeout, 5);
});

test('new Session has the defaults of SSL_SESSION_new', () => {
  const made = new Session({ id: id(1) });
  assert.is(made.timeout, 304);
  assert.is(made.time, systemClock());
  assert.ok(Math.abs(Number(made.time) - Date.now() / 1000) < 60);
  assert.is(made.protocolVersion, 0x0303);
  assert.equal([made.data.length, made.sessionIdContext.length, made.tags.length], [0, 0, 0]);
  assert.equal([made.isResumable, made.isCached, made.extendedMasterSecret], [true, false, false]);
});

for (const [name, protocolVersion, life] of [
  ['TLS 1.2', 0x0303, 86_400],
  ['DTLS 1.2', 0xfefd, 86_400],
  ['TLS 1.3', 0x0304, 604_800],
  ['DTLS 1.3', 0xfefc, 604_800],
] as const) {
  test(`no ${name} session lives longer than ${life} seconds, however it is renewed`, () => {
    const { cache, clock } = cacheAt();
    const made = session(1, { protocolVersion, timeout: 1e9 });
    cache.addSession(made);
    clock.now = NOW + life;
    made.setTime(clock.now);
    assert.is(cache.flushSessions(), 0);
    assert.is(resumes(cache, 1, protocolVersion), true);
    clock.now++;
    made.setTime(clock.now);
    assert.is(resumes(cache, 1, protocolVersion), false);
    assert.is(cache.stats().timeouts, 1);
  });
}

test('the absolute lifetime decides order and flush, too', () => {
  const { cache } = cacheAt({ maxLifetime: 100 });
  cache.addSession(session(1, { timeout: 1e6 }));
  cache.addSession(session(2, { timeout: 50 }));
  cache.addSession(session(3, { time: NOW - 90, timeout: 1e6 }));
  assert.equal(order(cache), [3, 2, 1]);
  assert.is(cache.flushSessions(NOW + 101), 3);
});

test('setting an earlier time starts the absolute lifetime earlier', () => {
  const { cache } = cacheAt({ maxLifetime: 100 });
  const made = session(1, { timeout: 1e6 });
  cache.addSession(made);
  made.setTime(NOW - 50);
  made.setTime(NOW + 50);
  assert.is(cache.flushSessions(NOW + 50), 0);
  assert.is(cache.flushSessions(NOW + 51), 1);
});

test('a copy, and a session that comes back, keep the absolute lifetime', () => {
  const { cache } = cacheAt({ maxLifetime: 100 });
  const made = session(1, { timeout: 1e6 });
  made.setTime(NOW + 90);
  const copy = made.dup();
  cache.addSession(copy);
  assert.is(cache.flushSessions(NOW + 101), 1);
  cache.addSession(copy);
  assert.is(cache.flushSessions(NOW + 101), 1);
});

test('a session made for one that was resumed goes back to the same full handshake', () => {
  const { cache, clock } = cacheAt({ maxLifetime: 100 });
  const first = cache.createSession({ id: id(1) });
  assert.is(first.authTime, NOW);
  clock.now = NOW + 60;
  const { authTime } = first;
  const second = cache.createSession({ id: id(2), authTime });
  assert.is(second.time, NOW + 60);
  assert.is(second.authTime, NOW);
  cache.addSession(second);
  cache.addSession(session(3, { time: NOW + 60, authTime: NOW - 1 }));
  assert.is([...cache].find((each) => each.id[0] === 2)?.authTime, NOW, 'in the cache');
  second.setTime(NOW + 90);
  assert.is(second.authTime, NOW, 'renewed');
  assert.is(second.dup().authTime, NOW);
  assert.is(session(4, { authTime: NOW + 5 }).authTime, NOW, 'no later than its time');
  clock.now = NOW + 100;
  assert.is(resumes(cache, 2), true);
  assert.is(resumes(cache, 3), false);
  clock.now++;
  assert.is(resumes(cache, 2), false);
});

test('openssl-3.0 knows no absolute lifetime', () => {
  const { cache, clock } = cacheAt({ profile: 'openssl-3.0' });
  cache.addSession(session(1, { timeout: 1e8 }));
  clock.now = NOW + 1e8;
  assert.is(resumes(cache, 1), true);
});

test.run();
