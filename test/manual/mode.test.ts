// SSL_CTX_set_session_cache_mode(3): what the manual page promises of each flag.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SessionCacheMode } from '../../bindings/index.ts';
import { cacheAt, handshake, id, NOW, order, session } from './support.ts';

const test = suite('session cache mode');
const { OFF, CLIENT, SERVER, BOTH, NO_AUTO_CLEAR } = SessionCacheMode;
const { NO_INTERNAL_LOOKUP, NO_INTERNAL_STORE, NO_INTERNAL, UPDATE_TIME } = SessionCacheMode;

test('the flags have the values of OpenSSL', () => {
  assert.equal(SessionCacheMode, {
    OFF: 0,
    CLIENT: 1,
    SERVER: 2,
    BOTH: 3,
    NO_AUTO_CLEAR: 0x80,
    NO_INTERNAL_LOOKUP: 0x100,
    NO_INTERNAL_STORE: 0x200,
    NO_INTERNAL: 0x300,
    UPDATE_TIME: 0x400,
  });
  assert.is(NO_INTERNAL, NO_INTERNAL_LOOKUP | NO_INTERNAL_STORE);
});

test('the default is SERVER', () => {
  assert.is(cacheAt().cache.getSessionCacheMode(), SERVER);
});

test('setting returns the previous mode and keeps unknown bits', () => {
  const { cache } = cacheAt({ mode: BOTH });
  assert.is(cache.setSessionCacheMode(0x12345), BOTH);
  assert.is(cache.setSessionCacheMode(-1), 0x12345);
  assert.is(cache.getSessionCacheMode(), 4294967295);
  assert.is(cache.setSessionCacheMode(OFF), 4294967295);
});

test('changing the mode leaves cached sessions alone', () => {
  const { cache } = cacheAt();
  cache.addSession(session(1));
  cache.setSessionCacheMode(OFF);
  assert.is(cache.stats().number, 1);
  assert.is(cache.resumeSession(id(1)), undefined);
  cache.setSessionCacheMode(SERVER);
  assert.ok(cache.resumeSession(id(1)));
});

// Which handshakes store what they negotiated, and of which the new callback hears.
for (const mode of [OFF, CLIENT, SERVER, BOTH]) {
  for (const role of ['client', 'server'] as const) {
    const stores = (mode & (role === 'client' ? CLIENT : SERVER)) !== 0;
    test(`in mode ${mode} a ${role} ${stores ? 'stores' : 'does not store'} new sessions`, () => {
      for (const extra of [0, NO_INTERNAL_LOOKUP, NO_AUTO_CLEAR, UPDATE_TIME]) {
        const { cache } = cacheAt({ mode: mode | extra });
        let told = 0;
        cache.setNewSessionCallback(() => void told++);
        cache.finishHandshake(role, session(1));
        assert.is(cache.stats().number, stores ? 1 : 0);
        assert.is(told, stores ? 1 : 0);
      }
    });

    test(`in mode ${mode} with NO_INTERNAL_STORE a ${role} only tells the new callback`, () => {
      const { cache } = cacheAt({ mode: mode | NO_INTERNAL_STORE });
      let told = 0;
      cache.setNewSessionCallback(() => void told++);
      cache.finishHandshake(role, session(1));
      assert.is(cache.stats().number, 0);
      assert.is(told, stores ? 1 : 0);
    });

    test(`in mode ${mode} a ${role} that resumed stores nothing new`, () => {
      const { cache } = cacheAt({ mode });
      let told = 0;
      cache.setNewSessionCallback(() => void told++);
      cache.finishHandshake(role, session(1), { resumed: true });
      assert.is(cache.stats().number, 0);
      assert.is(told, 0);
    });
  }
}

test('a server asks the internal cache first and the callback only if that fails', () => {
  const { cache } = cacheAt();
  const asked: number[] = [];
  cache.setGetSessionCallback((_connection, wanted) => {
    asked.push(wanted[0] as number);
    return undefined;
  });
  cache.addSession(session(1));
  assert.ok(cache.resumeSession(id(1)));
  assert.equal(asked, []);
  assert.is(cache.resumeSession(id(2)), undefined);
  assert.equal(asked, [2]);
});

test('NO_INTERNAL_LOOKUP sends every lookup to the callback', () => {
  const { cache } = cacheAt({ mode: SERVER | NO_INTERNAL_LOOKUP });
  const outside = session(1);
  const asked: number[] = [];
  cache.addSession(outside);
  assert.is(cache.resumeSession(id(1)), undefined, 'no callback, no session');
  assert.is(cache.stats().misses, 0, 'no internal lookup, no miss');
  cache.setGetSessionCallback((_connection, wanted) => {
    asked.push(wanted[0] as number);
    return outside;
  });
  assert.is(cache.resumeSession(id(1))?.serial, outside.serial);
  assert.equal(asked, [1]);
  const { hits, cbHits, misses } = cache.stats();
  assert.equal({ hits, cbHits, misses }, { hits: 1, cbHits: 1, misses: 0 });
});

