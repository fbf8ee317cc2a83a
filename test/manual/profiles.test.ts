// Where the manual pages of OpenSSL and its code differ: each row of the table in
// docs/compatibility.md, in both profiles.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PROFILES } from '../../bindings/cache/profiles.ts';
import { Session, SessionCacheMode } from '../../bindings/index.ts';
import {
  cacheAt,
  handshake,
  id,
  idleHandshakes,
  NOW,
  order,
  removalsOf,
  session,
} from './support.ts';

const manual = suite('profile manual');
const openssl = suite('profile openssl-3.0');
const profile = 'openssl-3.0';
const { CLIENT, OFF, SERVER, UPDATE_TIME } = SessionCacheMode;

manual('is the default', () => {
  assert.is(cacheAt().cache.profile, 'manual');
  assert.is(cacheAt({ profile }).cache.profile, 'openssl-3.0');
});

manual('another profile is refused by its name', () => {
  for (const wrong of ['openssl-1.1', 'toString', '__proto__', '']) {
    assert.throws(
      () => cacheAt({ profile: wrong as 'manual' }),
      (error: Error) =>
        error instanceof RangeError &&
        error.message === `"profile" expected 'manual' or 'openssl-3.0', got '${wrong}'`,
    );
  }
  for (const wrong of [['manual'], 0, null, { toString: () => 'manual' }]) {
    assert.throws(() => cacheAt({ profile: wrong as never }), TypeError);
  }
});

manual('each row of the table is a profile with its own defaults', () => {
  for (const [name, { timeout, maxLifetime }] of Object.entries(PROFILES)) {
    const { cache, clock } = cacheAt({ profile: name as keyof typeof PROFILES });
    assert.is(cache.profile, name);
    assert.is(cache.getTimeout(), timeout);
    const end = Math.min(maxLifetime[0]!, 1e9);
    cache.addSession(new Session({ id: id(1), data: id(1), time: NOW, timeout: 2e9 }));
    clock.now = NOW + end;
    assert.ok(cache.viewSession(id(1)), name);
    if (maxLifetime[0] === Infinity) continue;
    clock.now++;
    assert.is(cache.viewSession(id(1)), undefined, name);
  }
});

for (const size of [1, 2, 3, 4, 5]) {
  manual(`a cache of size ${size} holds ${size}`, () => {
    const { cache } = cacheAt({ size });
    for (let n = 0; n < 10; n++) cache.addSession(session(n));
    assert.is(cache.stats().number, size);
    assert.is(cache.stats().cacheFull, 10 - size);
  });

  const kept = Math.max(size - 1, 1);
  openssl(`a cache of size ${size} holds ${kept}`, () => {
    const { cache } = cacheAt({ size, profile });
    for (let n = 0; n < 10; n++) cache.addSession(session(n));
    assert.is(cache.stats().number, kept);
    assert.is(cache.stats().cacheFull, 10 - kept);
  });
}

manual('adding the identical session changes nothing', () => {
  const { cache, clock } = cacheAt({ mode: SERVER | UPDATE_TIME });
  const first = session(1);
  cache.addSession(first);
  cache.addSession(session(2));
  clock.now += 10;
  assert.is(cache.addSession(first), false);
  assert.equal(order(cache), [1, 2]);
  assert.is(first.time, NOW);
});

openssl('adding the identical session moves it', () => {
  const { cache } = cacheAt({ profile });
  const first = session(1);
  cache.addSession(first);
  cache.addSession(session(2));
  assert.is(cache.addSession(first), false);
  assert.equal(order(cache), [2, 1]);
  assert.is(first.time, NOW);
});

openssl('adding the identical session sets its time under UPDATE_TIME', () => {
  const { cache, clock } = cacheAt({ profile, mode: SERVER | UPDATE_TIME });
  const first = session(1);
  cache.addSession(first);
  clock.now += 10;
  assert.is(cache.addSession(first), false);
  assert.is(first.time, NOW + 10);
});

manual('a session that the new callback refuses leaves at once, marked', () => {
  const { cache } = cacheAt();
  const removals = removalsOf(cache);
  const refused = session(1);
  cache.setNewSessionCallback(() => false);
  handshake(cache, refused);
  assert.is(cache.stats().number, 0);
  assert.is(refused.isResumable, false);
  assert.equal(removals, [[1, 'refused']]);
});

