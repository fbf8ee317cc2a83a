// Certificates and revocation lists: what is read of them, and what is refused.

import { createHash, X509Certificate } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate as readPem } from '../../examples/certificates.js';
import { Revocations } from '../../bindings/cache/revocations.ts';
import {
  canonicalName,
  tagOfSerial,
  tagsOfCertificate,
} from '../../bindings/node/certificates/certificate-tags.ts';
import { readCrl, tagsOfCrl } from '../../bindings/node/certificates/crl.ts';
import { openssl } from '../tls/openssl.ts';
import { withAuthority } from './authority.ts';
import { hexOf } from '../support/bytes.ts';

const test = suite('revocation lists');

function tlv(tag: number, ...content: (Buffer | number[])[]): Buffer {
  const body = Buffer.concat(content.map((part) => Buffer.from(part)));
  const { length } = body;
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255]; // prettier-ignore
  return Buffer.concat([Buffer.from(head), body]);
}

const COMMON_NAME = [0x06, 3, 0x55, 4, 3];
const COUNTRY = [0x06, 3, 0x55, 4, 6];
const attribute = (type: number[], tag: number, text: Buffer | string): Buffer =>
  tlv(0x30, type, tlv(tag, Buffer.from(text)));
const name = (...attributes: Buffer[]): Buffer =>
  tlv(0x30, ...attributes.map((each) => tlv(0x31, each)));
const UTF8 = 0x0c;
const PRINTABLE = 0x13;
const time = tlv(0x17, Buffer.from('260101000000Z'));
const algorithm = tlv(0x30, [0x06, 1, 0x2a]);
const issuer = name(attribute(COMMON_NAME, UTF8, 'The CA'));
const reason = (code: number): Buffer =>
  tlv(0x30, [0x06, 3, 0x55, 0x1d, 0x15], tlv(0x04, [0x0a, 1, code]));
const issuerExtension = (of: Buffer): Buffer =>
  tlv(0x30, [0x06, 3, 0x55, 0x1d, 0x1d], [1, 1, 0xff], tlv(0x04, tlv(0x30, tlv(0xa4, of))));
const entry = (serial: number[], ...extensions: Buffer[]): Buffer =>
  tlv(0x30, tlv(0x02, serial), time, ...(extensions.length > 0 ? [tlv(0x30, ...extensions)] : []));
const list = (entries: Buffer[], ...rest: Buffer[]): Buffer =>
  tlv(0x30, tlv(0x30, [2, 1, 1], algorithm, issuer, time, time, ...(entries.length > 0 ? [tlv(0x30, ...entries)] : []), ...rest), algorithm, tlv(0x03, [0, 1])); // prettier-ignore

const canonical = (of: Buffer): string => canonicalName(of, 0, of.length);
const tagsIn = (crl: string | Uint8Array): string[] =>
  readCrl(crl).flatMap((each) => [...tagsOfCrl(each)].map(hexOf));
const tagOf = (of: Buffer, serial: number[]): string =>
  hexOf(tagOfSerial(canonical(of), Uint8Array.from(serial)));

test('all entries are read, but for those that a list takes back', () => {
  const extensions = tlv(0xa0, tlv(0x30));
  const other = name(attribute(COMMON_NAME, UTF8, 'Another'));
  const crl = list(
    [
      entry([5]),
      entry([0, 0x80], reason(1)),
      entry([6], reason(8)), // removeFromCRL
      entry([7], reason(6)), // certificateHold
      entry([8], issuerExtension(other), reason(1)),
      entry([9]),
    ],
    extensions,
  );
  assert.equal(tagsIn(crl), [
    tagOf(issuer, [5]),
    tagOf(issuer, [0, 0x80]),
    tagOf(issuer, [7]),
    tagOf(other, [8]),
    tagOf(other, [9]),
  ]);
  assert.equal(tagsIn(list([])), []);
  assert.equal(tagsIn(list([], extensions)), []);
});

test('a list that is malformed anywhere is refused as a whole', () => {
  const good = list([entry([5], reason(1)), entry([6])], tlv(0xa0, tlv(0x30)));
  assert.is(tagsIn(good).length, 2);
  for (let length = 0; length < good.length; length++) {
    assert.throws(() => readCrl(good.subarray(0, length)), `${length} bytes of it`);
  }
  for (const wrong of [
    Buffer.concat([good, Buffer.of(0)]),
    list([tlv(0x30, tlv(0x02, [5]))]), // no date
    list([tlv(0x30, tlv(0x02, []), time)]),
    list([tlv(0x30, tlv(0x02, [5]), time, tlv(0x30), [5, 0])]),
    list([entry([5], tlv(0x30, [0x06, 3, 0x55, 0x1d, 0x15], tlv(0x04, [0x0a, 2, 0, 1])))]),
    list([entry([5], tlv(0x30, [0x06, 3, 0x55, 0x1d, 0x1d], tlv(0x04, tlv(0x30))))]),
    list([], tlv(0xa1)),
    Buffer.from(good.toString('hex').replace('3081', '308200'), 'hex'),
  ]) {
    assert.throws(
      () => readCrl(wrong),
      (error: Error) => error instanceof RangeError && error.message.length < 120,
    );
  }
  for (let at = 0; at < good.length; at++) {
    for (const flip of [1, 0x80, 0xff]) {
      const spoilt = Buffer.from(good);
      spoilt[at]! ^= flip;
      try {
        readCrl(spoilt);
      } catch (error) {
        assert.instance(error, RangeError, `byte ${at}`);
      }
    }
  }
});

