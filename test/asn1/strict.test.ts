import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeSession, peekSession } from '../../bindings/asn1/index.ts';
import { assertThrows, der, mandatory, recordedBytes, session } from './support.ts';

const test = suite('decodeSession and peekSession');

/** Asserts that both refuse `bytes`, with the same words and none of the bytes. */
function assertRefused(bytes: Uint8Array, what: RegExp, title = what.source): void {
  const message = assertThrows(
    () => decodeSession(bytes, { secrets: true }),
    RangeError,
    what,
    title,
  );
  assert.match(
    message,
    /^"bytes" expected an SSL_SESSION in DER, got [a-zA-Z0-9 -]+ at offset \d+$/,
  );
  assert.is(
    assertThrows(() => peekSession(bytes), RangeError, what),
    message,
  );
}

/** A session in which one of the five mandatory fields is another. */
function replaced(index: number, field: Uint8Array): Uint8Array {
  const fields = mandatory();
  fields[index] = field;
  return der(0x30, ...fields);
}

const integer = (tag: number, ...content: number[]): Uint8Array =>
  session(der(tag, der(0x02, content)));
const octets = (tag: number, content: Uint8Array | number[]): Uint8Array =>
  session(der(tag, der(0x04, content)));

test('refuse every session that was cut off, at whatever byte', () => {
  for (const bytes of recordedBytes) {
    for (let length = 0; length < bytes.length; length++) {
      assertRefused(bytes.subarray(0, length), /./);
    }
  }
});

test('refuse a session with anything after it', () => {
  for (const bytes of recordedBytes) {
    for (const tail of [[0], bytes]) {
      assertRefused(Uint8Array.from([...bytes, ...tail]), /bytes after the session|beyond/);
    }
  }
});

test('refuse what is no session at all', () => {
  assertRefused(new Uint8Array(0), /the end where a field is due/);
  assertRefused(der(0x31), /another type/);
  assertRefused(der(0x30), /the end where a field is due/);
  assertRefused(Buffer.from('-----BEGIN SSL SESSION PARAMETERS-----\n'), /another type/);
});

test('refuse fields of another type or order, or twice', () => {
  assertRefused(replaced(0, der(0x02, [2])), /another version of the structure/);
  assertRefused(replaced(0, der(0x02, [0, 1])), /another version of the structure/);
  assertRefused(replaced(1, der(0x04, [3, 3])), /another type/);
  assertRefused(replaced(3, der(0x24, [])), /another type/);
  assertRefused(der(0x30, ...mandatory().slice(0, 4)), /the end where a field is due/);
  const time = der(0xa1, der(0x02, [1]));
  const timeout = der(0xa2, der(0x02, [1]));
  decodeSession(session(time, timeout));
  assertRefused(session(timeout, time), /out of order or twice/);
  assertRefused(session(time, time), /out of order or twice/);
  assertRefused(session(der(0x81, [1])), /another type/); // implicit
  assertRefused(session(der(0xa0, der(0x04, [1]))), /another type/); // explicit
  assertRefused(session(der(0xa1, der(0x04, [1]))), /another type/);
  assertRefused(session(der(0xa4, der(0x02, [1]))), /another type/);
  assertRefused(session(der(0xa3, der(0x04, [1]))), /another type/);
  assertRefused(session(der(0xe1, der(0x02, [1]))), /another type/); // private class
  assertRefused(session(der(0x02, [1])), /another type/);
  assertRefused(session(der(0xa1, der(0x02, [1]), der(0x02, [1]))), /bytes after a field/);
  assertRefused(session(der(0xa1)), /the end where a field is due/);
});

test('refuse values out of range', () => {
  for (const version of [[3], [2, 0], [0, 0], [0x7f, 3]]) {
    assertRefused(replaced(1, der(0x02, version)), /unknown protocol version|not minimal/);
  }
  for (const version of [
    [3, 0],
    [3, 4],
    [0, 0xfe, 0xff],
    [0, 0xfe, 0xfd],
    [1, 0],
  ]) {
    decodeSession(replaced(1, der(0x02, version))); // SSL 3, TLS 1.3, DTLS 1.0, 1.2, Cisco's
  }
  assertRefused(replaced(2, der(0x04, [0x01, 0x00, 0x80])), /cipher that is not two bytes/);
  assertRefused(replaced(3, der(0x04, new Uint8Array(33))), /session id that is too long/);
  assertRefused(replaced(4, der(0x04, new Uint8Array(513))), /master key that is too long/);
  decodeSession(replaced(4, der(0x04, new Uint8Array(512))));
  assertRefused(octets(0xa4, new Uint8Array(33)), /field that is too long/);
  assertRefused(octets(0xab, []), /more or less than a byte/);
  assertRefused(octets(0xab, [1, 2]), /more or less than a byte/);
  for (const tag of [0xa6, 0xa7, 0xa8, 0xac]) {
    assertRefused(octets(tag, [0x61, 0x00, 0x62]), /zero byte within a text/);
  }
});

