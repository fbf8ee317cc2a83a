// What OpenSSL's own tests demand of its session cache (test/sslapitest.c), of this one.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session, SessionCacheMode, type SessionCache } from '../../bindings/index.ts';
import { cacheAt, id, NOW, order, PROFILES, removalsOf, session } from '../manual/support.ts';

const test = suite('OpenSSL');

const { CLIENT, SERVER, NO_INTERNAL_STORE } = SessionCacheMode;

/** Both callbacks count, and the new one keeps what it is told. */
function counted(cache: SessionCache): { made: number; removed: number } {
  const counts = { made: 0, removed: 0 };
  cache.setNewSessionCallback(() => {
    counts.made++;
    return true;
  });
  cache.setRemoveSessionCallback(() => void counts.removed++);
  return counts;
}

/** Which caches a side has: its own, one outside, both, neither. */
const CACHES = [
  ['only an internal cache', true, false],
  ['only an external cache', false, true],
  ['both caches', true, true],
  ['neither cache', false, false],
] as const;

for (const profile of PROFILES) {
  for (const [what, internal, external] of CACHES) {
    test(`a client with ${what} resumes in TLS 1.2, in profile ${profile}`, () => {
      const mode = internal ? CLIENT : CLIENT | NO_INTERNAL_STORE;
      const { cache } = cacheAt({ profile, mode });
      const counts = external ? counted(cache) : undefined;
      const told = () => (counts ? [counts.made, counts.removed] : undefined);
      const first = session(1);
      cache.startHandshake('client');
      cache.finishHandshake('client', first);
      assert.is(first.isCached, internal);
      if (internal) assert.is(cache.addSession(first), false, 'it is in the cache');
      if (external) assert.equal(told(), [1, 0]);

      cache.startHandshake('client');
      cache.finishHandshake('client', first, { resumed: true });
      if (external) assert.equal(told(), [1, 0], 'nothing is new, nothing has left');
      assert.equal(cache.stats().hits, 1);

      // The session of a connection that is still open is bad once the connection gets another.
      const second = session(2);
      cache.startHandshake('client');
      cache.finishHandshake('client', second);
      cache.abortSession(second);
      const hears = internal || profile === 'openssl-3.0';
      if (external) assert.equal(told(), [2, hears ? 1 : 0]);
      assert.is(cache.addSession(second), true, 'it is not in the cache any more');
      assert.is(cache.removeSession(second), true);
    });

    test(`a server with ${what} resumes in TLS 1.2, in profile ${profile}`, () => {
      const mode = internal ? SERVER : SERVER | NO_INTERNAL_STORE;
      const { cache } = cacheAt({ profile, mode });
      const counts = external ? counted(cache) : undefined;
      let asked = 0;
      const made = session(1);
      if (external) {
        cache.setGetSessionCallback(() => {
          asked++;
          return made;
        });
      }
      cache.startHandshake('server');
      cache.finishHandshake('server', made);
      if (counts) assert.equal([counts.made, counts.removed, asked], [1, 0, 0]);

      cache.startHandshake('server');
      const found = cache.resumeSession(id(1));
      assert.is(found?.serial, internal || external ? made.serial : undefined);
      cache.finishHandshake('server', found ?? session(2), { resumed: found !== undefined });
      if (counts) assert.equal([counts.made, counts.removed, asked], [1, 0, internal ? 0 : 1]);
    });
  }
}

test('stateful tickets of TLS 1.3: each resumption takes one and makes one, and none is good twice', () => {
  const { cache } = cacheAt();
  const connection = { protocolVersion: 0x0304 };
  const finish = (resumed: boolean, ...tickets: Session[]) => {
    cache.finishHandshake('server', undefined, { resumed });
    for (const made of tickets) {
      cache.finishHandshake('server', made, { resumed, further: true, connection });
    }
  };
  const ticket = (n: number) => session(n, connection);
  finish(false, ticket(1), ticket(2));
  for (const n of [1, 2, 3, 4]) {
    const found = cache.findSession(id(n), connection);
    assert.ok(
      found && cache.acceptSession(found, connection) && cache.removeSession(found),
      `${n}`,
    );
    assert.is(cache.findSession(id(n), connection), undefined, `${n} again`);
    finish(true, ticket(n + 2));
  }
  assert.equal(order(cache), [5, 6]);
  assert.equal(cache.stats().acceptGood, 5);
});

test('sessions of different timeouts leave one by one, each in the second after its last', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile, size: 0 });
    const late = session(3, { timeout: 30 });
    for (const made of [late, session(1, { timeout: 10 }), session(2, { timeout: 20 })]) {
      cache.addSession(made);
    }
    const removals = removalsOf(cache);
    const firsts = () => removals.splice(0).map(([first]) => first);
    cache.flushSessions(NOW + 10);
    assert.equal(firsts(), []);
    cache.flushSessions(NOW + 11);
    assert.equal(firsts(), [1]);
    late.setTimeout(15);
    cache.flushSessions(NOW + 16);
    assert.equal(firsts(), [3], 'a changed timeout sorts it anew');
    cache.flushSessions(NOW + 21);
    assert.equal(firsts(), [2]);
  }
});

test('a session whose end overflows is the last, and only a flush at 0 removes it', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile, size: 0, maxLifetime: Infinity });
    const latest = 2n ** 63n - 1n;
    cache.addSession(session(1, { timeout: latest }));
    cache.addSession(session(2, { timeout: latest - BigInt(NOW) }));
    cache.addSession(session(3));
    assert.equal(order(cache), [3, 2, 1]);
    cache.flushSessions(latest);
    assert.equal(order(cache), [2, 1], 'the second ends at the last possible second');
    cache.flushSessions(0);
    assert.equal(order(cache), []);
  }
});

test('a session of one context is not resumed in another, and stays for its own', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    const [mine, other] = [Uint8Array.of(1), Uint8Array.of(2)];
    cache.addSession(session(1, { sessionIdContext: mine }));
    assert.is(cache.resumeSession(id(1), { sessionIdContext: other }), undefined);
    assert.ok(cache.resumeSession(id(1), { sessionIdContext: mine }));
    assert.is(cache.stats().number, 1);
  }
});

test('many connections resume one session at the same time', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    const made = session(1);
    cache.addSession(made);
    const held = Array.from({ length: 5 }, () => cache.resumeSession(id(1)));
    for (const each of held) {
      assert.is(each?.serial, made.serial);
      assert.equal(each?.data, Uint8Array.of(1));
      assert.is(each?.isResumable, true);
      cache.finishHandshake('server', each, { resumed: true });
    }
    assert.equal([cache.stats().number, cache.stats().hits], [1, 5]);
  }
});

test('a session that another cache holds is resumed, and stays there', () => {
  // In OpenSSL that is undefined; libssl crashed.
  const { cache } = cacheAt();
  const { cache: other } = cacheAt();
  const shared = session(1);
  other.addSession(shared);
  cache.setGetSessionCallback(() => shared);
  assert.is(cache.resumeSession(id(1))?.serial, shared.serial);
  assert.equal([order(cache), order(other)], [[], [1]]);
});

test.run();
