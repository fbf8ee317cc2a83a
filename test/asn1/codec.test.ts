import { inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  decodeSession,
  encodeSession,
  peekSession,
  SessionSecrets,
} from '../../bindings/asn1/index.ts';
import type { SessionFields } from '../../bindings/asn1/index.ts';
import { assertThrows, der, everyField, recordedBytes, session } from './support.ts';
import { recode } from './oracle.ts';
import { hexOf } from '../support/bytes.ts';

const test = suite('decodeSession and encodeSession');

const isSecret = (octet: number): boolean => octet >= 0xa1 && octet <= 0xa7;

test('carry every field there and back', () => {
  const fields = everyField();
  const bytes = encodeSession(fields);
  const decoded = decodeSession(bytes, { secrets: true });
  const { secrets, ...open } = decoded;
  const { secrets: expectedSecrets, ...expected } = fields;
  assert.equal(open, expected);
  for (const key of ['masterKey', 'keyArg', 'pskIdentity', 'ticket', 'srpUsername'] as const) {
    assert.equal(secrets[key], expectedSecrets[key], key);
  }
  assert.equal(secrets.ticketAppData, expectedSecrets.ticketAppData);
  assert.equal(secrets.unknown, expectedSecrets.unknown);
  assert.equal(encodeSession(decoded), bytes);
});

test('carry numbers at the edges of their types', () => {
  const signed = [0, 1, -1, 127, 128, -128, -129, 255, 256, 2 ** 31 - 1, -(2 ** 31)];
  const seconds = [...signed, 2 ** 47, -(2 ** 47), 2 ** 53 - 1, -(2 ** 53) + 1];
  const bigints = [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)];
  for (const time of [...seconds, ...bigints]) {
    const bytes = encodeSession({ ...everyField(), time, timeout: time });
    assert.is(decodeSession(bytes).time, time);
    assert.is(decodeSession(bytes).timeout, time);
    assert.is(peekSession(bytes).time, time);
  }
  for (const verifyResult of signed) {
    assert.is(
      decodeSession(encodeSession({ ...everyField(), verifyResult })).verifyResult,
      verifyResult,
    );
  }
  for (const flags of [0, 127, 128, 2 ** 32, 2n ** 63n, 2n ** 64n - 1n]) {
    const bytes = encodeSession({ ...everyField(), flags, ticketLifetimeHint: flags });
    assert.is(decodeSession(bytes).flags, flags);
    assert.is(decodeSession(bytes).ticketLifetimeHint, flags);
    assert.is(peekSession(bytes).extendedMasterSecret, BigInt(flags) % 2n === 1n);
  }
  for (const maxEarlyData of [0, 127, 128, 2 ** 31, 2 ** 32 - 1]) {
    const fields = decodeSession(encodeSession({ ...everyField(), maxEarlyData }));
    assert.is(fields.maxEarlyData, maxEarlyData);
  }
});

test('tell a field that is 0 or empty from one that is absent', () => {
  const empty = new Uint8Array(0);
  const zero = { time: 0, flags: 0, verifyResult: 0, sessionIdContext: empty, hostname: empty };
  const decoded = decodeSession(encodeSession({ ...everyField(), ...zero }));
  for (const [key, value] of Object.entries(zero)) {
    assert.equal(decoded[key as keyof SessionFields], value, key);
  }
  const without = decodeSession(session());
  assert.equal(Object.keys(without), ['protocolVersion', 'cipher', 'id']);
});

test('carry lengths that take one, two, three and four bytes', () => {
  for (const length of [0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000]) {
    const secrets = new SessionSecrets({
      masterKey: new Uint8Array(0),
      ticket: new Uint8Array(length).fill(1),
    });
    const peer = der(0x30, new Uint8Array(Math.min(length, 0xffff)));
    const bytes = encodeSession({ ...everyField(), peer, secrets });
    const decoded = decodeSession(bytes, { secrets: true });
    assert.is(decoded.secrets.ticket?.length, length);
    assert.equal(decoded.peer, peer);
    assert.equal(encodeSession(decoded), bytes);
  }
});

test('carry up to 16 MiB less a byte, and refuse more', () => {
  const most = 0xffffff;
  const sized = (length: number): Uint8Array => {
    const secrets = new SessionSecrets({
      masterKey: new Uint8Array(0),
      ticket: new Uint8Array(length),
    });
    return encodeSession({ ...decodeSession(session()), secrets });
  };
  const overhead = sized(0x10000).length - 0x10000;
  const bytes = sized(most - overhead);
  assert.is(bytes.length, most);
  assert.is(peekSession(bytes).hasTicket, true);
  assertThrows(() => sized(most - overhead + 1), RangeError, /at most 16777215 bytes of session/);
  const beyond = new Uint8Array(most + 1);
  assertThrows(() => decodeSession(beyond), RangeError, /^"bytes" expected at most 16777215 bytes/);
});