test('refuse integers that are empty, padded, negative or too large', () => {
  assertRefused(integer(0xa1), /empty integer/);
  assertRefused(integer(0xa1, 0, 0x7f), /not minimal/);
  assertRefused(integer(0xa1, 0xff, 0x80), /not minimal/);
  for (const tag of [0xa9, 0xad, 0xae, 0xaf, 0xb1, 0xb3]) {
    assertRefused(integer(tag, 0x80), /negative integer/);
  }
  const nine = [0, 0x80, 0, 0, 0, 0, 0, 0, 0];
  for (const tag of [0xa1, 0xa2]) {
    assertRefused(integer(tag, ...nine), /too large/);
    decodeSession(integer(tag, ...nine.slice(1)));
  }
  for (const tag of [0xa9, 0xad]) {
    decodeSession(integer(tag, ...nine));
    assertRefused(integer(tag, 1, ...nine.slice(1)), /too large/);
    assertRefused(integer(tag, ...nine, 0), /too large/);
  }
  assertRefused(integer(0xa5, 0, 0x80, 0, 0, 0), /too large/);
  decodeSession(integer(0xa5, 0x80, 0, 0, 0));
  for (const tag of [0xae, 0xaf, 0xb1, 0xb3]) {
    decodeSession(integer(tag, 0, 0x80, 0, 0, 0));
    assertRefused(integer(tag, 1, 0, 0, 0, 0), /too large/);
  }
});

test('refuse lengths that are not the shortest, indefinite, or too long', () => {
  const body = Buffer.concat(mandatory());
  const header = (...octets_: number[]): Uint8Array => Uint8Array.from([0x30, ...octets_, ...body]);
  decodeSession(header(body.length));
  assertRefused(header(0x81, body.length), /length that is not minimal/);
  assertRefused(header(0x82, 0, body.length), /length that is not minimal/);
  assertRefused(header(0x83, 0, 0, body.length), /length that is not minimal/);
  assertRefused(header(0x84, 0, 0, 0, body.length), /16 MiB or more/);
  assertRefused(Uint8Array.from([...header(0x80), 0, 0]), /indefinite length/);
  assertRefused(header(body.length + 1), /beyond the end/);
  assertRefused(header(body.length - 1), /beyond the end|after the session/);
  assertRefused(header(0x83, 0xff, 0xff, 0xff), /beyond the end/);
  assertRefused(Uint8Array.of(0x30), /header cut off/);
  assertRefused(Uint8Array.of(0x30, 0x82, 0x01), /header cut off/);
});

test('refuse unknown fields that are not well formed', () => {
  decodeSession(session([0xbf, 0x1f, 0]));
  assertRefused(session([0xbf, 0x1e, 0]), /tag number that is not minimal/);
  assertRefused(session([0xbf, 0x80, 0x1f, 0]), /tag number that is not minimal/);
  assertRefused(session([0xbf, 0x81]), /header cut off/);
  assertRefused(session([0xbf, 0xff, 0xff, 0xff, 0xff, 0x7f, 0]), /tag number that is too large/);
  assertRefused(session([0xb6, 0], [0xb5, 0]), /out of order or twice/);
  assertRefused(session([0xb6, 0], [0xb3, 3, 2, 1, 1]), /out of order or twice/);
  assertRefused(session([0xb5, 1]), /beyond the end/);
  assertRefused(session([0xf5, 0]), /another type/);
  assertRefused(session([0xb5, 0], [0xf6, 0]), /another type/);
});

test('refuse envelopes that are not well formed', () => {
  const [inner] = [session()];
  const prefix = Buffer.from('\0nodejs:tls:session:1\0');
  const wrapped = (...parts: (Uint8Array | number[])[]): Uint8Array =>
    Buffer.concat(parts.map((part) => Uint8Array.from(part)));
  decodeSession(wrapped(prefix, [0, 1], [0x61], inner));
  assertRefused(wrapped([0], inner), /neither DER nor an envelope/);
  assertRefused(wrapped(Buffer.from('\0nodejs:tls:session:2\0'), [0, 0], inner), /neither DER/);
  assertRefused(wrapped(prefix, [0]), /envelope cut off/);
  assertRefused(wrapped(prefix, [0xff, 0xff], inner), /servername beyond the end/);
  assertRefused(wrapped(prefix, [0, 1], inner), /another type/);
  assertRefused(wrapped(prefix, [0, 0], prefix, [0, 0], inner), /another type/);
  assertRefused(wrapped(prefix, [0, 2], [0xc3, 0x28], inner), /servername that is not UTF-8/);
  assertRefused(wrapped(prefix, [0, 3], [0xed, 0xa0, 0x80], inner), /servername that is not UTF-8/);
});

test.run();
