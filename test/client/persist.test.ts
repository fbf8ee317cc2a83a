import { createSecretKey, randomBytes } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeSession } from '../../bindings/asn1/index.ts';
import {
  ClientSessionCache,
  type ClientSessionCacheOptions,
  ImportError,
  type ImportErrorCode,
  sessionKey,
} from '../../bindings/client/index.ts';
import type { SessionCacheError } from '../../bindings/index.ts';
import { exportFrom, importFrom } from '../../bindings/client/persist.ts';
import { seal } from '../../bindings/client/seal.ts';
import type { Slots } from '../../bindings/client/slots.ts';
import { seededRandom } from '../support/random.ts';
import { CLIENTS } from './clients.ts';
import { makeSession, TLS1_2, TLS1_3 } from './made.ts';
import { ca, serve, VERSIONS } from './servers.ts';

const test = suite('sessions that outlive the process');

const NOW = 1_700_000_000;
const DAY = 86_400;
const secret = randomBytes(32);

/** The keys of two peers, as two processes would both compute them. */
const [alice, bob] = ['alice.example', 'bob.example'].map((host) => keyFor({ host })) as [
  Uint8Array,
  Uint8Array,
];

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

// ---- Refused ----

test('an altered export is refused whole, whichever bit it is', () => {
  const sealed = small();
  const into = occupied();
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const altered = Buffer.from(sealed);
    altered[bit >> 3]! ^= 1 << (bit & 7);
    assertRefused(into, altered, ['ERR_SESSCACHE_FORMAT', 'ERR_SESSCACHE_SEAL']);
  }
  assert.is(into.import(sealed, secret), 1, 'while the original is good');
});

test('an export of any other length is refused', () => {
  const sealed = small();
  const into = occupied();
  for (let length = 0; length < sealed.length; length++) {
    assertRefused(into, sealed.subarray(0, length), ['ERR_SESSCACHE_FORMAT', 'ERR_SESSCACHE_SEAL']);
  }
  for (const more of [1, 16, 1000]) {
    assertRefused(into, Buffer.concat([sealed, Buffer.alloc(more)]), ['ERR_SESSCACHE_SEAL']);
  }
});

test('random bytes are refused', () => {
  const random = seededRandom(7);
  const into = occupied();
  for (let i = 0; i < 500; i++) {
    const bytes = Buffer.from(Array.from({ length: random(200) }, () => random(256)));
    assertRefused(into, bytes, ['ERR_SESSCACHE_FORMAT']);
  }
});

test('another key, or another format, is refused', () => {
  const sealed = small();
  const into = occupied();
  assertRefused(into, sealed, ['ERR_SESSCACHE_SEAL'], randomBytes(32));
  const other = Buffer.from(sealed);
  other.writeUInt16BE(2, 16);
  assertRefused(into, other, ['ERR_SESSCACHE_FORMAT']);
});

test('what is sealed, but no list of sessions, is refused', () => {
  const random = seededRandom(11);
  const into = occupied();
  const good = contentOf(session());
  const contents = [
    ...Array.from({ length: good.length - 1 }, (_, i) => good.subarray(0, i + 1)), // cut
    Buffer.concat([good, good.subarray(0, 20)]),
    contentOf(session(), { key: Uint8Array.of(1, ...alice.subarray(1)) }), // of another process
    contentOf(session(), { protocolVersion: TLS1_2 }), // not what the session says
    contentOf(randomBytes(80)), // no session
    contentOf(session(), { born: NOW + 1 }), // begun after it was made
    contentOf(session(), { timeout: 8 * DAY }),
    ...Array.from({ length: 200 }, () => randomBytes(random(300) + 1)),
  ];
  for (const content of contents) {
    const sealed = seal(content, secret, { created: NOW, deadline: NOW + 100 });
    assertRefused(into, sealed, ['ERR_SESSCACHE_FORMAT']);
  }
  const sealed = seal(good, secret, { created: NOW, deadline: NOW + 100 });
  assert.is(into.import(sealed, secret), 1, 'while the original is good');
});

