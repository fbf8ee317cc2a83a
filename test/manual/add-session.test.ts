// SSL_CTX_add_session(3): adding and removing by hand.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session } from '../../bindings/index.ts';
import { cacheAt, errorOf, id, NOW, order, PROFILES, removalsOf, session } from './support.ts';

const test = suite('addSession and removeSession');

test('adding returns true, adding the same session again false', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    const made = session(1);
    assert.is(cache.addSession(made), true);
    assert.is(cache.addSession(made), false);
    assert.is(cache.stats().number, 1);
  }
});

test('every handle of a session counts as the same session', () => {
  const { cache } = cacheAt();
  const made = session(1);
  cache.addSession(made);
  const [resumed, viewed] = [cache.resumeSession(id(1)), cache.viewSession(id(1))];
  const [walked] = cache;
  for (const handle of [resumed, viewed, walked]) {
    assert.is(handle?.serial, made.serial);
    assert.is(cache.addSession(handle as Session), false);
  }
  assert.is(cache.removeSession(walked as Session), true);
  assert.is(made.isCached, false);
});

test('a copy is another session', () => {
  const { cache } = cacheAt();
  const made = session(1);
  const copy = made.dup();
  assert.is.not(copy.serial, made.serial);
  cache.addSession(made);
  assert.is(copy.isCached, false);
  assert.is(cache.addSession(copy), true);
  assert.is(copy.isCached, true);
  assert.is(made.isCached, false);
});

test('a session with the same id replaces the old one without a callback', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    const removals = removalsOf(cache);
    const [old, made] = [session(1), session(1, { data: Uint8Array.of(7, 7) })];
    cache.addSession(old);
    assert.is(cache.addSession(made), true);
    assert.is(cache.stats().number, 1);
    assert.equal(cache.resumeSession(id(1))?.data, Uint8Array.of(7, 7));
    assert.is(old.isCached, false);
    assert.is(old.isResumable, profile === 'openssl-3.0');
    assert.equal(removals, []);
    assert.is(cache.stats().removals.replaced, 1);
    assert.is(cache.stats().cacheFull, 0);
  }
});

test('replacing in a full cache costs no other session its place', () => {
  const { cache } = cacheAt({ size: 2 });
  for (const n of [1, 2, 1, 2, 1]) cache.addSession(session(n));
  assert.is(cache.stats().number, 2);
  assert.is(cache.stats().cacheFull, 0);
});

test('the same id under another protocol version is another session', () => {
  const { cache } = cacheAt();
  const versions = [0x0301, 0x0303, 0x0304, 0xfefd, 0];
  for (const protocolVersion of versions) cache.addSession(session(1, { protocolVersion }));
  assert.is(cache.stats().number, 5);
  for (const protocolVersion of versions) {
    assert.is(cache.hasMatchingSessionId(id(1), protocolVersion), true);
    assert.is(cache.resumeSession(id(1), { protocolVersion })?.protocolVersion, protocolVersion);
  }
  assert.is(cache.hasMatchingSessionId(id(1), 0x0302), false);
  assert.is(cache.removeSessionById(id(1), 0x0301), true);
  assert.is(cache.stats().number, 4);
});

test('ids that are prefixes of each other are different', () => {
  const { cache } = cacheAt();
  for (let length = 1; length <= 32; length++) {
    assert.is(cache.addSession(new Session({ id: new Uint8Array(length), time: NOW })), true);
  }
  assert.is(cache.stats().number, 32);
  for (let length = 1; length <= 32; length++) {
    assert.is(cache.resumeSession(new Uint8Array(length))?.id.length, length);
  }
  assert.is(cache.hasMatchingSessionId(new Uint8Array(33)), false);
});

test('the bytes are copied in: the caller may reuse its buffers', () => {
  const { cache } = cacheAt();
  const buffers = { id: id(1), data: Uint8Array.of(1, 2, 3), sessionIdContext: Uint8Array.of(4) };
  const made = new Session({ ...buffers, time: NOW });
  cache.addSession(made);
  for (const bytes of Object.values(buffers)) bytes.fill(0xee);
  const connection = { sessionIdContext: Uint8Array.of(4) };
  const resumed = cache.resumeSession(id(1), connection) as Session;
  assert.equal(resumed.id, id(1));
  assert.equal(resumed.data, Uint8Array.of(1, 2, 3));
  assert.equal(resumed.sessionIdContext, Uint8Array.of(4));
});

test('what a resumed handle gives out is a copy, safe to keep and to change', () => {
  const { cache } = cacheAt();
  cache.addSession(session(1, { data: Uint8Array.of(1, 2, 3) }));
  const resumed = cache.resumeSession(id(1)) as Session;
  resumed.data.fill(9);
  resumed.id.fill(9);
  assert.equal(cache.resumeSession(id(1))?.data, Uint8Array.of(1, 2, 3));
  const kept = cache.resumeSession(id(1)) as Session;
  cache.removeSession(kept);
  for (let n = 2; n < 50; n++) cache.addSession(session(n));
  assert.equal(kept.data, Uint8Array.of(1, 2, 3));
});

test('removing returns true, removing again false', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    const made = session(1);
    cache.addSession(made);
    assert.is(cache.removeSession(made), true);
    assert.is(made.isResumable, false);
    assert.is(cache.resumeSession(id(1)), undefined);
    assert.is(cache.removeSession(made), false);
  }
});

