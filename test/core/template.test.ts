import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeSession } from '../../bindings/asn1/index.ts';
import { engineOf } from '../../bindings/cache/internal.ts';
import { ADVANCE } from '../../bindings/core/abi.generated.ts';
import * as HEADER from '../../bindings/core/fields/header.generated.ts';
import { Session, type SessionCache } from '../../bindings/index.ts';
import { pick, randomBytes, seededRandom } from '../support/random.ts';
import { CONTEXT, tls12Session, type Tls12Session } from '../support/tls12-session.ts';
import { debugCache, idOf, marked, marker, memoryOf, NOW, validate } from './memory.ts';

const test = suite('templates');

function add(cache: SessionCache, { id, data }: Tls12Session, extra: object = {}): void {
  cache.addSession(
    new Session({ id, data, time: NOW, timeout: 300, sessionIdContext: CONTEXT, ...extra }),
  );
}

function expectData(cache: SessionCache, { id, data }: Tls12Session, context = CONTEXT): void {
  const connection = { sessionIdContext: context };
  assert.is(Buffer.compare(cache.viewSession(id, connection)!.data, data), 0);
  const kept = cache.resumeSession(id, connection)!;
  assert.is(Buffer.compare(kept.data, data), 0);
  assert.is(Buffer.compare(kept.id, id), 0);
}

/** Bytes of the blocks in use; the header has them less ADVANCE. */
function heldBy(cache: SessionCache): number {
  return Number(engineOf(cache).memory.headerLong(HEADER.held)) + ADVANCE;
}

/** Whether any 8 bytes in a row of the master key are in the cache's memory. */
function isKeyLeft(cache: SessionCache, { masterKey }: Tls12Session): boolean {
  const memory = memoryOf(cache);
  for (let i = 0; i + 8 <= masterKey.length; i++) {
    if (memory.includes(Buffer.from(masterKey.subarray(i, i + 8)))) return true;
  }
  return false;
}

test('the sessions that the tests make are sessions', () => {
  const { id, masterKey, data } = tls12Session(seededRandom(1), NOW);
  const decoded = decodeSession(data, { secrets: true });
  assert.is(data.length, 158);
  assert.is(Buffer.compare(decoded.id, id), 0);
  assert.is(Buffer.compare(decoded.secrets!.masterKey, masterKey), 0);
  assert.is(decoded.time, NOW);
});

test('sessions of one server come out as they went in', () => {
  const random = seededRandom(2);
  const cache = debugCache();
  const sessions = Array.from({ length: 500 }, (_, i) => tls12Session(random, NOW + i * 7));
  for (const session of sessions) add(cache, session);
  validate(cache);
  for (const session of sessions) expectData(cache, session);
  for (const session of cache) {
    const { data } = sessions.find(({ id }) => Buffer.compare(id, session.id) === 0)!;
    assert.is(Buffer.compare(session.data, data), 0);
    assert.is(Buffer.compare(session.dup().data, data), 0);
  }
});

test('whatever the bytes are, they come out as they went in', () => {
  // Sessions that agree in more, less or none of their bytes, with and without their ids in them.
  const random = seededRandom(3);
  for (let round = 0; round < 20; round++) {
    const cache = debugCache({ size: 60 });
    const length = pick(
      random,
      [0, 1, 39, 40, 41, 47, 48, 63, 64, 100, 158, 800, 1030, 4096, 4097],
    );
    const held: Tls12Session[] = [];
    const base = randomBytes(random, length);
    for (let i = 0; i < 150; i++) {
      const id = randomBytes(random, pick(random, [32, 32, 32, 31, 4]));
      const data = new Uint8Array(base);
      const flips = pick(random, [0, 1, 3, 20, length]);
      for (let k = 0; k < flips; k++) data[random(length)] = random(256);
      if (random(3) && length >= 32) data.set(id, pick(random, [0, length - id.length, 16 % length]) % (length - 31)); // prettier-ignore
      const session = { id, data, masterKey: data };
      add(cache, session, random(4) ? {} : { timeout: 2n ** 40n, tags: ['a', 'b'] });
      held.push(session);
      if (held.length > 20) expectData(cache, pick(random, [held.at(-1)!, session]));
      if (random(10) === 0)
        cache.removeSessionById(pick(random, [id, held[random(held.length)]!.id]));
      if (i % 30 === 0) validate(cache);
    }
    for (const { id, data } of held) {
      const found = cache.viewSession(id, { sessionIdContext: CONTEXT });
      if (found) assert.is(Buffer.compare(found.data, data), 0);
    }
    validate(cache);
    cache.flushSessions(0);
    validate(cache);
  }
});

test('lengths that share a slot, and scopes, do not disturb each other', () => {
  const random = seededRandom(4);
  const cache = debugCache();
  const all: [Tls12Session, Uint8Array][] = [];
  for (let i = 0; i < 400; i++) {
    const { id, data, masterKey } = tls12Session(random, NOW + i);
    const longer = new Uint8Array(158 + 8 * random(4));
    longer.set(data);
    const context = new Uint8Array(random(33)).fill(random(3));
    add(cache, { id, data: longer, masterKey }, { sessionIdContext: context });
    all.push([{ id, data: longer, masterKey }, context]);
  }
  validate(cache);
  for (const [session, context] of all) expectData(cache, session, context);
});