test('an export is good for a day, or what both sides say, or its last session', () => {
  const cases: [exported: number | undefined, imported: number | undefined, hint: number, last: number][] = [
    [undefined, undefined, 7 * DAY, DAY],
    [600, undefined, 7 * DAY, 600],
    [undefined, 300, 7 * DAY, 300],
    [7 * DAY, 7 * DAY, 7 * DAY, 7 * DAY],
    [7 * DAY, 7 * DAY, 1000, 1000],
  ]; // prettier-ignore
  for (const [exported, imported, hint, last] of cases) {
    const from = cacheAt(NOW, { keepLast: true });
    from.put(alice, session({ hint }));
    const sealed = from.export(secret, { maxAge: exported });
    const late = occupied(NOW + last + 1);
    assertRefused(late, sealed, ['ERR_SESSCACHE_STALE'], secret, imported);
    late.clock = NOW + last;
    assert.is(late.import(sealed, secret, { maxAge: imported }), 1);
  }
});

test('an export of the future is refused, but for a minute', () => {
  const sealed = small();
  const into = occupied(NOW - 61);
  assertRefused(into, sealed, ['ERR_SESSCACHE_STALE']);
  into.clock = NOW - 60;
  assert.is(into.import(sealed, secret), 1);
});

test('an export is imported once in a process', () => {
  const sealed = small();
  const into = occupied();
  into.import(sealed, secret);
  assertRefused(into, sealed, ['ERR_SESSCACHE_REPLAYED']);
  assertRefused(occupied(), Buffer.from(sealed), ['ERR_SESSCACHE_REPLAYED']);
});

test('wrong arguments are named, and change nothing', () => {
  const cache = occupied();
  const sealed = small();
  const wrong = cache as unknown as { export: Function; import: Function };
  assert.throws(
    () => wrong.export('k'.repeat(32)),
    /"key" expected Uint8Array or KeyObject, got string/,
  );
  assert.throws(() => wrong.export(randomBytes(31)), /"key" expected 32 bytes, got 31/);
  assert.throws(() => wrong.export(randomBytes(33)), /"key" expected at most 32 bytes, got 33/);
  assert.throws(
    () => wrong.export(createSecretKey(randomBytes(16))),
    /"key" expected a secret of 32 bytes/,
  );
  assert.throws(
    () => wrong.export(secret, { maxAge: 0 }),
    /"maxAge" expected an integer 1..604800, got 0/,
  );
  assert.throws(() => wrong.export(secret, null), /"options" expected object, got null/);
  assert.throws(() => wrong.import('blob', secret), /"sealed" expected Uint8Array, got string/);
  assert.throws(
    () => wrong.import(sealed),
    /"key" expected Uint8Array or KeyObject, got undefined/,
  );
  assert.throws(
    () => wrong.import(sealed, secret, { maxAge: 1e9 }),
    /"maxAge" expected an integer/,
  );
  assert.is(cache.stats().sessions, 2);
  assert.is(cache.import(sealed, secret), 1, 'nothing was used up');
  cache.close();
  for (const call of [() => cache.export(secret), () => cache.import(small(), secret)]) {
    assert.is((failureOf(call) as SessionCacheError).code, 'ERR_SESSCACHE_CLOSED');
  }
});

// ---- Secrets ----

test('nothing of a session can be read in an export, or in an error', () => {
  const from = cacheAt(NOW);
  const data = session();
  const { secrets } = decodeSession(data, { secrets: true });
  const hidden = [
    Buffer.from(secrets.masterKey),
    Buffer.from(alice),
    Buffer.from(data).subarray(0, 24),
  ];
  from.put(alice, data);
  const sealed = from.export(secret);
  for (const bytes of hidden) assert.is(sealed.includes(bytes), false);
  const error = failureOf(() => cacheAt(NOW).import(sealed, randomBytes(32)));
  const text = `${error.stack} ${JSON.stringify(error)}`;
  for (const bytes of [...hidden, secret]) assert.is(text.includes(bytes.toString('hex')), false);
});

