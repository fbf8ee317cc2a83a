import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodePEM, encodePEM, peekSession } from '../../bindings/asn1/index.ts';
import { assertThrows, recordedBytes, session } from './support.ts';

const test = suite('decodePEM and encodePEM');

const bare = recordedBytes.map((bytes) => bytes.subarray(peekSession(bytes).derStart));
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const BEGIN = '-----BEGIN SSL SESSION PARAMETERS-----\n';
const END = '-----END SSL SESSION PARAMETERS-----\n';
const base64 = Buffer.from(session()).toString('base64');

test('carry sessions of every length modulo 48 there and back', () => {
  const long = Array.from({ length: 96 }, (_, length) => session([0xb5, length, ...Array(length)]));
  for (const der of [...bare, ...long]) {
    const pem = encodePEM(der);
    assert.equal(decodePEM(pem), der);
    const lines = Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) as string[];
    assert.is(Buffer.from(pem).toString(), `${BEGIN}${lines.join('\n')}\n${END}`);
  }
});

test('take CRLF, lines of any length and blanks around them', () => {
  const spread = base64.replace(/(.{7})/g, '$1 \t\r\n');
  const pem = `\n\r\n ${BEGIN.trim()}\r\n${spread}\r\n${END.trim()}\r\n\n  `;
  assert.equal(decodePEM(bytesOf(pem)), session());
  assert.equal(
    decodePEM(bytesOf(BEGIN + base64 + '\n' + END.trim())),
    session(),
    'no line end last',
  );
});

test('refuse whatever is not one block of one session', () => {
  const wrong: [string, RegExp][] = [
    ['', /something else than the line that begins/],
    [BEGIN, /no line that ends the block/],
    [BEGIN + base64, /no line that ends the block/],
    [`${BEGIN}${base64}\n${END}x`, /something after the block/],
    [`${BEGIN}${base64}\n${END}${BEGIN}${base64}\n${END}`, /something after the block/],
    [`x\n${BEGIN}${base64}\n${END}`, /line that begins/],
    [`${BEGIN}${base64}\n-----END CERTIFICATE-----\n`, /line that ends/],
    [`-----BEGIN CERTIFICATE-----\n${base64}\n${END}`, /line that begins/],
    [`${BEGIN.trim()}${base64}\n${END}`, /after the boundary on its line/],
    [`${BEGIN}${base64}${END}`, /before the boundary on its line/],
    [`${BEGIN}Proc-Type: 4,ENCRYPTED\n\n${base64}\n${END}`, /line that ends/],
    [`${BEGIN}${base64.slice(0, -1)}\n${END}`, /base64 cut off/],
    [`${BEGIN}${base64.slice(0, 8)}=${base64.slice(8)}\n${END}`, /not base64/],
    [`${BEGIN}${base64.slice(0, 8)}_${base64.slice(9)}\n${END}`, /not base64/],
    [`${BEGIN}${base64}====\n${END}`, /base64 cut off|not base64/],
  ];
  for (const [pem, what] of wrong) {
    const message = assertThrows(() => decodePEM(bytesOf(pem)), RangeError, what, what.source);
    assert.match(message, /^"pem" expected one SSL SESSION PARAMETERS block, got /);
  }
});

test('refuse base64 with bits to spare', () => {
  for (const remainder of [1, 2]) {
    const der = [session(), session([0xb5, 0]), session([0xb5, 2, 0, 0])].find(
      ({ length }) => length % 3 === remainder,
    );
    assert.ok(der);
    const text = Buffer.from(der).toString('base64');
    const at = text.indexOf('=') - 1;
    const next = String.fromCharCode(text.charCodeAt(at) + 1);
    const spoilt = text.slice(0, at) + next + text.slice(at + 1);
    assert.equal(
      Buffer.from(spoilt, 'base64'),
      Buffer.from(der),
      'a lax reader sees no difference',
    );
    assertThrows(
      () => decodePEM(bytesOf(`${BEGIN}${spoilt}\n${END}`)),
      RangeError,
      /bits to spare/,
    );
  }
});

test('refuse content that is not a session, or is within an envelope', () => {
  const junk = `${BEGIN}${Buffer.from('junk').toString('base64')}\n${END}`;
  assertThrows(() => decodePEM(bytesOf(junk)), RangeError, /^"bytes" expected an SSL_SESSION/);
  assertThrows(() => decodePEM(bytesOf(BEGIN + END)), RangeError, /boundary|SSL_SESSION/);
  assertThrows(() => encodePEM(bytesOf('junk')), RangeError, /^"bytes" expected an SSL_SESSION/);
  const enveloped = recordedBytes.find((bytes) => peekSession(bytes).derStart > 0);
  assert.ok(enveloped);
  assertThrows(() => encodePEM(enveloped), RangeError, /^"bytes" expected an SSL_SESSION/);
});

test('take bytes and no strings, which could not be wiped', () => {
  assertThrows(
    () => decodePEM(BEGIN as never),
    TypeError,
    /^"pem" expected Uint8Array, got string$/,
  );
  assertThrows(
    () => encodePEM('x' as never),
    TypeError,
    /^"bytes" expected Uint8Array, got string$/,
  );
});

test.run();
