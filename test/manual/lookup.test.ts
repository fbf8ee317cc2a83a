// What a server's lookup checks, in which order, and what it counts.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SessionCacheError, type Connection, type SessionCache } from '../../bindings/index.ts';
import { cacheAt, errorOf, id, NOW, order, PROFILES, session } from './support.ts';

const test = suite('lookup');

function counts(cache: SessionCache): Record<string, number> {
  const { hits, misses, timeouts, number } = cache.stats();
  return { hits, misses, timeouts, number };
}

test('finds what was added', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    const made = session(1, {
      data: Uint8Array.of(1, 2, 3),
      extendedMasterSecret: true,
      tags: ['a', Uint8Array.of(0), 'a'],
    });
    cache.addSession(made);
    const found = cache.resumeSession(id(1));
    assert.ok(found);
    assert.is(found.serial, made.serial);
    assert.equal(found.id, id(1));
    assert.equal(found.data, Uint8Array.of(1, 2, 3));
    assert.is(found.protocolVersion, 0x0303);
    assert.equal(found.sessionIdContext, new Uint8Array());
    assert.equal([found.time, found.timeout], [NOW, 300]);
    assert.is(found.extendedMasterSecret, true);
    assert.equal(found.tags, [Uint8Array.of(0x61), Uint8Array.of(0)]);
    assert.equal([found.isCached, found.isResumable], [true, true]);
    assert.equal(counts(cache), { hits: 1, misses: 0, timeouts: 0, number: 1 });
  }
});

test('viewSession finds the same and counts the same', () => {
  const { cache } = cacheAt();
  const made = session(1, { data: Uint8Array.of(1, 2, 3) });
  cache.addSession(made);
  const seen = cache.viewSession(id(1));
  assert.is(seen?.serial, made.serial);
  assert.equal([...(seen?.data ?? [])], [1, 2, 3]);
  assert.is(cache.viewSession(id(2)), undefined);
  assert.equal(counts(cache), { hits: 1, misses: 1, timeouts: 0, number: 1 });
});

test('a miss counts once, and what was missing is counted as absent', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    assert.is(cache.resumeSession(id(1)), undefined);
    assert.equal(counts(cache), { hits: 0, misses: 1, timeouts: 0, number: 0 });
    assert.is(cache.stats().missCauses.absent, 1);
  }
});

test('a hit moves nothing', () => {
  const { cache } = cacheAt();
  for (const n of [1, 2, 3]) cache.addSession(session(n));
  cache.resumeSession(id(1));
  assert.equal(order(cache), [1, 2, 3]);
});

test('only the exact session id context resumes', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile, sessionIdContext: Uint8Array.of(1, 2) });
    cache.addSession(session(1, { sessionIdContext: Uint8Array.of(1, 2) }));
    assert.ok(cache.resumeSession(id(1)));
    for (const other of [[], [1], [1, 2, 0], [2, 1], Array<number>(32).fill(1)]) {
      const connection = { sessionIdContext: Uint8Array.from(other) };
      assert.is(cache.resumeSession(id(1), connection), undefined, `${other}`);
    }
    cache.setSessionIdContext(Uint8Array.of(9));
    assert.is(cache.resumeSession(id(1)), undefined);
    assert.ok(cache.resumeSession(id(1), { sessionIdContext: Uint8Array.of(1, 2) }));
    assert.is(cache.stats().missCauses.context, 6);
    assert.equal(counts(cache), { hits: 2, misses: 0, timeouts: 0, number: 1 });
  }
});

test('verifying the peer without a session id context is fatal, also for an expired session', () => {
  for (const profile of PROFILES) {
    const { cache, clock } = cacheAt({ profile, verifyPeer: true });
    cache.addSession(session(1));
    clock.now = NOW + 1000;
    const error = errorOf(() => cache.resumeSession(id(1)));
    assert.ok(error instanceof SessionCacheError);
    assert.is(error.code, 'ERR_SESSION_ID_CONTEXT_UNINITIALIZED');
    assert.is(error.reason, 277);
    assert.is(cache.resumeSession(id(2)), undefined, 'a miss is not fatal');
    assert.equal(counts(cache), { hits: 0, misses: 1, timeouts: 0, number: 1 });
    assert.is(cache.resumeSession(id(1), { sessionIdContext: Uint8Array.of(1) }), undefined);
    assert.is(cache.resumeSession(id(1), { verifyPeer: false }), undefined, 'expired');
    assert.is(cache.stats().timeouts, 1);
  }
});