test('write what OpenSSL writes', () => {
  const { secrets, ...open } = everyField();
  const { keyArg: _, unknown: __, ...known } = pickSecrets(secrets);
  // OpenSSL 3.0 has no [20] and reads certificates; compression depends on how it was built.
  const fields = {
    ...open,
    peer: undefined,
    peerRawPublicKey: undefined,
    compressionMethod: undefined,
    secrets: new SessionSecrets({ ...known, masterKey: secrets.masterKey }),
  };
  const bytes = encodeSession(fields);
  const recoded = recode(bytes);
  assert.ok(recoded, 'OpenSSL reads it');
  assert.is(hexOf(recoded), hexOf(bytes));
});

function pickSecrets(secrets: SessionSecrets) {
  const { keyArg, pskIdentity, ticket, srpUsername, ticketAppData, unknown } = secrets;
  return { keyArg, pskIdentity, ticket, srpUsername, ticketAppData, unknown };
}

test('hold no secret unless asked', () => {
  const decoded = decodeSession(encodeSession(everyField()));
  assert.is(decoded.secrets, undefined);
  for (const value of Object.values(decoded)) {
    if (!(value instanceof Uint8Array)) continue;
    // Not even by way of the memory that a field lies in.
    assert.not.ok(new Uint8Array(value.buffer).some(isSecret));
  }
  assert.not.match(inspect(decoded, { showHidden: true, depth: 9 }), /secret|identity:|a user/i);
});

test('show no secret when asked for it', () => {
  const decoded = decodeSession(encodeSession(everyField()), { secrets: true });
  const copy = { ...decoded };
  const shown = [
    inspect(decoded, { showHidden: true, getters: true, depth: 9 }),
    inspect(copy, { customInspect: false, depth: 9 }),
    JSON.stringify(decoded),
    String(decoded.secrets),
    JSON.stringify(structuredClone(decoded)),
  ];
  // 0xa1 to 0xa7 in decimal, and the two texts.
  for (const output of shown) assert.not.match(output, /\b16[1-7]\b|an identity|a user|0xa\d/);
  assert.match(inspect(decoded), /secrets: SessionSecrets \{\}/);
  // A shallow copy still has them, for who knows how to ask.
  assert.is(copy.secrets.masterKey[0], 0xa1);
});

test('wipe secrets on request', () => {
  const { secrets } = decodeSession(encodeSession(everyField()), { secrets: true });
  const held = [secrets.masterKey, secrets.ticket, secrets.unknown[0]?.content];
  secrets.wipe();
  secrets.wipe();
  for (const bytes of held) assert.ok(bytes?.every((octet) => octet === 0));
  assertThrows(() => secrets.masterKey, RangeError, /got wiped ones$/);
  assertThrows(() => encodeSession({ ...everyField(), secrets }), RangeError, /got wiped ones$/);
});

test('copy: the result does not change with the bytes', () => {
  const bytes = Buffer.from(encodeSession(everyField()));
  const decoded = decodeSession(bytes, { secrets: true });
  const again = encodeSession(decoded);
  bytes.fill(0xff);
  assert.equal(encodeSession(decoded), again);
  assert.is(Object.getPrototypeOf(decoded.id), Uint8Array.prototype, 'never a Buffer');
});

test('read views, Buffers and shared memory alike', () => {
  for (const bytes of recordedBytes) {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 7), 5, bytes.length);
    shared.set(bytes);
    const expected = decodeSession(bytes);
    for (const given of [Buffer.from(bytes), shared]) {
      assert.equal(decodeSession(given), expected);
      assert.equal(peekSession(given), peekSession(bytes));
      assert.equal(encodeSession(decodeSession(given, { secrets: true })), bytes);
    }
  }
});

test('carry the envelope, or leave it out', () => {
  for (const protocol of ['tls', 'dtls'] as const) {
    for (const servername of [
      'localhost',
      '',
      '::1',
      'bücher.example',
      '\ufeffx',
      'é'.repeat(32767),
    ]) {
      const envelope = { protocol, servername };
      const bytes = encodeSession({ ...everyField(), envelope });
      assert.equal(decodeSession(bytes).envelope, envelope);
      const peek = peekSession(bytes);
      const name = bytes.subarray(peek.servernameStart, peek.derStart);
      assert.is(Buffer.from(name).toString(), servername);
      assert.equal(bytes.subarray(peek.derStart), encodeSession(everyField()));
    }
  }
});

