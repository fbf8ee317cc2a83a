import { createSecretKey, randomBytes } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeSession } from '../../bindings/asn1/index.ts';
import { exportFrom, importFrom } from '../../bindings/client/sessions/persist.ts';
import { seal } from '../../bindings/client/sessions/seal.ts';
import type { Slots } from '../../bindings/client/sessions/slots.ts';
import type { SessionCacheError } from '../../bindings/index.ts';
import { seededRandom } from '../support/random.ts';
import {
  NOW,
  DAY,
  secret,
  alice,
  cacheAt,
  session,
  small,
  occupied,
  contentOf,
  assertRefused,
  failureOf,
} from './exports.ts';
import { TLS1_2, TLS1_3 } from './made.ts';

const test = suite('exports that are refused, and their secrets');

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
    contentOf(session(), { authTime: NOW + 1 }), // begun after it was made
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
  const entry = { data, protocolVersion: TLS1_3, time: NOW, timeout: 100, authTime: NOW, family: new Uint8Array(0) }; // prettier-ignore
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

test.run();