test('removing calls the remove callback with the cache, the session and the cause', () => {
  const { cache } = cacheAt();
  const made = session(1);
  const calls: unknown[][] = [];
  cache.setRemoveSessionCallback((...args) => {
    const [owner, removed, cause] = args;
    calls.push([args.length, owner === cache, removed.serial, cause, removed.data]);
    calls.push([removed.isResumable, removed.isCached, cache.stats().number]);
  });
  cache.addSession(made);
  cache.removeSession(made);
  assert.equal(calls, [
    [3, true, made.serial, 'removed', Uint8Array.of(1)],
    [false, false, 0],
  ]);
});

test('a session that left can be added again, but stays not resumable', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    const made = session(1);
    cache.addSession(made);
    cache.removeSession(made);
    assert.is(cache.addSession(made), true);
    assert.is(made.isCached, true);
    assert.is(made.isResumable, false);
    assert.is(cache.resumeSession(id(1)) === undefined, profile === 'manual');
  }
});

test('every way of leaving marks the session', () => {
  const { cache, clock } = cacheAt({ size: 1 });
  const leaving: [string, () => void][] = [
    ['removed', () => cache.removeSession(session(1))],
    ['removed', () => cache.removeSessionById(id(1))],
    ['evicted', () => cache.addSession(session(2))],
    ['expired', () => cache.flushSessions(NOW + 301)],
    ['flushed', () => cache.flushSessions(0)],
    ['replaced', () => cache.addSession(session(1))],
    ['revoked', () => cache.revoke({ tag: 't' })],
    ['aborted', () => cache.abortSession(session(1))],
    ['expired', () => ((clock.now += 301), cache.resumeSession(id(1)))],
    ['closed', () => cache.close()],
  ];
  for (const [cause, leave] of leaving) {
    clock.now = NOW;
    const made = session(1, { tags: ['t'] });
    cache.flushSessions(0);
    cache.addSession(made);
    const before = { ...cache.stats().removals } as Record<string, number>;
    assert.is(made.isResumable, true);
    leave();
    assert.is(made.isCached, false, cause);
    assert.is(made.isResumable, false, cause);
    if (cause === 'closed') continue;
    const after = cache.stats().removals as Record<string, number>;
    assert.is(after[cause], (before[cause] as number) + 1, cause);
  }
});

test('a session can be in one cache only', () => {
  const [a, b] = [cacheAt().cache, cacheAt().cache];
  const made = session(1);
  a.addSession(made);
  assert.is(errorOf(() => b.addSession(made)).code, 'ERR_SESSCACHE_OTHER_CACHE');
  assert.is(made.isCached, true);
  assert.is(b.stats().number, 0);
  a.removeSession(made);
  assert.is(b.addSession(made), true);
  assert.is(made.isCached, true);
});

test('a copy may be in another cache', () => {
  const [a, b] = [cacheAt().cache, cacheAt().cache];
  const made = session(1);
  a.addSession(made);
  assert.is(b.addSession(made.dup()), true);
});

test('id and version of a cached session cannot be changed, of another they can', () => {
  const { cache } = cacheAt();
  const made = session(1);
  cache.addSession(made);
  assert.is(errorOf(() => made.setId(id(2))).code, 'ERR_SESSCACHE_CACHED');
  assert.is(errorOf(() => made.setProtocolVersion(0x0304)).code, 'ERR_SESSCACHE_CACHED');
  assert.is(cache.hasMatchingSessionId(id(1)), true);
  cache.removeSession(made);
  made.setId(id(2));
  made.setProtocolVersion(0x0304);
  cache.addSession(made);
  assert.is(cache.hasMatchingSessionId(id(2), 0x0304), true);
});

test('the session id context of a cached session can be changed', () => {
  const { cache } = cacheAt();
  const made = session(1);
  cache.addSession(made);
  made.setSessionIdContext(Uint8Array.of(5));
  assert.equal(made.sessionIdContext, Uint8Array.of(5));
  assert.is(cache.resumeSession(id(1)), undefined);
  const connection = { sessionIdContext: Uint8Array.of(5) };
  assert.equal(cache.resumeSession(id(1), connection)?.data, Uint8Array.of(1));
});

test('an empty id can be added, walked and flushed, never looked up', () => {
  const { cache } = cacheAt();
  const made = new Session({ id: new Uint8Array(), time: NOW });
  assert.is(cache.addSession(made), true);
  assert.is(made.isResumable, false);
  assert.is(cache.resumeSession(new Uint8Array()), undefined);
  const { misses, missCauses } = cache.stats();
  assert.equal([misses, missCauses.absent], [0, 0]);
  assert.is([...cache].length, 1);
  assert.is(cache.flushSessions(0), 1);
});

test('in the manual profile an empty id can be evicted, in openssl-3.0 it stops eviction', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile, size: 2 });
    cache.addSession(new Session({ id: new Uint8Array(), time: NOW, timeout: 1 }));
    for (let n = 1; n < 5; n++) cache.addSession(session(n));
    assert.is(cache.stats().number, profile === 'manual' ? 2 : 5);
  }
});

test('application data stays with the entry', () => {
  const { cache } = cacheAt();
  const appData = { any: 'object' };
  cache.addSession(session(1, { appData }));
  const resumed = cache.resumeSession(id(1)) as Session;
  assert.is(resumed.appData, appData);
  resumed.appData = 'other';
  assert.is([...cache][0]?.appData, 'other');
  let removed: unknown;
  cache.setRemoveSessionCallback((_cache, gone) => (removed = gone.appData));
  cache.removeSession(resumed);
  assert.is(removed, 'other');
  assert.equal(order(cache), []);
});

test.run();