test('a callback gets the bytes of an evicted session, and the newcomer has its own', () => {
  const random = seededRandom(5);
  const cache = debugCache({ size: 10 });
  const sessions = Array.from({ length: 100 }, (_, i) => tls12Session(random, NOW + i));
  let evicted = 0;
  cache.setRemoveSessionCallback((_, session) => {
    assert.is(Buffer.compare(session.data, sessions[evicted++]!.data), 0);
  });
  for (const session of sessions) {
    add(cache, session);
    expectData(cache, session);
  }
  assert.is(evicted, 90);
  validate(cache);
});

test('a session keeps its bytes when its context, its times or its place change', () => {
  const random = seededRandom(6);
  const cache = debugCache();
  const sessions = Array.from({ length: 40 }, (_, i) => tls12Session(random, NOW + i));
  for (const session of sessions) add(cache, session, { tags: ['t'] });
  const other = new Uint8Array(7).fill(1);
  let i = 0;
  const handles = [...cache];
  for (const handle of handles) {
    if (i % 2) handle.setSessionIdContext(other);
    if (i % 3) handle.setTimeout(2n ** 41n);
    i++;
    validate(cache);
  }
  for (const session of sessions) {
    const handle = [...cache].find(({ id }) => Buffer.compare(id, session.id) === 0)!;
    assert.is(Buffer.compare(handle.data, session.data), 0);
    expectData(cache, session, handle.sessionIdContext);
    assert.equal(
      handle.tags.map(String),
      [Buffer.from('t')].map((t) => String(new Uint8Array(t))),
    );
  }
  assert.is(cache.revoke({ tag: 't' }), 40);
  validate(cache);
});

test('no key outlives its session, whatever others share with it', () => {
  const random = seededRandom(7);
  const cache = debugCache();
  // Keys that agree in half of their bytes with the one before, so that templates hold key bytes.
  const sessions: Tls12Session[] = [];
  for (let i = 0; i < 60; i++) {
    const session = tls12Session(random, NOW + i);
    const before = sessions.at(-1);
    if (before && i % 3) {
      const at = Buffer.from(session.data).indexOf(session.masterKey);
      session.masterKey.set(before.masterKey.subarray(24), 24);
      session.data.set(session.masterKey, at);
    }
    sessions.push(session);
    add(cache, session);
    expectData(cache, session);
  }
  const shared = (i: number): boolean => i % 3 !== 2; // the one after it has half of its key
  for (const [i, session] of sessions.entries()) {
    assert.is(cache.removeSessionById(session.id), true);
    if (!shared(i)) assert.is(isKeyLeft(cache, session), false, `session ${i}`);
    validate(cache);
  }
  for (const session of sessions) assert.is(isKeyLeft(cache, session), false);
});

test('what was shown last is wiped with its session, also after a longer one', () => {
  const cache = debugCache();
  cache.addSession(marked(1, 3000));
  cache.addSession(marked(2, 158));
  assert.ok(cache.viewSession(idOf(1)));
  assert.ok(cache.viewSession(idOf(2)));
  const has = (serial: number): boolean => memoryOf(cache).includes(marker(serial, 8));
  cache.removeSessionById(idOf(1));
  assert.is(has(1), false);
  assert.is(has(2), true);
  cache.removeSessionById(idOf(2));
  assert.is(has(2), false);
  validate(cache);
});

test('large sessions are stored by a template if they share a quarter, and else whole', () => {
  const random = seededRandom(31);
  const COUNT = 200;
  for (const [length, own, isShared] of [
    [800, 750, false],
    [4096, 3500, false],
    [800, 400, true],
    [4096, 1000, true],
  ] as const) {
    const cache = debugCache();
    const common = randomBytes(random, length);
    const sessions = Array.from({ length: COUNT }, () => {
      const data = new Uint8Array(common);
      data.set(randomBytes(random, own), length - own);
      return { id: randomBytes(random, 32), data, masterKey: data };
    });
    for (const session of sessions) add(cache, session);
    const { bytes } = cache.stats();
    const held = heldBy(cache);
    assert.is(held < 0.9 * bytes, isShared, `${own} of ${length}: ${held} of ${bytes}`);
    for (const session of sessions) expectData(cache, session);
    validate(cache);
  }
});

test('large sessions that begin to resemble each other are noticed', () => {
  const random = seededRandom(32);
  const cache = debugCache({ size: 100 });
  const common = randomBytes(random, 1000);
  for (let i = 0; i < 400; i++) {
    const data = i < 200 ? randomBytes(random, 1000) : new Uint8Array(common);
    if (i >= 200) data.set(randomBytes(random, 48), 50);
    add(cache, { id: randomBytes(random, 32), data, masterKey: data });
  }
  const held = heldBy(cache);
  assert.ok(held < 0.5 * cache.stats().bytes, `${held} of ${cache.stats().bytes}`);
  validate(cache);
});

test.run();
