// Sealed values: XAES-256-GCM as specified, bound to their associated data, under the keys of the
// ring.

import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PlainSealer, SecretSealer } from '../../bindings/external/sealers.ts';
import { aadOfMessage, aadOfSession, aadOfTag } from '../../bindings/external/associated-data.ts';
import { KeyRing } from '../../bindings/external/key-ring.ts';
import { Xaes } from '../../bindings/external/xaes.ts';
import { DATA, id, key, remote, retire, settled, TOMBSTONES, worker } from './support.ts';

const test = suite('sealing');
const PLACE = aadOfSession(new Uint8Array(0), 0x0303, id(1));

test.after.each(retire);

test('XAES-256-GCM: the vectors of its specification', () => {
  const vectors = [
    [1, '', 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271'],
    [3, 'c2sp.org/XAES-256-GCM', '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d'],
  ] as const;
  for (const [byte, associated, expected] of vectors) {
    const aead = new Xaes(new Uint8Array(32).fill(byte));
    const nonce = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX');
    const sealed = aead.seal(nonce, Buffer.from(associated), Buffer.from('XAES-256-GCM'));
    assert.is(sealed.toString('hex'), expected);
    assert.is(aead.open(nonce, Buffer.from(associated), sealed)?.toString(), 'XAES-256-GCM');
  }
});

test('XAES-256-GCM: its 10,000 accumulated random vectors', () => {
  const ROUNDS = 10_000;
  const stream = createHash('shake128', { outputLength: ROUNDS * (32 + 24 + 256 + 256) }).digest();
  assert.is(stream.subarray(0, 16).toString('hex'), '7f9c2ba4e88f827d616045507605853e');
  let at = 0;
  const draw = (length: number): Buffer => stream.subarray(at, (at += length));
  const all = createHash('shake128', { outputLength: 32 });
  for (let round = 0; round < ROUNDS; round++) {
    const aead = new Xaes(draw(32));
    const nonce = draw(24);
    const plain = draw(draw(1)[0]!);
    const associated = draw(draw(1)[0]!);
    const sealed = aead.seal(nonce, associated, plain);
    all.update(sealed);
    if (round % 100 === 0) assert.equal(aead.open(nonce, associated, sealed), plain);
  }
  const expected = 'e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939';
  assert.is(all.digest('hex'), expected);
});

test('a sealed value opens, and no two of one text are alike', () => {
  const ring = new KeyRing([key(1)]);
  const values = Array.from({ length: 100 }, () => ring.seal(PLACE, DATA));
  assert.is(new Set(values.map((value) => value.toString('hex'))).size, 100);
  for (const value of values) {
    const opened = ring.open(PLACE, value);
    assert.ok(typeof opened === 'object' && opened.plain.equals(DATA));
  }
});

test('a value with any bit changed, or any length but its own, does not open', () => {
  for (const ring of [new KeyRing([key(1)]), new KeyRing(undefined)]) {
    const value = ring.seal(PLACE, DATA);
    for (let bit = 0; bit < value.length * 8; bit++) {
      const changed = Buffer.from(value);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      assert.type(ring.open(PLACE, changed), 'string', `bit ${bit}`);
    }
    for (let length = 0; length < value.length; length++) {
      assert.type(ring.open(PLACE, value.subarray(0, length)), 'string', `${length} bytes`);
    }
    assert.is(ring.open(PLACE, Buffer.concat([value, Buffer.of(0)])), 'forged');
  }
});

test('a value opens in its own place only: namespace, version, id and kind', () => {
  const namespace = Buffer.from('a');
  const places = [
    aadOfSession(namespace, 0x0303, id(1)),
    aadOfSession(namespace, 0x0303, id(2)),
    aadOfSession(namespace, 0x0304, id(1)),
    aadOfSession(Buffer.from('b'), 0x0303, id(1)),
    aadOfSession(new Uint8Array(0), 0x0303, id(1)),
    aadOfSession(namespace, 0x0303, id(1).subarray(0, 31)),
    aadOfTag(namespace, id(1)),
    aadOfTag(namespace, Buffer.from('b')),
    aadOfTag(Buffer.from('ab'), Buffer.from('')),
    aadOfMessage(namespace),
  ];
  for (const ring of [new KeyRing([key(1)]), new KeyRing(undefined)]) {
    const names = places.map((place) => ring.sealers[0]!.nameOf(place));
    assert.is(new Set(names).size, places.length, 'names differ');
    for (const [i, from] of places.entries()) {
      const value = ring.seal(from, DATA);
      for (const [j, to] of places.entries()) {
        assert.is(typeof ring.open(to, value), i === j ? 'object' : 'string', `${i} ${j}`);
      }
    }
  }
});

test('what does not open says why', () => {
  const ring = new KeyRing([key(1)]);
  const value = ring.seal(PLACE, DATA);
  assert.is(ring.open(PLACE, 'text'), 'unreadable');
  assert.is(ring.open(PLACE, new Uint8Array(0)), 'unreadable');
  assert.is(ring.open(PLACE, Uint8Array.of(99, 1, 2, 3, 4)), 'unreadable');
  assert.is(new KeyRing([key(2)]).open(PLACE, value), 'unknownKey');
  assert.is(ring.open(PLACE, value.subarray(0, 5)), 'forged');
});

test('with keys, an unsealed value is not believed, nor a sealed one without', () => {
  const sealed = new KeyRing([key(1)]);
  const open = new KeyRing(undefined);
  assert.is(sealed.open(PLACE, open.seal(PLACE, DATA)), 'unknownKey');
  assert.is(open.open(PLACE, sealed.seal(PLACE, DATA)), 'unknownKey');
});

test('names are 32 hexadecimal digits that depend on the key', () => {
  const locks = [new SecretSealer(key(1)), new SecretSealer(key(2)), new PlainSealer()];
  const names = locks.map((lock) => lock.nameOf(PLACE));
  for (const name of names) assert.match(name, /^[0-9a-f]{32}$/);
  assert.is(new Set(names).size, 3);
});

test('the first key seals, all of them open, a destroyed one does neither', () => {
  const ring = new KeyRing([key(1)]);
  const first = ring.seal(PLACE, DATA);
  const [lock] = ring.sealers;
  ring.setKeys([key(2), key(1)]);
  assert.type(ring.open(PLACE, first), 'object');
  const second = ring.seal(PLACE, DATA);
  assert.is(new KeyRing([key(1)]).open(PLACE, second), 'unknownKey');
  assert.not(lock!.fits(first), 'the lock of before is destroyed');
  assert.is(lock!.open(PLACE, first), undefined);
  assert.throws(() => lock!.seal(PLACE, DATA), /destroyed/);
  ring.setKeys([key(2)]);
  assert.is(ring.open(PLACE, first), 'unknownKey');
  assert.type(ring.open(PLACE, second), 'object');
});

test("the caller's keys are copied and may be overwritten", () => {
  const mine = new Uint8Array(key(1));
  const ring = new KeyRing([mine]);
  const value = ring.seal(PLACE, DATA);
  mine.fill(9);
  assert.type(ring.open(PLACE, value), 'object');
  assert.type(new KeyRing([key(1)]).open(PLACE, value), 'object');
});

test('keys are rotated without losing a session: open everywhere, seal everywhere, drop', async () => {
  const store = remote();
  const [a, b] = [worker(store, { keys: [key(1)] }), worker(store, { keys: [key(1)] })];
  a.make(1);
  await settled(a);
  a.external.setKeys([key(1), key(2)]);
  b.external.setKeys([key(1), key(2)]);
  a.make(2);
  await settled(a);
  a.external.setKeys([key(2), key(1)]); // b still seals with the first
  a.make(3);
  b.make(4);
  await settled(a, b);
  for (const n of [1, 2, 3]) assert.ok(await b.resumes(n), `session ${n}`);
  assert.ok(await a.resumes(4));
  b.external.setKeys([key(2)]);
  a.external.setKeys([key(2)]);
  const c = worker(store, { keys: [key(2)] });
  assert.equal([await c.resumes(1), await c.resumes(2), await c.resumes(3)], [false, false, true]);
});

test('a removal reaches what the keys of before have sealed', async () => {
  const store = remote();
  const [a, b] = [worker(store, { keys: [key(1)] }), worker(store, { keys: [key(2), key(1)] })];
  const made = a.make(1);
  await settled(a);
  b.cache.removeSession(made.dup());
  await settled(b);
  assert.is(store.size, 2 * TOMBSTONES, 'under the names of both keys');
  for (const keys of [[key(1)], [key(2), key(1)]]) {
    assert.not(await worker(store, { keys }).resumes(1));
  }
});

test('wrong keys change nothing', () => {
  const { external } = worker(remote());
  assert.throws(() => external.setKeys([]), RangeError);
  assert.throws(() => external.setKeys([new Uint8Array(31)]), RangeError);
  assert.throws(() => external.setKeys('secret' as never), TypeError);
  assert.is(external.stats().errors, 0);
});

test.run();
