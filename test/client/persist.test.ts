import { createSecretKey } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientSessionCache } from '../../bindings/client/index.ts';
import { seededRandom } from '../support/random.ts';
import { CLIENTS } from './clients.ts';
import {
  NOW,
  secret,
  alice,
  bob,
  cacheAt,
  type Clocked,
  keyFor,
  session,
  assertSame,
  drain,
} from './exports.ts';
import { TLS1_2, TLS1_3 } from './made.ts';
import { ca, serve, VERSIONS } from './servers.ts';

const test = suite('sessions that outlive the process');

test('every client resumes what another cache exported', async () => {
  for (const { name, kind, visit } of CLIENTS) {
    for (const version of VERSIONS) {
      const server = await serve(kind, version);
      try {
        const before = new ClientSessionCache();
        await visit(server.port, before, { ca });
        const sealed = before.export(secret);
        before.close();
        const after = new ClientSessionCache();
        assert.ok(after.import(sealed, secret) >= 1, `${name}, ${version}`);
        await visit(server.port, after, { ca });
        assert.equal(server.resumed, [false, true], `${name}, ${version}`);
        after.close();
      } finally {
        await server.close();
      }
    }
  }
});

test('a KeyObject is as good as its bytes', () => {
  const from = cacheAt(NOW);
  from.put(alice, session());
  const sealed = from.export(createSecretKey(secret));
  assert.is(cacheAt(NOW).import(sealed, secret), 1);
});

test('tickets move, up to TLS 1.2 sessions are copied, and the order stays', () => {
  const from = cacheAt(NOW);
  const tickets = [1, 2, 3].map(() => session());
  const old = session({ protocolVersion: TLS1_2 });
  from.put(bob, old);
  for (const ticket of tickets) from.put(alice, ticket);
  const into = cacheAt(NOW);
  assert.is(into.import(from.export(secret), secret), 4);
  assert.is(from.take(alice), undefined);
  assertSame(from.take(bob), old);
  assertSame(into.take(bob), old);
  for (const ticket of tickets.toReversed()) assertSame(into.take(alice), ticket);
});

test('with keepLast tickets stay too', () => {
  const from = cacheAt(NOW, { keepLast: true });
  const ticket = session();
  from.put(alice, ticket);
  assert.is(cacheAt(NOW).import(from.export(secret), secret), 1);
  assertSame(from.take(alice), ticket);
});

test('an empty cache exports nothing, well', () => {
  assert.is(cacheAt(NOW).import(cacheAt(NOW).export(secret), secret), 0);
});

test('sessions whose options hold an identity are not exported', () => {
  const from = cacheAt(NOW);
  const local = [
    { checkServerIdentity: () => undefined },
    { lookup: () => {} },
    { secureContext: { context: {} } },
  ];
  for (const option of local) {
    from.put(keyFor({ host: 'alice.example', ...option } as object), session());
  }
  from.put(alice, session());
  assert.is(cacheAt(NOW).import(from.export(secret), secret), 1);
  assert.is(from.stats().sessions, local.length, 'they stay where they are');
});

test('no lifetime grows', () => {
  const from = cacheAt(NOW);
  from.put(alice, session({ hint: 1000 }));
  const connection = {};
  from.put(bob, session({ hint: 5000 }), connection);
  const sealed = from.export(secret);
  const into = cacheAt(NOW + 900, { maxLifetime: 2000 });
  assert.is(into.import(sealed, secret), 2);
  into.clock = NOW + 1000;
  assert.is(into.count(alice), 1);
  into.clock = NOW + 1001;
  assert.is(into.count(alice), 0);
  assert.is(into.count(bob), 1);
  into.clock = NOW + 2001;
  assert.is(into.count(bob), 0, 'the importer allows less');
});

test('sessions that expired meanwhile are left out', () => {
  const from = cacheAt(NOW);
  from.put(alice, session({ hint: 100 }));
  from.put(bob, session({ hint: 1000 }));
  const into = cacheAt(NOW + 101);
  assert.is(into.import(from.export(secret), secret), 1);
  assert.is(into.count(bob), 1);
});

test('siblings stay siblings', () => {
  const from = cacheAt(NOW);
  const connection = {};
  for (let i = 0; i < 3; i++) from.put(alice, session(), connection);
  from.put(bob, session(), {});
  const into = cacheAt(NOW);
  into.import(from.export(secret), secret);
  assert.is(into.dropFamily(into.take(alice) as Buffer), 2);
  assert.is(into.stats().sessions, 1);
});

test('what is in the cache goes before what is imported', () => {
  const from = cacheAt(NOW);
  const into = cacheAt(NOW + 10, { ticketsPerPeer: 2 });
  for (let i = 0; i < 2; i++) from.put(alice, session());
  from.put(bob, session({ protocolVersion: TLS1_2 }));
  const live = [1, 2].map(() => session({ time: NOW + 10 }));
  const newer = session({ protocolVersion: TLS1_2, time: NOW + 10 });
  for (const ticket of live) into.put(alice, ticket);
  into.put(bob, newer);
  assert.is(into.import(from.export(secret), secret), 0);
  for (const ticket of live.toReversed()) assertSame(into.take(alice), ticket);
  assertSame(into.take(bob), newer);
});

test('the same ticket is not cached twice', () => {
  const from = cacheAt(NOW, { keepLast: true });
  from.put(alice, session());
  assert.is(from.import(from.export(secret), secret), 0);
  assert.is(from.count(alice), 1);
});

test('any cache comes back as it was', () => {
  const random = seededRandom(42);
  for (let round = 0; round < 60; round++) {
    const ticketsPerPeer = 1 + random(8);
    const [from, twin, into] = [1, 2, 3].map(() => cacheAt(NOW, { ticketsPerPeer })) as [
      Clocked,
      Clocked,
      Clocked,
    ];
    const keys = Array.from({ length: 1 + random(6) }, (_, i) => keyFor({ host: `${round}-${i}` }));
    for (let i = random(40); i > 0; i--) {
      const protocolVersion = random(3) === 0 ? TLS1_2 : TLS1_3;
      const lives = { hint: 3000 + random(10_000), time: NOW - random(3000) };
      const data = session({ protocolVersion, ...lives, length: 1 + random(2000) });
      const key = keys[random(keys.length)] as Uint8Array;
      for (const cache of [from, twin]) cache.put(key, data);
    }
    assert.is(into.import(from.export(secret), secret), twin.stats().sessions);
    assert.equal(drain(into, keys), drain(twin, keys));
    for (const cache of [from, twin, into]) cache.close();
  }
});

test.run();
