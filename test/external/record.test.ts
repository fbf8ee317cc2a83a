// Sessions and messages survive encoding and decoding; malformed bytes are rejected.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeRemovals, encodeRemoval, SENDER_BYTES } from '../../bindings/external/message.ts';
import { decodeSessionRecord, encodeSessionRecord, RECORD_MAX, sessionFrom } from '../../bindings/external/record.ts'; // prettier-ignore
import { Session } from '../../bindings/index.ts';
import { authTimeOf as startOf } from '../../bindings/session/session.ts';
import { seededRandom } from '../support/random.ts';
import { DATA, id, session } from './support.ts';

const test = suite('records and messages');
const WRITTEN = 1_700_000_000_123;
const NOW = 1_700_000_000;
const FULL = session(1, {
  sessionIdContext: new Uint8Array(32).fill(3),
  tags: Array.from({ length: 8 }, (_, i) => new Uint8Array(32).fill(i + 1)),
  extendedMasterSecret: true,
});

test('a session comes out as it went in', () => {
  const odd = session(2, { time: -(2n ** 63n), timeout: 2n ** 63n - 1n, data: new Uint8Array(0) });
  const large = session(3, { data: new Uint8Array(16_384).fill(1) });
  for (const from of [FULL, odd, large, session(4)]) {
    const record = decodeSessionRecord(encodeSessionRecord(from, WRITTEN, false));
    assert.ok(record);
    assert.is(record.written, WRITTEN);
    const to = sessionFrom(record, from.id, from.protocolVersion, NOW);
    for (const name of [
      'id',
      'data',
      'protocolVersion',
      'sessionIdContext',
      'time',
      'timeout',
      'extendedMasterSecret',
      'tags',
    ] as const) {
      const [was, is] = [from[name], to[name]];
      if (was instanceof Uint8Array) assert.ok(Buffer.from(was).equals(is as Uint8Array), name);
      else assert.equal(is, was, name);
    }
  }
});

test('the absolute lifetime goes on where it began, and never starts later', () => {
  const from = session(1, { time: 1000 });
  from.setTime(5000);
  const record = decodeSessionRecord(encodeSessionRecord(from, WRITTEN, false))!;
  assert.equal([record.time, record.authTime], [5000, 1000]);
  assert.is(startOf(sessionFrom(record, id(1), 0x0303, NOW)), 1000);
  assert.is(startOf(sessionFrom({ ...record, authTime: 9000 }, id(1), 0x0303, NOW)), 5000);
});

test('a record cut short or of another version is none', () => {
  const record = encodeSessionRecord(FULL, WRITTEN, false);
  const fixed = record.length - DATA.length;
  for (let length = 0; length < fixed; length++) {
    assert.is(decodeSessionRecord(record.subarray(0, length)), undefined, `${length} bytes`);
  }
  assert.is(decodeSessionRecord(Buffer.alloc(RECORD_MAX + 1, 1)), undefined);
  for (const [at, byte] of [
    [0, 2],
    [1, 4],
    [2, 33],
    [3, 9],
    [28, 255],
    [36 + 32, 0],
    [36 + 32, 33],
  ] as const) {
    const wrong = Buffer.from(record);
    wrong[at] = byte;
    assert.is(decodeSessionRecord(wrong), undefined, `byte ${at} is ${byte}`);
  }
  const long = session(1, { data: new Uint8Array(16_384) });
  const over = Buffer.concat([encodeSessionRecord(long, WRITTEN, false), Buffer.of(0)]);
  assert.is(decodeSessionRecord(over), undefined);
});

test('any bytes are a session or none, and a session goes in and out unchanged', () => {
  const random = seededRandom(20_261);
  const seeds = [FULL, session(2)].map((from) => encodeSessionRecord(from, WRITTEN, false));
  let whole = 0;
  for (let round = 0; round < 20_000; round++) {
    const bytes = mutated(seeds[round % seeds.length]!, random);
    const record = decodeSessionRecord(bytes);
    if (record === undefined) continue;
    whole++;
    const made: Session = sessionFrom(record, id(1), 0x0303, NOW);
    assert.is(new Set(record.tags.map(String)).size, record.tags.length, 'no tag twice');
    const again = decodeSessionRecord(encodeSessionRecord(made, record.written, record.guarded));
    assert.equal(again, { ...record, authTime: startOf(made) });
  }
  assert.ok(whole > 1000, `${whole} were sessions`);
});

test('removals come out as they went in', () => {
  const removals = [
    { version: 0x0303, id: id(1) },
    { version: 0xfefd, id: Uint8Array.of(1) },
    { tag: Buffer.from('user:42'), revoked: WRITTEN },
  ];
  const message = Buffer.concat([Buffer.alloc(SENDER_BYTES), ...removals.map(encodeRemoval)]);
  const decoded = decodeRemovals(message)!;
  assert.is(decoded.length, 3);
  assert.equal(decoded.map(encodeRemoval), removals.map(encodeRemoval));
  assert.equal(decodeRemovals(message.subarray(0, SENDER_BYTES)), []);
  assert.is(decodeRemovals(message.subarray(0, SENDER_BYTES - 1)), undefined);
});

test('any bytes are removals or none', () => {
  const random = seededRandom(7);
  const seed = Buffer.concat([
    Buffer.alloc(SENDER_BYTES),
    encodeRemoval({ version: 0x0303, id: id(1) }),
    encodeRemoval({ tag: id(2), revoked: WRITTEN }),
  ]);
  let whole = 0;
  for (let round = 0; round < 20_000; round++) {
    const bytes = mutated(seed, random);
    const removals = decodeRemovals(bytes);
    if (removals === undefined) continue;
    whole++;
    const again = Buffer.concat([bytes.subarray(0, SENDER_BYTES), ...removals.map(encodeRemoval)]);
    assert.ok(again.equals(bytes), 'nothing else was in it');
  }
  assert.ok(whole > 100, `${whole} were messages`);
});

/** A few bytes changed, and sometimes some cut off or added. */
function mutated(seed: Buffer, random: (below: number) => number): Buffer {
  const end = random(4) ? seed.length : random(seed.length + 1);
  const bytes = Buffer.concat([seed.subarray(0, end), Buffer.alloc(random(8) ? 0 : random(40), 1)]);
  for (let i = random(3); i > 0 && bytes.length > 0; i--) bytes[random(bytes.length)] = random(256);
  return bytes;
}

test.run();
