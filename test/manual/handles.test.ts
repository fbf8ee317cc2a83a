// A Session is a handle: identity by serial, one answer from every handle of a session.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { engineOf } from '../../bindings/cache/internal.ts';
import { Session } from '../../bindings/index.ts';
import { cacheOf } from '../../bindings/session/session.ts';
import { cacheAt, id, NOW, PROFILES, session } from './support.ts';

const test = suite('handles');

/** A session, and three more handles of it, got in each way there is. */
function handles(profile: (typeof PROFILES)[number] = 'manual') {
  const { cache, clock } = cacheAt({ profile });
  const made = session(1, { data: Uint8Array.of(1, 2, 3), tags: ['t'] });
  cache.addSession(made);
  const resumed = cache.resumeSession(id(1)) as Session;
  const [walked] = cache;
  let told: Session | undefined;
  cache.setGetSessionCallback(() => made);
  cache.setSessionCacheMode(0x102);
  const outside = cache.resumeSession(id(1)) as Session;
  cache.setSessionCacheMode(2);
  cache.setGetSessionCallback(undefined);
  cache.setRemoveSessionCallback((_cache, removed) => (told = removed));
  const all = [made, resumed, walked as Session, outside];
  return { cache, clock, all, told: () => told as Session };
}

test('every handle has the same serial and content', () => {
  const { all } = handles();
  for (const handle of all) {
    assert.is(handle.serial, all[0]?.serial);
    assert.equal(handle.data, Uint8Array.of(1, 2, 3));
    assert.equal(handle.id, id(1));
    assert.equal(handle.tags, [Uint8Array.of(0x74)]);
    assert.equal([handle.isCached, handle.isResumable], [true, true]);
  }
});

test('what one handle sets in the cache all handles read', () => {
  const { all } = handles();
  for (const [i, handle] of all.entries()) {
    assert.is(handle.setTime(NOW + i), true);
    assert.is(handle.setTimeout(50 + i), true);
    handle.setSessionIdContext(Uint8Array.of(i));
    handle.appData = i;
    for (const other of all) {
      assert.equal([other.time, other.timeout, other.appData], [NOW + i, 50 + i, i]);
      assert.equal(other.sessionIdContext, Uint8Array.of(i));
    }
  }
});

test('when the session leaves all handles know, and the one in the callback', () => {
  for (const profile of PROFILES) {
    const { cache, all, told } = handles(profile);
    cache.flushSessions(0);
    for (const handle of [...all, told()]) {
      assert.equal([handle.isCached, handle.isResumable], [false, false]);
      assert.is(handle.serial, told().serial);
      assert.equal(handle.data, Uint8Array.of(1, 2, 3));
    }
  }
});

test('when it comes back by one handle, all are handles of it again', () => {
  const { cache, all, told } = handles();
  cache.flushSessions(0);
  assert.is(cache.addSession(told()), true);
  for (const handle of [...all, told()]) {
    assert.equal([handle.isCached, handle.isResumable], [true, false]);
    assert.is(cache.addSession(handle), false);
  }
  cache.removeSession(all[2] as Session);
  for (const handle of [...all, told()]) assert.is(handle.isCached, false);
});

test('a new id, or another version, makes a handle stand for a session of its own', () => {
  const changes = [
    (handle: Session) => handle.setId(id(9)),
    (handle: Session) => handle.setProtocolVersion(0x0304),
  ];
  for (const change of changes) {
    const { cache, all } = handles();
    cache.flushSessions(0);
    const [one, other] = all as [Session, Session];
    change(one);
    assert.is.not(one.serial, other.serial);
    assert.is(cache.addSession(one), true);
    assert.equal([one.isCached, other.isCached], [true, false]);
    assert.is(cache.addSession(other), true, 'the two are in each other’s way nowhere');
    assert.is(cache.stats().number, 2);
    one.appData = 'one';
    assert.is.not(other.appData, 'one');
  }
});