test('extended master secret: only like to like', () => {
  const cases: [made: boolean, hello: boolean | undefined, outcome: string][] = [
    [false, undefined, 'resumed'],
    [false, false, 'resumed'],
    [false, true, 'missed'],
    [true, undefined, 'resumed'],
    [true, true, 'resumed'],
    [true, false, 'fatal'],
  ];
  for (const profile of PROFILES) {
    for (const [made, hello, outcome] of cases) {
      const { cache } = cacheAt({ profile });
      cache.addSession(session(1, { extendedMasterSecret: made }));
      const connection: Connection = hello === undefined ? {} : { extendedMasterSecret: hello };
      const lookup = (): unknown => cache.resumeSession(id(1), connection);
      if (outcome === 'fatal') {
        const error = errorOf(lookup);
        assert.is(error.code, 'ERR_INCONSISTENT_EXTMS');
        assert.is(error.reason, 104);
      } else assert.is(lookup() !== undefined, outcome === 'resumed', `${made} ${hello}`);
      assert.is(cache.stats().missCauses.extendedMasterSecret, outcome === 'missed' ? 1 : 0);
      assert.is(cache.stats().number, 1, 'it stays in any case');
    }
  }
});

test('expiry is checked before extended master secret', () => {
  const { cache, clock } = cacheAt();
  cache.addSession(session(1, { extendedMasterSecret: true }));
  clock.now = NOW + 301;
  assert.is(cache.resumeSession(id(1), { extendedMasterSecret: false }), undefined);
  assert.equal(counts(cache), { hits: 0, misses: 0, timeouts: 1, number: 0 });
});

test('the context is checked before expiry: the expired session of another context stays', () => {
  const { cache, clock } = cacheAt();
  cache.addSession(session(1));
  clock.now = NOW + 301;
  assert.is(cache.resumeSession(id(1), { sessionIdContext: Uint8Array.of(1) }), undefined);
  assert.equal(counts(cache), { hits: 0, misses: 0, timeouts: 0, number: 1 });
});

test('an id of no session finds nothing and counts nothing when it is empty', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    let asked = 0;
    cache.setGetSessionCallback(() => void asked++ as undefined);
    assert.is(cache.resumeSession(new Uint8Array()), undefined);
    assert.is(asked, 0);
    assert.is(cache.stats().misses, 0);
  }
});

test('hasMatchingSessionId asks the cache, not the get callback', () => {
  const { cache } = cacheAt();
  cache.setGetSessionCallback(() => session(2));
  cache.addSession(session(1));
  assert.is(cache.hasMatchingSessionId(id(1)), true);
  assert.is(cache.hasMatchingSessionId(id(1), 0x0304), false);
  assert.is(cache.hasMatchingSessionId(id(2)), false);
  assert.equal(counts(cache), { hits: 0, misses: 0, timeouts: 0, number: 1 });
});

test('handshakes are counted by role', () => {
  const { cache } = cacheAt();
  const renegotiation = { renegotiation: true };
  for (let i = 0; i < 1; i++) cache.startHandshake('server');
  for (let i = 0; i < 2; i++) cache.startHandshake('server', renegotiation);
  for (let i = 0; i < 3; i++) cache.finishHandshake('server', undefined);
  for (let i = 0; i < 4; i++) cache.startHandshake('client');
  for (let i = 0; i < 5; i++) cache.startHandshake('client', renegotiation);
  for (let i = 0; i < 6; i++) cache.finishHandshake('client', undefined);
  const made = session(1);
  for (let i = 0; i < 7; i++) cache.finishHandshake('client', made, { resumed: true });
  const { accept, acceptRenegotiate, acceptGood } = cache.stats();
  assert.equal(
    { accept, acceptRenegotiate, acceptGood },
    { accept: 1, acceptRenegotiate: 2, acceptGood: 3 },
  );
  const { connect, connectRenegotiate, connectGood, hits } = cache.stats();
  assert.equal([connect, connectRenegotiate, connectGood, hits], [4, 5, 13, 7]);
});

test('resumptions are counted by the age of the session', () => {
  const { cache, clock } = cacheAt({ timeout: 1e6 });
  cache.addSession(session(1, { timeout: 1e6 }));
  for (const age of [0, 1, 2, 3, 4, 7, 8, 1023, 1024]) {
    clock.now = NOW + age;
    assert.ok(cache.resumeSession(id(1)));
  }
  const ages = cache.stats().resumptionAges;
  assert.equal(ages.slice(0, 5), [1, 1, 2, 2, 1]);
  assert.equal([ages[10], ages[11]], [1, 1]);
  assert.is(
    ages.reduce((sum, count) => sum + count),
    9,
  );
});

test('statistics are a copy', () => {
  const { cache } = cacheAt();
  const stats = cache.stats();
  stats.hits = 99;
  stats.missCauses.absent = 99;
  assert.is(cache.stats().hits, 0);
  assert.is(cache.stats().missCauses.absent, 0);
});

test.run();