openssl('a session that the new callback refuses stays', () => {
  const { cache } = cacheAt({ profile });
  const removals = removalsOf(cache);
  const refused = session(1);
  cache.setNewSessionCallback(() => false);
  handshake(cache, refused);
  assert.is(cache.resumeSession(id(1))?.serial, refused.serial);
  assert.is(refused.isResumable, true);
  assert.equal(removals, []);
});

for (const mode of [OFF, CLIENT]) {
  manual(`in mode ${mode} a server neither looks up nor stores nor asks`, () => {
    const { cache } = cacheAt({ mode });
    let asked = 0;
    cache.setGetSessionCallback(() => void asked++ as undefined);
    handshake(cache, session(1));
    assert.is(cache.stats().number, 0);
    cache.addSession(session(2));
    assert.is(cache.resumeSession(id(2)), undefined);
    assert.is(cache.resumeSession(id(3)), undefined);
    assert.is(asked, 0);
    const { hits, misses, cbHits } = cache.stats();
    assert.equal({ hits, misses, cbHits }, { hits: 0, misses: 0, cbHits: 0 });
  });

  openssl(`in mode ${mode} a server stores nothing but looks up and asks all the same`, () => {
    const { cache } = cacheAt({ mode, profile });
    let asked = 0;
    cache.setGetSessionCallback(() => void asked++ as undefined);
    handshake(cache, session(1));
    assert.is(cache.stats().number, 0);
    cache.addSession(session(2));
    assert.is(cache.resumeSession(id(2))?.id[0], 2);
    assert.is(cache.resumeSession(id(3)), undefined);
    assert.is(asked, 1);
    const { hits, misses } = cache.stats();
    assert.equal({ hits, misses }, { hits: 1, misses: 1 });
  });
}

manual('flushes by itself after every 255th finished handshake', () => {
  const { cache, clock } = cacheAt();
  for (let round = 0; round < 3; round++) {
    cache.addSession(session(1));
    clock.now = NOW + 301;
    idleFinished(cache, 254);
    assert.is(cache.stats().number, 1, `254 handshakes, round ${round}`);
    idleFinished(cache, 1);
    assert.is(cache.stats().number, 0, `255 handshakes, round ${round}`);
    clock.now = NOW;
  }
});

manual('flushes at most 1,024 sessions in a handshake, however many have expired', () => {
  const { cache, clock } = cacheAt({ size: 0 });
  const many = 5000;
  for (let i = 0; i < many; i++) {
    const name = new Uint8Array(32);
    new DataView(name.buffer).setUint32(0, i);
    cache.addSession(new Session({ id: name, data: new Uint8Array(100), time: NOW, timeout: 300 }));
  }
  clock.now = NOW + 301;
  let before = many;
  for (let i = 0; i < 300; i++) {
    idleFinished(cache, 1);
    const { number } = cache.stats();
    assert.ok(before - number <= 1024, `${before - number} in one`);
    before = number;
  }
  assert.is(before, 0, 'the handshakes that follow go on with it');
});

openssl('flushes by itself in every 256th handshake', () => {
  const { cache, clock } = cacheAt({ profile });
  for (let round = 0; round < 3; round++) {
    cache.addSession(session(1));
    clock.now = NOW + 301;
    idleFinished(cache, 255);
    assert.is(cache.stats().number, 1, `255 handshakes, round ${round}`);
    idleFinished(cache, 1);
    assert.is(cache.stats().number, 0, `256 handshakes, round ${round}`);
    clock.now = NOW;
  }
});

openssl('loses the turn to flush when that handshake has nothing to cache', () => {
  const { cache, clock } = cacheAt({ profile });
  cache.addSession(session(1));
  clock.now = NOW + 301;
  idleFinished(cache, 255);
  idleHandshakes(cache, 1);
  assert.is(cache.stats().number, 1);
  idleFinished(cache, 255);
  assert.is(cache.stats().number, 1);
  idleFinished(cache, 1);
  assert.is(cache.stats().number, 0);
});

manual('sessions last 300 seconds', () => {
  const { cache } = cacheAt();
  assert.is(cache.getTimeout(), 300);
  assert.is(cache.createSession({ id: id(1) }).timeout, 300);
});

openssl('sessions last 7200 seconds', () => {
  const { cache } = cacheAt({ profile });
  assert.is(cache.getTimeout(), 7200);
  assert.is(cache.createSession({ id: id(1) }).timeout, 7200);
});

