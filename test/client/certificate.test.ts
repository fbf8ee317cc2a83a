import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { notAfter } from '../../bindings/client/sessions/certificate.ts';
import { ClientSessionCache } from '../../bindings/client/index.ts';
import { seededRandom } from '../support/random.ts';
import { keyFor, makeSession } from './made.ts';

const test = suite('the end of a certificate');

const ours = (['rsa', 'ecdsa', 'client'] as const).map((name) => readCertificate(name).cert);
const certificates = [...tls.rootCertificates, ...ours].map((pem) => new X509Certificate(pem));

test("is what OpenSSL reads, of every root of Node's and of ours", () => {
  assert.ok(certificates.length > 100);
  for (const { raw, validTo, subject } of certificates) {
    assert.is(notAfter(raw), Date.parse(validTo) / 1000, subject);
  }
});

test('limits nothing where it cannot be read, and is never an error', () => {
  const { raw } = certificates[0]!;
  assert.is(notAfter(new Uint8Array(0)), Infinity);
  for (let length = 0; length < raw.length; length++) {
    assert.is(notAfter(raw.subarray(0, length)), Infinity, String(length));
  }
  const random = seededRandom(5);
  for (let i = 0; i < 20_000; i++) {
    const spoilt = new Uint8Array(raw);
    for (let n = random(4); n >= 0; n--) spoilt[random(250)] = random(256);
    assert.type(notAfter(spoilt), 'number');
    assert.not.ok(Number.isNaN(notAfter(spoilt)));
  }
});

test('is read of either form of time, and limits nothing where a digit is none', () => {
  const at = (type: number, text: string): number => {
    const time = Buffer.from([type, text.length, ...Buffer.from(text, 'latin1')]);
    const fields = Buffer.from([
      0x30,
      0,
      0x30,
      0,
      0x30,
      0,
      0x30,
      2 * time.length,
      ...time,
      ...time,
    ]);
    return notAfter(Buffer.from([0x30, fields.length + 2, 0x30, fields.length, ...fields]));
  };
  assert.is(at(0x17, '490102030405Z'), Date.UTC(2049, 0, 2, 3, 4, 5) / 1000);
  assert.is(at(0x17, '500102030405Z'), Date.UTC(1950, 0, 2, 3, 4, 5) / 1000);
  assert.is(at(0x18, '20490102030405Z'), Date.UTC(2049, 0, 2, 3, 4, 5) / 1000);
  assert.is(at(0x18, '99991231235959Z'), Date.UTC(9999, 11, 31, 23, 59, 59) / 1000);
  for (const [type, text] of [
    [0x17, '490102030405Z'],
    [0x18, '20490102030405Z'],
  ] as const) {
    for (let i = 0; i < text.length; i++) {
      for (const other of ['/', ':', '\0', '\xff']) {
        assert.is(at(type, text.slice(0, i) + other + text.slice(i + 1)), Infinity, `${text} ${i}`);
      }
    }
    assert.is(at(type, text.slice(0, -1)), Infinity);
    assert.is(at(type, `${text}Z`), Infinity);
  }
});

test('ends the sessions that have the certificate in them', () => {
  const { raw, validTo } = certificates.at(-1)!;
  const end = Date.parse(validTo) / 1000;
  let now = end - 100;
  const sessions = new ClientSessionCache({ now: () => now });
  const peer = new Uint8Array(raw);
  sessions.put(keyFor(1), makeSession({ time: now, hint: 7200, peer }));
  sessions.put(keyFor(2), makeSession({ time: now, hint: 7200 }));
  now = end;
  assert.is(sessions.count(keyFor(1)), 1);
  now = end + 1;
  assert.equal([sessions.count(keyFor(1)), sessions.count(keyFor(2))], [0, 1]);
  assert.is(sessions.put(keyFor(1), makeSession({ time: now, hint: 7200, peer })), false);
  assert.is(sessions.stats().refused.certificate, 1);
  sessions.close();
});

test.run();