test('NO_INTERNAL_LOOKUP leaves storing and manual calls alone', () => {
  const { cache } = cacheAt({ mode: SERVER | NO_INTERNAL_LOOKUP });
  handshake(cache, session(1));
  assert.is(cache.stats().number, 1);
  assert.is(cache.hasMatchingSessionId(id(1)), true);
  assert.is(cache.removeSession(session(1)), true);
});

test('a session that the callback supplies is copied into the internal cache', () => {
  const { cache } = cacheAt();
  cache.setGetSessionCallback(() => session(1));
  assert.ok(cache.resumeSession(id(1)));
  assert.equal(order(cache), [1]);
  cache.setGetSessionCallback(undefined);
  assert.ok(cache.resumeSession(id(1)));
});

for (const mode of [NO_INTERNAL_STORE, NO_INTERNAL]) {
  test(`mode ${mode} keeps it out of the internal cache`, () => {
    const { cache } = cacheAt({ mode: SERVER | mode });
    cache.setGetSessionCallback(() => session(1));
    assert.ok(cache.resumeSession(id(1)));
    assert.is(cache.stats().number, 0);
    assert.ok(cache.resumeSession(id(1)));
    assert.is(cache.stats().cbHits, 2);
  });
}

test('under NO_INTERNAL_STORE sessions can still be added by hand and are then resumed', () => {
  const { cache } = cacheAt({ mode: SERVER | NO_INTERNAL_STORE });
  assert.is(cache.addSession(session(1)), true);
  assert.ok(cache.resumeSession(id(1)));
});

test('sessions can be added and removed by hand in mode OFF', () => {
  const { cache } = cacheAt({ mode: OFF });
  const made = session(1);
  assert.is(cache.addSession(made), true);
  assert.is(cache.hasMatchingSessionId(id(1)), true);
  assert.is(cache.removeSession(made), true);
});

for (const [name, mode] of [
  ['SERVER', SERVER],
  ['BOTH', BOTH],
] as const) {
  test(`in mode ${name} expired sessions leave by themselves, under NO_AUTO_CLEAR they stay`, () => {
    for (const extra of [0, NO_AUTO_CLEAR]) {
      const { cache, clock } = cacheAt({ mode: mode | extra });
      cache.addSession(session(1));
      cache.addSession(session(2, { timeout: 1000 }));
      clock.now = NOW + 301;
      for (let i = 0; i < 255; i++) {
        cache.finishHandshake('server', session(3), { resumed: true });
      }
      assert.equal(order(cache), extra === 0 ? [2] : [1, 2]);
      cache.flushSessions();
      assert.equal(order(cache), [2], 'by hand it always works');
    }
  });
}

test('each role counts its own handshakes towards the automatic flush', () => {
  const { cache, clock } = cacheAt({ mode: BOTH });
  cache.addSession(session(1));
  clock.now = NOW + 301;
  for (let i = 0; i < 254; i++) {
    cache.finishHandshake('server', session(3), { resumed: true });
    cache.finishHandshake('client', session(3), { resumed: true });
  }
  assert.is(cache.stats().number, 1);
  cache.finishHandshake('client', session(3), { resumed: true });
  assert.is(cache.stats().number, 0);
});

test('an automatic flush removes at most 1024 at a time and goes on with the next handshakes', () => {
  const { cache, clock } = cacheAt();
  for (let n = 0; n < 2500; n++) {
    cache.addSession(session(1, { id: Uint8Array.of(n >> 8, n) }));
  }
  clock.now = NOW + 301;
  const finish = (): void => cache.finishHandshake('server', session(3), { resumed: true });
  for (let i = 0; i < 255; i++) finish();
  assert.is(cache.stats().number, 2500 - 1024);
  finish();
  assert.is(cache.stats().number, 2500 - 2048);
  finish();
  assert.is(cache.stats().number, 0);
  assert.is(cache.stats().removals.expired, 2500);
});

test('without UPDATE_TIME a session ends by its creation, with it by its last use', () => {
  for (const mode of [SERVER, SERVER | UPDATE_TIME]) {
    const { cache, clock } = cacheAt({ mode });
    cache.addSession(session(1));
    for (let i = 0; i < 4; i++) {
      clock.now += 100;
      cache.resumeSession(id(1));
    }
    assert.is(cache.resumeSession(id(1)) !== undefined, mode !== SERVER);
  }
});

test('UPDATE_TIME cannot carry a session past its maximal lifetime', () => {
  const mode = SERVER | UPDATE_TIME;
  const { cache, clock } = cacheAt({ mode, maxLifetime: 500 });
  cache.addSession(session(1));
  for (; clock.now < NOW + 500; clock.now += 100) assert.ok(cache.resumeSession(id(1)));
  assert.ok(cache.resumeSession(id(1)), 'the last second');
  clock.now++;
  assert.is(cache.resumeSession(id(1)), undefined);
  assert.is(cache.stats().timeouts, 1);
});

test.run();
