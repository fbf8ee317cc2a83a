// What BoringSSL's tests demand of its session cache (ssl/ssl_test.cc), of this one.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Session } from '../../bindings/index.ts';
import { cacheAt, id, NOW, order, PROFILES, session } from '../manual/support.ts';

const test = suite('BoringSSL');

test('a cache of five keeps the last five of ten that expire together', () => {
  for (const profile of PROFILES) {
    // libssl 3.0 counts the newcomer while it makes room: of size 6 it keeps five.
    const { cache } = cacheAt({ profile, size: profile === 'manual' ? 5 : 6 });
    const made = Array.from({ length: 10 }, (_, n) => session(n));
    for (const each of made) assert.is(cache.addSession(each), true);
    assert.equal(order(cache), [5, 6, 7, 8, 9]);
    for (const each of made.slice(0, 5)) assert.is(cache.removeSession(each), false);
    for (const each of made.slice(5)) assert.is(cache.addSession(each), false, 'there already');
  }
});

test('a session removed from the middle makes room for one', () => {
  const { cache } = cacheAt({ size: 5 });
  const made = Array.from({ length: 5 }, (_, n) => session(n));
  for (const each of made) cache.addSession(each);
  cache.removeSession(made[2]!);
  cache.addSession(session(5));
  assert.equal(order(cache), [0, 1, 3, 4, 5]);
});

test('removing takes what has the id, also another object: BoringSSL wants the very one', () => {
  const { cache } = cacheAt();
  cache.addSession(session(1));
  const twin = session(1);
  cache.addSession(twin);
  assert.is(cache.removeSession(session(1)), true);
  assert.is(twin.isCached, false);
});

test('another session id context has a new session', () => {
  const { cache } = cacheAt({ sessionIdContext: Uint8Array.of(1) });
  cache.addSession(session(1, { sessionIdContext: Uint8Array.of(1) }));
  cache.setSessionIdContext(Uint8Array.of(2));
  assert.is(cache.resumeSession(id(1)), undefined);
  cache.setSessionIdContext(Uint8Array.of(1));
  assert.ok(cache.resumeSession(id(1)));
});

test('each connection may choose its context, as by the server name', () => {
  const { cache } = cacheAt({ sessionIdContext: Uint8Array.of(1) });
  const chosen = { sessionIdContext: Uint8Array.of(2) };
  const made = cache.createSession({ connection: chosen });
  cache.finishHandshake('server', made, { connection: chosen });
  assert.is(cache.resumeSession(made.id), undefined);
  assert.ok(cache.resumeSession(made.id, chosen));
});

test('a session resumes a second before its end, and not a second after', () => {
  for (const profile of PROFILES) {
    const { cache, clock } = cacheAt({ profile });
    cache.addSession(session(1, { timeout: 100 }));
    clock.now = NOW + 99;
    assert.ok(cache.resumeSession(id(1)));
    clock.now = NOW + 101;
    assert.is(cache.resumeSession(id(1)), undefined);
  }
});

test('at its end it still resumes, as in OpenSSL: in BoringSSL it is over', () => {
  for (const profile of PROFILES) {
    const { cache, clock } = cacheAt({ profile });
    cache.addSession(session(1, { timeout: 100 }));
    clock.now = NOW + 100;
    assert.ok(cache.resumeSession(id(1)));
  }
});

test('a clock set back to before the session was made changes nothing: in BoringSSL it is over', () => {
  for (const profile of PROFILES) {
    const { cache, clock } = cacheAt({ profile });
    cache.addSession(session(1, { timeout: 100 }));
    clock.now = NOW - 1;
    assert.ok(cache.resumeSession(id(1)), 'as in OpenSSL; the adapters bound it: misses.future');
    clock.now = NOW + 101;
    assert.is(cache.resumeSession(id(1)), undefined, 'its end stays where it was');
  }
});

test('renewal does not carry a session past the lifetime of what was authenticated', () => {
  const mode = 0x402;
  const { cache, clock } = cacheAt({ mode, maxLifetime: 250 });
  cache.addSession(session(1, { timeout: 100 }));
  for (const later of [90, 180, 250]) {
    clock.now = NOW + later;
    assert.ok(cache.resumeSession(id(1)), `${later}`);
  }
  clock.now = NOW + 251;
  assert.is(cache.resumeSession(id(1)), undefined);
});

test('a duplicate has every field of the original', () => {
  const made = session(1, {
    data: Uint8Array.of(1, 2, 3),
    protocolVersion: 0x0304,
    sessionIdContext: Uint8Array.of(4),
    time: NOW - 5,
    timeout: 17,
    extendedMasterSecret: true,
    tags: ['group'],
    appData: { mine: true },
  });
  assert.equal(fieldsOf(made.dup()), fieldsOf(made));
  assert.is.not(made.dup().serial, made.serial);
});

function fieldsOf(made: Session): unknown[] {
  const { id: sessionId, data, protocolVersion, sessionIdContext, time, timeout } = made;
  const { extendedMasterSecret, isResumable, tags, appData } = made;
  return [sessionId, data, protocolVersion, sessionIdContext, time, timeout, extendedMasterSecret, isResumable, tags, appData]; // prettier-ignore
}

test('lookups, adds and removals may be under way at the same time', async () => {
  const { cache } = cacheAt({ size: 8 });
  cache.setGetSessionCallback(async (_connection, wanted) => {
    await new Promise((resolve) => setTimeout(resolve, wanted[0]! % 3));
    return session(wanted[0]!);
  });
  const lookups = Array.from({ length: 40 }, async (_, n) => {
    if (n % 5 === 0) cache.addSession(session(n));
    const found = await cache.resumeSessionAsync(id(n % 10));
    if (n % 7 === 0) cache.removeSession(session(n % 10));
    return found?.id[0];
  });
  assert.equal(
    await Promise.all(lookups),
    Array.from({ length: 40 }, (_, n) => n % 10),
  );
  assert.ok(cache.stats().number <= 8);
});

test('a session of another protocol version is not resumed', () => {
  const { cache } = cacheAt();
  cache.addSession(session(1));
  assert.is(cache.resumeSession(id(1), { protocolVersion: 0x0304 }), undefined);
  assert.is(cache.resumeSession(id(1), { protocolVersion: 0x0302 }), undefined);
  assert.ok(cache.resumeSession(id(1), { protocolVersion: 0x0303 }));
});

test.run();
