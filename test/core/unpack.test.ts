import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { unpack } from '../../bindings/core/unpack.ts';
import { pack } from '../../scripts/pack.js';
import { randomBytes, seededRandom } from '../support/random.ts';

const test = suite('bytes as text');

const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);

test('every byte comes back, whether frequent or rare', () => {
  const random = seededRandom(0x7e47);
  for (const frequent of all) {
    const bytes = Uint8Array.of(...all, ...all.toReversed(), ...new Uint8Array(300).fill(frequent));
    assert.equal(unpack(pack(bytes)), bytes);
  }
  for (const length of [0, 1, 2, 255, 256, 5000]) {
    const bytes = randomBytes(random, length);
    assert.equal(unpack(pack(bytes)), bytes, `${length} bytes`);
  }
});

test('a frequent byte is one character, a rare one two', () => {
  const frequent = all.subarray(100, 186); // as many as there are characters
  const text = pack(Uint8Array.of(...frequent, ...all)).slice(256);
  assert.is(text.length, 86 + 86 + 2 * 170);
});

test('the text needs no escape in any string literal, inline script or encoding', () => {
  const text = pack(Uint8Array.of(...all, ...all));
  assert.match(text, /^[ -~]+$/);
  assert.not.match(text, /['"`\\$<]/);
});

test.run();