test('in PEM there may be several, and other things', () => {
  const pem = (der: Buffer, type = 'X509 CRL'): string =>
    `-----BEGIN ${type}-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\r\n')}\n-----END ${type}-----\n`;
  const [one, two] = [list([entry([5])]), list([entry([6])])];
  const text = `A comment\n${pem(one)}${pem(one, 'CERTIFICATE')}\n${pem(two)}`;
  assert.equal(tagsIn(text), [tagOf(issuer, [5]), tagOf(issuer, [6])]);
  assert.equal(tagsIn(Buffer.from(text)), tagsIn(text));
  for (const wrong of [
    '',
    'text',
    pem(one, 'CERTIFICATE'),
    pem(one).replace('M', '*'),
    pem(one.subarray(3)),
  ]) {
    assert.throws(
      () => readCrl(wrong),
      (error: Error) => error instanceof RangeError,
    );
  }
});

test('names are equal that OpenSSL takes for equal, and no others', async () => {
  const plain = canonical(issuer);
  for (const same of [
    attribute(COMMON_NAME, PRINTABLE, 'The CA'),
    attribute(COMMON_NAME, UTF8, 'the ca'),
    attribute(COMMON_NAME, UTF8, '  THE  \t ca '),
    attribute(COMMON_NAME, 0x1e, Buffer.from('The CA', 'utf16le').swap16()),
    attribute(COMMON_NAME, 0x1c, Buffer.from([...'The CA'].flatMap((c) => [0, 0, 0, c.charCodeAt(0)]))), // prettier-ignore
  ]) {
    assert.is(canonical(name(same)), plain);
  }
  for (const other of [
    name(attribute(COMMON_NAME, UTF8, 'TheCA')),
    name(attribute(COUNTRY, UTF8, 'The CA')),
    name(attribute(COMMON_NAME, UTF8, 'The CA'), attribute(COMMON_NAME, UTF8, 'The CA')),
    name(attribute(COMMON_NAME, 0x04, 'The CA')),
    name(),
  ]) {
    assert.not(canonical(other) === plain);
  }
  const [c, cn] = [attribute(COUNTRY, PRINTABLE, 'DE'), attribute(COMMON_NAME, UTF8, 'x')];
  const both = (...parts: Buffer[]): string => canonical(tlv(0x30, tlv(0x31, ...parts)));
  assert.is(both(c, cn), both(cn, c), 'a set has no order');
  assert.not(both(c, cn) === canonical(name(c, cn)), 'but is not a sequence');
  for (const wrong of [
    attribute(COMMON_NAME, 0x1e, 'odd'),
    attribute(COMMON_NAME, 0x1c, 'five5'),
  ]) {
    assert.throws(() => canonical(name(wrong)));
  }
});

test('the tags of a certificate are its fingerprint, and what a CRL calls it', async () => {
  await withAuthority('/O=Größe  GmbH/CN=The  Authority', async (authority) => {
    const issued = await authority.issue('x');
    const { raw, fingerprint256, serialNumber } = new X509Certificate(issued.cert);
    const [fingerprint, issuerAndSerial] = tagsOfCertificate(raw, 0, raw.length)!;
    assert.is(hexOf(fingerprint), fingerprint256.replaceAll(':', '').toLowerCase());
    assert.is(hexOf(fingerprint), createHash('sha256').update(raw).digest('hex'));
    assert.is(serialNumber.length % 2, 0);
    assert.equal(tagsIn(await authority.revoke(issued)), [hexOf(issuerAndSerial)]);
    // The same list, with the name of its issuer in another kind of text.
    const converted = await openssl(
      ['crl', '-outform', 'PEM'],
      Buffer.from(await authority.revoke()),
    );
    assert.equal(tagsIn(converted), [hexOf(issuerAndSerial)]);
    for (let length = 0; length < raw.length; length += 7) {
      assert.is(tagsOfCertificate(raw, 0, length), undefined);
    }
  });
  const { raw } = new X509Certificate(readPem('client').cert);
  const around = Buffer.concat([Buffer.alloc(5, 0x30), raw, Buffer.alloc(5)]);
  assert.equal(
    tagsOfCertificate(around, 5, 5 + raw.length)!.map(hexOf),
    tagsOfCertificate(raw, 0, raw.length)!.map(hexOf),
  );
});

test('a serial number is the same with and without needless bytes', () => {
  assert.is(tagOf(issuer, [0, 0, 5]), tagOf(issuer, [5]));
  assert.is(tagOf(issuer, [0xff, 0x85]), tagOf(issuer, [0x85]));
  assert.not(tagOf(issuer, [0, 0x85]) === tagOf(issuer, [0x85]), 'one of them is negative');
  assert.not(tagOf(issuer, [0]) === tagOf(issuer, [0, 0, 1]));
});

test('revocations are remembered, and where they are not, they are assumed', () => {
  const revocations = new Revocations();
  const tag = (n: number): Uint8Array => Uint8Array.of(n >> 16, (n >> 8) & 255, n & 255);
  const before = revocations.count;
  revocations.note(tag(1));
  const after = revocations.count;
  assert.is(revocations.since(before, [tag(0), tag(1)]), true);
  assert.is(revocations.since(before, [tag(2)]), false);
  assert.is(revocations.since(after, [tag(1)]), false, 'made later');
  assert.is(revocations.since(before, []), false);
  for (let i = 0; i < 40_000; i++) revocations.note(tag(i + 10));
  assert.is(revocations.since(before, [tag(1)]), true);
  assert.is(revocations.since(before, [tag(0xffffff)]), true, 'it cannot be known any more');
  assert.is(revocations.since(before, []), false, 'nothing can be revoked by tag');
  const { count } = revocations;
  revocations.note(tag(5));
  assert.is(revocations.since(count, [tag(5)]), true);
  assert.is(revocations.since(count, [tag(6)]), false);
});

test.run();
