// A session belongs to the full handshake it goes back to, however often it is renewed: its
// lifetime counts from there, and its tags come from there.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TlsOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { decodeSession, encodeSession } from '../../bindings/asn1/index.ts';
import { attachExternal, memoryStore } from '../../bindings/external/index.ts';
import { Session, SessionCache, type SessionCacheOptions } from '../../bindings/index.ts';
import type { AttachOptions } from '../../bindings/node/index.ts';
import { askForCertificate, assertResumed, type Outcome, type Running, withServer } from './harness.ts'; // prettier-ignore

const test = suite('attachServer: sessions and their full handshake');

const member = readCertificate('client');
const LIFE = 100;
const START = Math.floor(Date.now() / 1000);

/** A clock that the tests set; caches that look at it. */
function clocked(options: SessionCacheOptions = {}): {
  clock: { now: number };
  makeCache: () => SessionCache;
} {
  const clock = { now: START };
  const makeCache = (): SessionCache =>
    new SessionCache({ timeout: 90, maxLifetime: LIFE, now: () => clock.now, ...options });
  return { clock, makeCache };
}

const tls13: TlsOptions = { minVersion: 'TLSv1.3' };

/** Resumes every 30 s until a full handshake is necessary; returns how many seconds that took. */
async function lifeOf(
  clock: { now: number },
  connect: (session: Buffer | undefined, turn: number) => Promise<Outcome>,
): Promise<number> {
  const start = clock.now;
  let outcome = await connect(undefined, 0);
  assertResumed(outcome, false);
  for (let turn = 1; turn < 12; turn++) {
    clock.now += 30;
    outcome = await connect(outcome.session, turn);
    if (!outcome.resumed) break;
  }
  return clock.now - start;
}

const ways: [string, TlsOptions, AttachOptions, typeof member | undefined][] = [
  ['TLS 1.3', tls13, { tls13: true }, undefined],
  ['TLS 1.3 with client certificates', { ...tls13, ...askForCertificate }, { tls13: true }, member],
  ['TLS 1.3, used more than once', tls13, { tls13: true, reuse: true }, undefined],
  ['TLS 1.3 without server names', tls13, { tls13: true, servernames: false }, undefined],
];

for (const [name, tls, attach, client] of ways) {
  test(`${name}: no session outlives maxLifetime, however it is renewed`, async () => {
    const { clock, makeCache } = clocked();
    await withServer({ tls, attach, cache: makeCache() }, async ({ connect, cache }) => {
      assert.is(await lifeOf(clock, (session) => connect(session, client)), 120);
      assert.is(cache.stats().timeouts, 1);
      const last = [...cache].map(({ authTime }) => authTime).toSorted();
      assert.is(last.at(-1), START + 120, 'the full handshake began anew');
    });
  });
}

test('TLS 1.2: a session keeps its beginning', async () => {
  const { clock, makeCache } = clocked({ timeout: 1000 });
  const tls: TlsOptions = { maxVersion: 'TLSv1.2' };
  await withServer({ tls, cache: makeCache() }, async ({ connect }) => {
    assert.is(await lifeOf(clock, (session) => connect(session)), 120);
  });
});

test('each of the sessions that a connection makes goes back to the same handshake', async () => {
  const { clock, makeCache } = clocked();
  const cache = makeCache();
  await withServer({ tls: tls13, attach: { tls13: true }, cache }, async ({ connect }) => {
    const first = await connect();
    assert.is(first.sessions.length, 2);
    clock.now += 60;
    const outcomes = [];
    for (const session of first.sessions) outcomes.push(await connect(session));
    for (const outcome of outcomes) assertResumed(outcome, true);
    const all = [...cache];
    assert.ok(all.length >= 2);
    assert.equal([...new Set(all.map(({ authTime }) => authTime))], [START]);
    clock.now += 41;
    for (const { sessions } of outcomes) {
      for (const session of sessions) assertResumed(await connect(session), false);
    }
  });
});