test('a handle of a session that was replaced stands for the old one', () => {
  const { cache, all } = handles();
  const successor = session(1, { data: Uint8Array.of(9) });
  cache.addSession(successor);
  for (const handle of all) {
    assert.equal([handle.isCached, handle.isResumable], [false, false]);
    assert.equal(handle.data, Uint8Array.of(1, 2, 3));
    handle.setTime(5);
  }
  assert.equal([successor.isCached, successor.time], [true, NOW]);
});

test('application data of sessions that have left is let go', () => {
  const { cache, clock } = cacheAt({ size: 2, maxLifetime: 1000 });
  const held = engineOf(cache).appData;
  const leaving: ((made: Session) => void)[] = [
    (made) => cache.removeSession(made),
    (made) => cache.removeSession(session(1, { id: made.id })),
    (made) => cache.removeSessionById(made.id),
    (made) => cache.addSession(session(1, { id: made.id })),
    () => cache.flushSessions(0),
    () => cache.revoke({ tag: 't' }),
    (made) => cache.abortSession(made),
    () => [2, 3, 4].forEach((n) => cache.addSession(session(n, { timeout: 900 }))),
    () => ((clock.now += 301), cache.resumeSession(id(1))),
    (made) => (made.appData = undefined),
    () => cache.close(),
  ];
  for (const leave of leaving) {
    const made = session(1, { tags: ['t'], time: clock.now, appData: {} });
    cache.flushSessions(0);
    cache.addSession(made);
    assert.is(held.size, 1);
    leave(made);
    assert.is(held.size, 0, `${leave}`);
  }
});

test('every session has a serial of its own', () => {
  const serials = new Set(Array.from({ length: 1000 }, (_, n) => session(n & 255).serial));
  assert.is(serials.size, 1000);
  const { cache } = cacheAt();
  const made = cache.createSession();
  assert.is.not(made.serial, cache.createSession().serial);
  assert.is.not(made.serial, made.dup().serial);
});

test('a copy takes everything along, and goes its own way', () => {
  const appData = {};
  const made = session(1, {
    protocolVersion: 0x0304,
    sessionIdContext: Uint8Array.of(7),
    extendedMasterSecret: true,
    notResumable: true,
    tags: ['a', 'b'],
    data: Uint8Array.of(1, 2),
    timeout: 77,
    appData,
  });
  const { cache } = cacheAt();
  cache.addSession(made);
  made.setTime(NOW + 3);
  const copy = made.dup();
  for (const name of ['id', 'data', 'tags', 'sessionIdContext', 'time', 'timeout'] as const) {
    assert.equal(copy[name], made[name], name);
  }
  assert.is(copy.protocolVersion, 0x0304);
  assert.is(copy.extendedMasterSecret, true);
  assert.is(copy.appData, appData);
  assert.equal([copy.isCached, copy.isResumable], [false, false]);
  copy.setTime(1);
  copy.data.fill(0);
  assert.is(made.time, NOW + 3);
  assert.equal(made.data, Uint8Array.of(1, 2));
});

test('what a handle gives out is a copy', () => {
  const made = session(1, { sessionIdContext: Uint8Array.of(7), tags: ['a'] });
  const { cache } = cacheAt();
  cache.addSession(made);
  made.id.fill(0);
  made.sessionIdContext.fill(0);
  made.tags[0]?.fill(0);
  assert.equal(made.id, id(1));
  assert.equal(made.sessionIdContext, Uint8Array.of(7));
  assert.is(cache.revoke({ tag: 'a' }), 1);
});