manual('removing a session that is not cached marks it, without a callback', () => {
  const { cache } = cacheAt();
  const removals = removalsOf(cache);
  const stranger = session(1);
  assert.is(cache.removeSession(stranger), false);
  assert.is(stranger.isResumable, false);
  assert.equal(removals, []);
});

openssl('removing a session that is not cached marks it and calls back', () => {
  const { cache } = cacheAt({ profile });
  const removals = removalsOf(cache);
  const stranger = session(1);
  assert.is(cache.removeSession(stranger), false);
  assert.is(stranger.isResumable, false);
  assert.equal(removals, [[1, 'removed']]);
});

manual('removing by a twin removes, marks and reports the cached one', () => {
  const { cache } = cacheAt();
  const [cached, twin] = [session(1), session(1)];
  const reported: number[] = [];
  cache.setRemoveSessionCallback((_cache, removed) => reported.push(removed.serial));
  cache.addSession(cached);
  assert.is(cache.removeSession(twin), true);
  assert.is(cache.stats().number, 0);
  assert.is(cached.isResumable, false);
  assert.equal(reported, [cached.serial]);
});

openssl('removing by a twin removes the cached one, marks and reports the twin', () => {
  const { cache } = cacheAt({ profile });
  const [cached, twin] = [session(1), session(1)];
  const reported: number[] = [];
  cache.setRemoveSessionCallback((_cache, removed) => reported.push(removed.serial));
  cache.addSession(cached);
  assert.is(cache.removeSession(twin), true);
  assert.is(cache.stats().number, 0);
  assert.is(cached.isResumable, true);
  assert.is(twin.isResumable, false);
  assert.equal(reported, [twin.serial]);
});

manual('UPDATE_TIME sets the time when added and when resumed', () => {
  const { cache, clock } = cacheAt({ mode: SERVER | UPDATE_TIME });
  const made = session(1, { time: NOW - 100 });
  cache.addSession(made);
  assert.is(made.time, NOW);
  clock.now += 200;
  assert.is(cache.resumeSession(id(1))?.time, NOW + 200);
  assert.is(made.time, NOW + 200);
  clock.now += 300;
  assert.ok(cache.resumeSession(id(1)), 'good for 300 seconds after its last use');
});

openssl('UPDATE_TIME sets the time when added, not when resumed', () => {
  const { cache, clock } = cacheAt({ profile, mode: SERVER | UPDATE_TIME });
  const made = session(1, { time: NOW - 100 });
  cache.addSession(made);
  assert.is(made.time, NOW);
  clock.now += 200;
  assert.is(cache.resumeSession(id(1))?.time, NOW);
  clock.now += 101;
  assert.is(cache.resumeSession(id(1)), undefined);
});

manual('a cached session that is not resumable is not resumed', () => {
  const { cache } = cacheAt();
  assert.is(cache.addSession(session(1, { notResumable: true })), true);
  assert.is(cache.resumeSession(id(1)), undefined);
  assert.is(cache.stats().missCauses.notResumable, 1);
  assert.is(cache.stats().hits, 0);
});

openssl('a cached session that is not resumable is resumed', () => {
  const { cache } = cacheAt({ profile });
  assert.is(cache.addSession(session(1, { notResumable: true })), true);
  assert.is(cache.resumeSession(id(1))?.isResumable, false);
  assert.is(cache.stats().hits, 1);
});

manual('misses are counted on servers only', () => {
  const { cache } = cacheAt({ mode: SERVER | CLIENT });
  cache.finishHandshake('client', session(1), { offered: true, resumed: false });
  assert.is(cache.stats().misses, 0);
  cache.resumeSession(id(2));
  assert.is(cache.stats().misses, 1);
});

openssl('misses are counted on clients too', () => {
  const { cache } = cacheAt({ profile, mode: SERVER | CLIENT });
  cache.finishHandshake('client', session(1), { offered: true, resumed: false });
  assert.is(cache.stats().misses, 1);
  cache.finishHandshake('client', session(1), { offered: false, resumed: false });
  assert.is(cache.stats().misses, 1);
});

/** Handshakes that resumed a session, so that nothing is stored, but the cache had a say. */
function idleFinished(cache: ReturnType<typeof cacheAt>['cache'], count: number): void {
  const resumed = new Session({ id: id(200) });
  for (let i = 0; i < count; i++) cache.finishHandshake('server', resumed, { resumed: true });
}

manual.run();
openssl.run();