test('name the argument that is wrong', () => {
  const fields = everyField();
  const { secrets: _, ...open } = fields;
  const wrong: [object, RegExp][] = [
    [
      open,
      /^"fields.secrets" expected SessionSecrets: decode with \{ secrets: true \}, got undefined$/,
    ],
    [{ ...fields, secrets: { masterKey: new Uint8Array(48) } }, /^"fields.secrets"/],
    [{ ...fields, id: new Uint8Array(33) }, /^"fields.id" expected at most 32 bytes, got 33$/],
    [{ ...fields, id: 'text' }, /^"fields.id" expected Uint8Array, got string$/],
    [{ ...fields, sessionIdContext: new Uint8Array(33) }, /^"fields.sessionIdContext"/],
    [{ ...fields, protocolVersion: 0x0200 }, /^"fields.protocolVersion"/],
    [{ ...fields, cipher: 0x10000 }, /^"fields.cipher"/],
    [{ ...fields, time: 0.5 }, /^"fields.time"/],
    [{ ...fields, timeout: 2n ** 63n }, /^"fields.timeout"/],
    [{ ...fields, flags: -1 }, /^"fields.flags" expected an integer 0\.\.2\^64-1/],
    [{ ...fields, flags: 2n ** 64n }, /^"fields.flags"/],
    [{ ...fields, flags: '1' }, /^"fields.flags".*got string$/],
    [{ ...fields, verifyResult: 2 ** 31 }, /^"fields.verifyResult"/],
    [{ ...fields, kexGroup: 2 ** 32 }, /^"fields.kexGroup"/],
    [{ ...fields, compressionMethod: 256 }, /^"fields.compressionMethod"/],
    [{ ...fields, hostname: Uint8Array.of(0x61, 0) }, /^"fields.hostname".*zero byte/],
    [{ ...fields, peer: Uint8Array.of(0x30, 0x81, 0x01, 0x05) }, /^"fields.peer"/],
    [{ ...fields, peer: Uint8Array.of(0x30, 0x01) }, /^"fields.peer"/],
    [{ ...fields, peer: Uint8Array.of(0x31, 0x00) }, /^"fields.peer"/],
    [{ ...fields, envelope: 'tls' }, /^"fields.envelope" expected object, got string$/],
    [{ ...fields, envelope: { protocol: 'udp', servername: '' } }, /^"fields.envelope.protocol"/],
    [{ ...fields, envelope: { protocol: 'tls' } }, /^"fields.envelope.servername"/],
    [{ ...fields, envelope: { protocol: 'tls', servername: 'a'.repeat(65536) } }, /at most 65535/],
  ];
  for (const [given, message] of wrong) {
    assertThrows(() => encodeSession(given as never), Error, message, message.source);
  }
  for (const call of [decodeSession, peekSession]) {
    assertThrows(
      () => call('text' as never),
      TypeError,
      /^"bytes" expected Uint8Array, got string$/,
    );
  }
  assertThrows(
    () => decodeSession(session(), { secrets: 1 } as never),
    TypeError,
    /"options.secrets"/,
  );
  assertThrows(
    () => encodeSession(null as never),
    TypeError,
    /^"fields" expected object, got null$/,
  );
});

test('check what secrets are made of', () => {
  const masterKey = new Uint8Array(48);
  const content = new Uint8Array(0);
  const wrong: [object, RegExp][] = [
    [{}, /^"secrets.masterKey" expected Uint8Array, got undefined$/],
    [{ masterKey: new Uint8Array(513) }, /^"secrets.masterKey" expected at most 512 bytes/],
    [{ masterKey: 'text' }, /^"secrets.masterKey" expected Uint8Array, got string$/],
    [{ masterKey, ticket: 'text' }, /^"secrets.ticket"/],
    [{ masterKey, unknown: {} }, /^"secrets.unknown" expected array/],
    [{ masterKey, unknown: [null] }, /^"secrets.unknown\[0\]" expected object, got null$/],
    [{ masterKey, unknown: [{ tag: 20, constructed: true, content }] }, /\[0\]\.tag"/],
    [{ masterKey, unknown: [{ tag: 2 ** 28, constructed: true, content }] }, /\[0\]\.tag"/],
    [{ masterKey, unknown: [{ tag: 21, content }] }, /\[0\]\.constructed"/],
    [{ masterKey, unknown: [{ tag: 21, constructed: true }] }, /\[0\]\.content"/],
  ];
  const twice = { tag: 21, constructed: true, content };
  wrong.push([{ masterKey, unknown: [twice, twice] }, /\[1\]\.tag" expected an integer 22/]);
  for (const [given, message] of wrong) {
    assertThrows(() => new SessionSecrets(given as never), Error, message, message.source);
  }
});

test.run();