test('createSession makes what ssl_get_new_session makes, and does not add it', () => {
  const sessionIdContext = Uint8Array.of(1);
  const { cache } = cacheAt({ sessionIdContext, timeout: 60 });
  const plain = cache.createSession();
  assert.is(plain.id.length, 32);
  assert.ok(plain.id.some((byte) => byte !== 0));
  assert.equal(plain.sessionIdContext, sessionIdContext);
  assert.equal([plain.time, plain.timeout], [NOW, 60]);
  assert.equal([plain.protocolVersion, plain.extendedMasterSecret], [0x0303, false]);
  assert.equal([plain.isCached, plain.isResumable], [false, true]);
  const connection = {
    protocolVersion: 0x0301,
    sessionIdContext: Uint8Array.of(2),
    extendedMasterSecret: true,
  };
  const data = Uint8Array.of(5);
  const full = cache.createSession({
    connection,
    data,
    id: id(9),
    notResumable: true,
    tags: ['x'],
  });
  assert.equal(full.id, id(9));
  assert.equal(full.data, data);
  assert.equal(full.sessionIdContext, Uint8Array.of(2));
  assert.equal([full.protocolVersion, full.extendedMasterSecret], [0x0301, true]);
  assert.equal([full.isResumable, full.tags.length], [false, 1]);
  assert.is(cache.stats().number, 0);
});

test('the generate callback gets connection and 32 zero bytes, and may fill or replace them', () => {
  const { cache } = cacheAt();
  const connection = { protocolVersion: 0x0303 };
  const seen: unknown[] = [];
  cache.setGenerateSessionIdCallback((given, buffer) => {
    seen.push(
      given === connection,
      [...buffer].every((byte) => byte === 0),
      buffer.length,
    );
    buffer.fill(7);
    return buffer.subarray(0, 5);
  });
  assert.equal(cache.generateSessionId(connection), new Uint8Array(5).fill(7));
  assert.equal(seen, [true, true, 32]);
  cache.setGenerateSessionIdCallback(() => id(3));
  assert.equal(cache.createSession().id, id(3));
  cache.addSession(cache.createSession());
  assert.throws(() => cache.createSession(), /in use/);
});

test('a server that verifies peers goes by the context the session has now', () => {
  const { cache } = cacheAt({ verifyPeer: true });
  const made = session(1, { sessionIdContext: Uint8Array.of(1), protocolVersion: 0x0304 });
  cache.addSession(made);
  for (const other of cache) other.setSessionIdContext(new Uint8Array(0));
  let told = 0;
  cache.setNewSessionCallback(() => void told++);
  cache.finishHandshake('server', made, { resumed: true });
  assert.is(told, 0);
});

test('a session keeps the context that it was made in', () => {
  const { cache } = cacheAt({ sessionIdContext: Uint8Array.of(1) });
  const made = cache.createSession();
  cache.addSession(made);
  cache.setSessionIdContext(Uint8Array.of(2));
  assert.equal(made.sessionIdContext, Uint8Array.of(1));
  assert.is(cache.resumeSession(made.id), undefined);
  assert.ok(cache.resumeSession(made.id, { sessionIdContext: Uint8Array.of(1) }));
});

test('a handle does not keep the memory of a closed cache', () => {
  const { cache } = cacheAt();
  const made = session(1);
  cache.addSession(made);
  cache.close();
  assert.equal([made.isCached, made.isResumable], [false, false]);
  assert.is(cacheOf(made), undefined);
});

test('a duplicate of a view, and a view that is removed, have the session’s bytes', () => {
  const { cache } = cacheAt();
  cache.addSession(session(1, { data: Uint8Array.of(1, 2, 3) }));
  const view = cache.viewSession(id(1)) as Session;
  for (let n = 2; n < 40; n++) cache.addSession(session(n, { data: new Uint8Array(9000) }));
  assert.equal(view.dup().data, Uint8Array.of(1, 2, 3));
  let told: Uint8Array | undefined;
  cache.setRemoveSessionCallback((_cache, removed) => void (told = removed.data));
  cache.removeSession(cache.viewSession(id(1)) as Session);
  assert.equal(told, Uint8Array.of(1, 2, 3));
});

test('any object may be the connection, and the callbacks get that very object', () => {
  class Socket {
    readonly remotePort = 443;
  }
  const socket = new Socket();
  const { cache } = cacheAt();
  let seen: unknown;
  cache.setGetSessionCallback((connection: Socket) => void (seen = connection) as undefined);
  cache.resumeSession(id(1), socket);
  assert.is(seen, socket);
});

test.run();
