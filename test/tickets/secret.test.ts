// The derivation itself: documented in docs/tickets.md, so that others can do the same.

import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TicketKeyRing, type Schedule } from '../../bindings/tickets/ring.ts';
import { bindingOf, MasterSecret, STEPS_MAX } from '../../bindings/tickets/secret.ts';
import { openssl } from '../tls/openssl.ts';
import { OTHER_SECRET, SECRET } from './harness.ts';

const test = suite('ticket keys: derivation');

const BINDING = bindingOf(Buffer.from('context'), Buffer.alloc(32, 1));

/** The key of one period, hex. */
function keyOf(secret: MasterSecret, number: number, binding = BINDING): string | undefined {
  for (const [, key] of secret.keys(number, number, binding)) return key.toString('hex');
  return undefined;
}

/** HKDF by the openssl command. */
async function hkdf(
  secret: Uint8Array,
  salt: string,
  info: Uint8Array,
  length: number,
): Promise<Buffer> {
  const options = {
    digest: 'SHA256',
    hexkey: Buffer.from(secret).toString('hex'),
    hexsalt: Buffer.from(salt).toString('hex'),
    hexinfo: Buffer.from(info).toString('hex'),
  };
  const args = Object.entries(options).flatMap(([name, value]) => ['-kdfopt', `${name}:${value}`]);
  const text = await openssl(['kdf', '-keylen', `${length}`, ...args, 'HKDF']);
  return Buffer.from(text.trim().replaceAll(':', ''), 'hex');
}

/** Length and number of a period, as docs/tickets.md has it. */
function timeOf(period: number, number: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(period);
  bytes.writeBigInt64BE(BigInt(number), 4);
  return bytes;
}

test('a key is HKDF-SHA-256 as documented, by the openssl command', async () => {
  const context = Buffer.from('context');
  const policy = Buffer.alloc(32, 1);
  const length = (bytes: Uint8Array): Buffer => Buffer.from([0, 0, 0, bytes.length]);
  const binding = createHash('sha256')
    .update('sesscache ticket binding 1')
    .update(Buffer.concat([length(context), context, length(policy), policy]))
    .digest();
  assert.equal(binding, BINDING);
  for (const [period, number] of [
    [3600, 490_000],
    [1, -3],
    [604_800, 2 ** 40],
  ] as const) {
    const info = Buffer.concat([timeOf(period, number), binding]);
    const expected = await hkdf(SECRET, 'sesscache ticket key 1', info, 48);
    assert.is(keyOf(new MasterSecret(SECRET, period), number), expected.toString('hex'));
  }
});

test('a ratchet is HKDF-SHA-256 as documented, by the openssl command', async () => {
  const ratchet = new MasterSecret(SECRET, 60, 1000);
  let state: Buffer = SECRET;
  for (let number = 1000; number < 1004; number++) {
    if (number > 1000) {
      state = await hkdf(state, 'sesscache ticket ratchet 1', timeOf(60, number), 32);
    }
    const info = Buffer.concat([timeOf(60, number), BINDING]);
    const expected = await hkdf(state, 'sesscache ticket key 1', info, 48);
    assert.is(keyOf(ratchet, number), expected.toString('hex'));
  }
});

test('keys differ in every part with secret, period, number, context and policy', () => {
  const secret = new MasterSecret(SECRET, 3600);
  const keys = [
    keyOf(secret, 5),
    keyOf(secret, 6),
    keyOf(new MasterSecret(SECRET, 3601), 5),
    keyOf(new MasterSecret(OTHER_SECRET, 3600), 5),
    keyOf(new MasterSecret(SECRET, 3600, 5), 6),
    keyOf(secret, 5, bindingOf(Buffer.from('contexT'), Buffer.alloc(32, 1))),
    keyOf(secret, 5, bindingOf(Buffer.from('context'), Buffer.alloc(32, 2))),
    // A byte that moves from one part to the next.
    keyOf(secret, 5, bindingOf(Buffer.from('contex'), Buffer.alloc(32, 1))),
  ];
  for (const part of [0, 32, 64]) {
    const parts = new Set(keys.map((key) => key?.slice(part, part + 32)));
    assert.is(parts.size, keys.length);
  }
});