test('two exports have nothing in common but what they are and when they were made', () => {
  const from = cacheAt(NOW, { keepLast: true });
  from.put(alice, session());
  const [first, second] = [from.export(secret), from.export(secret)];
  assert.is(first.length, second.length);
  const same = first.filter((byte, i) => byte === second[i]).length;
  assert.ok(same < 34 + (first.length - 34) / 8, `${same} of ${first.length} bytes`);
});

test('the copies of secrets are overwritten', () => {
  const data = Buffer.from(session());
  const entry = { data, protocolVersion: TLS1_3, time: NOW, timeout: 100, born: NOW, family: new Uint8Array(0) }; // prettier-ignore
  const slots = { now: () => NOW, all: () => [{ key: alice, entry }], dropTickets: () => {} };
  const sealed = exportFrom(slots as unknown as Slots, secret, DAY, true);
  assert.ok(
    data.every((byte) => byte === 0),
    'what was exported',
  );
  let imported: Uint8Array | undefined;
  importFrom(sealed, secret, { now: NOW, maxAge: DAY }, (_key, restored) => {
    imported = restored.data;
    assert.is(imported.length, data.length);
    assert.ok(imported.some((byte) => byte !== 0));
  });
  assert.ok(
    imported!.every((byte) => byte === 0),
    'what was imported',
  );
});

// ---- At random ----

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

/** A cache whose clock the test sets. */
type Clocked = ClientSessionCache & { clock: number };

function cacheAt(time: number, options: ClientSessionCacheOptions = {}): Clocked {
  const clock = { clock: time };
  const cache = new ClientSessionCache({ ...options, now: () => clock.clock });
  return Object.defineProperty(cache, 'clock', {
    get: () => clock.clock,
    set: (now: number) => {
      clock.clock = now;
    },
  }) as Clocked;
}

function keyFor(options: object): Uint8Array {
  return sessionKey({ port: 443, ...options }) as Uint8Array;
}

function session(wanted: Partial<Parameters<typeof makeSession>[0]> = {}): Uint8Array {
  return makeSession({ time: NOW, hint: 7200, ...wanted });
}

/** An export with one small session. */
function small(): Buffer {
  const from = cacheAt(NOW);
  from.put(alice, session());
  const sealed = from.export(secret);
  from.close();
  return sealed;
}

/** A cache that something could be lost from. */
function occupied(time = NOW): Clocked {
  const cache = cacheAt(time);
  cache.put(bob, session({ time: time - 5 }));
  cache.put(bob, session({ time: time - 5, protocolVersion: TLS1_2 }));
  return cache;
}

/** The content of an export of one session, by hand. */
function contentOf(
  data: Uint8Array,
  { key = alice, protocolVersion = TLS1_3, timeout = 100, born = NOW } = {},
): Buffer {
  const fields = Buffer.alloc(29);
  fields.writeUInt16BE(protocolVersion, 0);
  fields.writeBigUInt64BE(BigInt(NOW), 2);
  fields.writeBigUInt64BE(BigInt(timeout), 10);
  fields.writeBigUInt64BE(BigInt(born), 18);
  fields.writeUInt16BE(data.length, 27);
  return Buffer.concat([key, fields, data]);
}

function assertRefused(
  cache: Clocked,
  sealed: Uint8Array,
  codes: ImportErrorCode[],
  key: Uint8Array = secret,
  maxAge?: number,
): void {
  const before = cache.stats();
  const error = failureOf(() => cache.import(sealed, key, { maxAge }));
  assert.instance(error, ImportError);
  assert.ok(codes.includes((error as ImportError).code), (error as ImportError).code);
  assert.equal(cache.stats(), before);
}

function failureOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('this should have failed');
}

function assertSame(actual: Uint8Array | undefined, expected: Uint8Array): void {
  assert.is(
    Buffer.from(actual as Uint8Array).toString('hex'),
    Buffer.from(expected).toString('hex'),
  );
}

/** All sessions of each peer, in the order in which they are handed out. */
function drain(cache: ClientSessionCache, keys: Uint8Array[]): string[][] {
  return keys.map((key) => {
    const taken: string[] = [];
    for (let count = cache.count(key); count > 0; count--) {
      taken.push((cache.take(key) as Buffer).toString('hex'));
    }
    return taken;
  });
}
