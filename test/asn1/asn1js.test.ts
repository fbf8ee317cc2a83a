import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeSession, encodeSession, peekSession } from '../../bindings/asn1/index.ts';
import { everyField, recordedBytes } from './support.ts';
import { byAsn1js, byCodec } from './second-opinion.ts';

const test = suite('the codec and asn1js');

test('read the same in every recorded session', () => {
  for (const bytes of recordedBytes) {
    const der = bytes.subarray(peekSession(bytes).derStart);
    assert.equal(byCodec(decodeSession(der, { secrets: true })), byAsn1js(der));
  }
});

test('read the same in a session with every field', () => {
  const fields = everyField();
  const opinion = byAsn1js(encodeSession(fields));
  assert.equal(opinion, byCodec(fields));
  assert.is(Object.keys(opinion ?? {}).length, 5 + 21 + 5);
});

test.run();