test('a ratchet that has stepped on has the same keys as one that started there', () => {
  const ratchet = new MasterSecret(SECRET, 60, 100);
  const early = keyOf(ratchet, 150);
  ratchet.forget(150);
  assert.is(keyOf(ratchet, 150), early);
  assert.is(keyOf(ratchet, 149), undefined, 'forgotten');
  ratchet.forget(120);
  assert.is(keyOf(ratchet, 149), undefined, 'there is no way back');
  const { secret, since } = ratchet.export()!;
  assert.is(since, 150 * 60);
  const next = new MasterSecret(secret, 60, since / 60);
  assert.is(keyOf(next, 151), keyOf(ratchet, 151));
  assert.is(new MasterSecret(SECRET, 60).export(), undefined);
});

test('a clock far ahead costs a ratchet neither time nor its state', () => {
  const ratchet = new MasterSecret(SECRET, 1, 0);
  const key = keyOf(ratchet, 1);
  const start = performance.now();
  for (const number of [STEPS_MAX + 1, 2 ** 40]) {
    assert.is(keyOf(ratchet, number), undefined);
    ratchet.forget(number);
  }
  assert.ok(performance.now() - start < 100);
  assert.is(keyOf(ratchet, 1), key);
});

test('keys are overwritten when they fall out, and secrets when they go', () => {
  const secrets = [new MasterSecret(SECRET, 10), new MasterSecret(OTHER_SECRET, 10, 0)];
  const schedule: Schedule = { period: 10, keep: 2, secrets };
  const ring = new TicketKeyRing(BINDING, schedule);
  ring.follow(5_000);
  const { bytes } = ring.present!;
  const before = Buffer.from(bytes);
  assert.ok(ring.find(before.subarray(0, 16)));
  ring.follow(25_000);
  assert.equal(bytes, before, 'accepted still');
  ring.follow(35_000);
  assert.equal(bytes, Buffer.alloc(48), 'older than `keep`');
  assert.is(ring.find(before.subarray(0, 16)), undefined);
  const { bytes: last } = ring.present!;
  ring.retire();
  assert.equal(last, Buffer.alloc(48));
  assert.equal([ring.size, ring.present, ring.follow(99_000)], [0, undefined, false]);
  secrets[1]!.wipe();
  assert.equal(secrets[1]!.export()!.secret, Buffer.alloc(OTHER_SECRET.length));
});

test('a copy is made of a secret, and nothing shows it', () => {
  const mine = Buffer.from(SECRET);
  const secret = new MasterSecret(mine, 60);
  const key = keyOf(secret, 1);
  mine.fill(0);
  assert.is(keyOf(secret, 1), key);
  const ring = new TicketKeyRing(BINDING, { period: 60, keep: 1, secrets: [secret] });
  ring.follow(0);
  for (const object of [secret, ring]) {
    const shown = inspect(object, { showHidden: true, depth: 9 }) + JSON.stringify(object);
    assert.not.match(shown, /Buffer|Uint8Array|\d, \d/);
  }
});

test('the ring of a ratchet makes tickets with the first key it has, if the clock is set back', () => {
  const ring = new TicketKeyRing(BINDING, {
    period: 10,
    keep: 3,
    secrets: [new MasterSecret(SECRET, 10, 100)],
  });
  ring.follow(100 * 10_000);
  assert.equal([ring.size, ring.present?.number], [2, 100]);
  ring.follow(99 * 10_000);
  assert.equal([ring.size, ring.present?.number], [1, 100]);
  ring.follow(90 * 10_000);
  assert.equal([ring.size, ring.present], [0, undefined]);
});

test('a ring that cannot derive its next keys uses no key that it has overwritten', () => {
  const secret = new MasterSecret(SECRET, 10);
  const { keys } = secret;
  const ring = new TicketKeyRing(BINDING, { period: 10, keep: 3, secrets: [secret] });
  ring.follow(100 * 10_000);
  const name = Buffer.from(ring.present!.name);
  secret.keys = () => {
    throw new Error('no HKDF');
  };
  assert.throws(() => ring.follow(200 * 10_000), /no HKDF/);
  assert.is(ring.present, undefined);
  assert.is(ring.find(Buffer.alloc(16)), undefined);
  assert.is(ring.find(name), undefined);
  secret.keys = keys;
  ring.follow(200 * 10_000);
  assert.is(ring.present?.number, 200);
});

test.run();