test('a session that OpenSSL finds and does not resume passes nothing on', async () => {
  const { clock, makeCache } = clocked();
  const cache = makeCache();
  const options = { tls: { ...tls13, ecdhCurve: 'P-256' }, attach: { tls13: true }, cache };
  await withServer(options, async ({ connect, attached }) => {
    const { session } = await connect();
    clock.now += 60;
    // After a HelloRetryRequest it is not asked for again.
    const retried = await connect(session, { ecdhCurve: 'X25519:P-256' });
    assertResumed(retried, false);
    assert.is(attached.stats().hits, 1);
    const authTimes = [...cache].map(({ authTime }) => authTime).toSorted();
    assert.is(authTimes.at(-1), START + 60);
  });
});

test('through a store, and from process to process', async () => {
  const { clock, makeCache } = clocked();
  const store = memoryStore();
  const caches = [makeCache(), makeCache()];
  const keys = [randomBytes(32)];
  const shared = caches.map((cache) => attachExternal(cache, store, { keys, deadline: 1000 }));
  const attach = { tls13: true, namespace: 'n', tags: () => ['mine'] };
  const options = (cache: SessionCache) => ({ tls: tls13, attach, cache });
  await withServer(options(caches[0]!), (one) =>
    withServer(options(caches[1]!), async (two) => {
      const both: Running[] = [one, two];
      const life = await lifeOf(clock, async (session, turn) => {
        const outcome = await both[turn % 2]!.connect(session);
        await Promise.all(shared.map((each) => each.flush({ timeout: 1000 })));
        return outcome;
      });
      assert.is(life, 120);
      for (const cache of caches) {
        for (const { tags } of cache) {
          assert.ok(tags.some((tag) => Buffer.from(tag).equals(Buffer.from('mine'))));
        }
      }
    }),
  );
});

for (const [name, keep] of [
  ['the same object', (session: Session) => session.dup()],
  [
    'what it was made of',
    (session: Session) => {
      const { id, data, protocolVersion, sessionIdContext, time, timeout, authTime } = session;
      const { extendedMasterSecret, tags } = session;
      const copy = { id, data: data.slice(), protocolVersion, sessionIdContext, time, timeout };
      return new Session({ ...copy, authTime, extendedMasterSecret, tags });
    },
  ],
] as const) {
  test(`through a get callback that keeps ${name}`, async () => {
    const { clock, makeCache } = clocked({ mode: 0x0302 }); // nothing inside
    const cache = makeCache();
    const kept = new Map<string, Session>();
    const keyOf = (id: Uint8Array): string => Buffer.from(id).toString('hex');
    cache.setNewSessionCallback((_, session) => void kept.set(keyOf(session.id), keep(session)));
    cache.setGetSessionCallback(async (_, id) => {
      await sleep(1);
      const found = kept.get(keyOf(id));
      kept.delete(keyOf(id));
      return found;
    });
    const attach = { tls13: true, tags: () => ['mine'] };
    await withServer({ tls: tls13, attach, cache }, async ({ connect }) => {
      assert.is(await lifeOf(clock, (session) => connect(session)), 120);
      assert.ok(kept.size > 0);
      for (const { tags } of kept.values()) {
        assert.ok(tags.some((tag) => Buffer.from(tag).equals(Buffer.from('mine'))));
      }
    });
  });
}

for (const [ahead, served] of [
  [-30, true],
  [30, true],
  [59, true],
  [120, false],
  [86_400, false],
] as const) {
  test(`a session that says it was made in ${ahead} s is ${served ? '' : 'not '}served`, async () => {
    const cache = new SessionCache({ mode: 0x0302 });
    const kept = new Map<string, Session>();
    const keyOf = (id: Uint8Array): string => Buffer.from(id).toString('hex');
    cache.setNewSessionCallback((_, session) => {
      const { id, sessionIdContext, protocolVersion, extendedMasterSecret } = session;
      const fields = decodeSession(session.data, { secrets: true });
      const data = encodeSession({ ...fields, time: Number(fields.time) + ahead });
      const copy = { id, data, sessionIdContext, protocolVersion, extendedMasterSecret };
      kept.set(keyOf(id), new Session({ ...copy, timeout: 100 }));
    });
    cache.setGetSessionCallback((_, id) => kept.get(keyOf(id)));
    await withServer({ tls: { maxVersion: 'TLSv1.2' }, cache }, async ({ connect, attached }) => {
      const { session } = await connect();
      assertResumed(await connect(session), served);
      assert.is(attached.stats().misses.future, served ? 0 : 1);
    });
  });
}

test.run();
