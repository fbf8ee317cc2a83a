import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeSession } from '../../bindings/asn1/index.ts';
import { bench } from './bench.ts';

const { Ids } = await bench('data/ids.js');
const { keys } = await bench('contenders/keys.js');
const { TLS12_BYTES, DATA_BYTES, CERTIFICATE_BYTES, CHAIN_BYTES, dataOf, withId } =
  await bench('data/sessions.js');

const test = suite('data of the benchmark');

test('are sessions that OpenSSL would write, of the sizes they are said to have', () => {
  for (const length of [TLS12_BYTES, DATA_BYTES, CERTIFICATE_BYTES, CHAIN_BYTES]) {
    const data = dataOf(5, length);
    assert.is(data.length, length);
    const session = decodeSession(data);
    assert.is(session.protocolVersion, 0x0303);
    assert.equal(session.id, new Ids().at(5));
    assert.is(session.peer !== undefined, length >= CERTIFICATE_BYTES);
  }
});

test('get another id without a trace of the first', () => {
  for (const length of [DATA_BYTES, CERTIFICATE_BYTES, CHAIN_BYTES]) {
    const other = new Ids().at(77);
    assert.equal(decodeSession(withId(dataOf(5, length), other)).id, other);
  }
});

test('no two ids are equal, whether they have a common prefix or not', () => {
  for (const prefixed of [false, true]) {
    const ids = new Ids(prefixed);
    const seen = new Set(Array.from({ length: 10_000 }, (_, i) => keys['hex']!(ids.at(i))));
    assert.is(seen.size, 10_000);
  }
});

test('a common prefix is 16 bytes long', () => {
  const ids = new Ids(true);
  const first = ids.at(1).slice();
  const second = ids.at(2);
  assert.equal(first.subarray(0, 16), second.subarray(0, 16));
  assert.not.equal(first.subarray(16), second.subarray(16));
});

test('every kind of key tells ids apart that differ in one bit', () => {
  for (const [name, key] of Object.entries(keys)) {
    const id = new Ids().at(3).slice();
    const seen = new Set([key(id)]);
    for (let bit = 0; bit < 256; bit++) {
      id[bit >> 3]! ^= 1 << (bit & 7);
      seen.add(key(id));
      id[bit >> 3]! ^= 1 << (bit & 7);
    }
    assert.is(seen.size, 257, name);
  }
});

test.run();
