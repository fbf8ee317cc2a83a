import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeSession, encodeSession, peekSession } from '../../bindings/asn1/index.ts';
import { plain, recordings, text } from './support.ts';
import { makeSessions, SESSION_ID_CONTEXT } from './sessions.js';
import type { RealSession } from './real-session.ts';
import { hexOf } from '../support/bytes.ts';

const test = suite('sessions of Node');

const CIPHERS: Record<string, number> = {
  TLS_AES_256_GCM_SHA384: 0x1302,
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02b,
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 0xc02c,
};
/** Releases that put an envelope around a client's session. */
const ENVELOPE: Record<string, boolean> = { 20: false, 22: true, 24: true, 26: true };

const major = (version: string): string => /^v(\d+)\./.exec(version)?.[1] ?? '';

test('were recorded on 20, 22, 24 and 26, at servers and clients, in TLS 1.2 and 1.3', () => {
  assert.equal(
    recordings.map(({ version }) => major(version)),
    Object.keys(ENVELOPE),
  );
  for (const { sessions } of recordings) {
    const kinds = new Set(
      sessions.map((it) => [it.side, it.protocol, it.clientCertificate].join()),
    );
    assert.is(kinds.size, 8);
  }
});

for (const { version, sessions } of recordings) {
  test(`of ${version} say what Node said of them`, () => {
    for (const real of sessions) assertFacts(real, ENVELOPE[major(version)]);
  });
}

test('made now say what Node says of them', async () => {
  const sessions = await makeSessions();
  assert.is(sessions.length, 14);
  for (const real of sessions) assertFacts(real);
});

/** Without `envelope`, there may be one around a client's session or not. */
function assertFacts(real: RealSession, envelope?: boolean): void {
  const title = [real.side, real.protocol, real.clientCertificate, real.tickets].join();
  const bytes = plain(Buffer.from(real.bytes, 'base64'));
  const fields = decodeSession(bytes, { secrets: true });
  assert.equal(encodeSession(fields), bytes, title);

  const isClient = real.side === 'client';
  const tls13 = real.protocol === 'TLSv1.3';
  assert.is(fields.protocolVersion, tls13 ? 0x0304 : 0x0303, title);
  assert.is(fields.cipher, CIPHERS[real.cipher], title);
  if (real.id) assert.is(hexOf(fields.id), real.id, title);
  assert.is(text(fields.sessionIdContext), isClient ? '' : SESSION_ID_CONTEXT, title);
  assert.is(Buffer.from(fields.peer ?? []).toString('base64'), real.peer, title);
  assert.is(text(fields.alpn) ?? '', real.alpn, title);
  assert.ok(Math.abs(Number(fields.time) - real.seconds) < 60, title);
  assert.is(fields.timeout, 7200, title);
  assert.is(fields.verifyResult, undefined, title);
  assert.is(fields.secrets.masterKey.length, 48, title);
  assert.is(fields.secrets.unknown.length, 0, title);
  if (real.ticket)
    assert.is(Buffer.from(fields.secrets.ticket ?? []).toString('base64'), real.ticket);
  assert.is(fields.secrets.ticket !== undefined, isClient && (tls13 || real.tickets), title);
  assert.is((Number(fields.flags ?? 0) & 1) === 1, !tls13, title); // TLS 1.3 needs no such flag
  assert.is((fields.ticketAgeAdd ?? 0) > 0, tls13, title);
  if (envelope !== undefined) assert.is(fields.envelope !== undefined, envelope && isClient, title);
  if (fields.envelope) assert.equal(fields.envelope, { protocol: 'tls', servername: 'localhost' });
  assertPeek(bytes, title);
}

function assertPeek(bytes: Uint8Array, title: string): void {
  const fields = decodeSession(bytes, { secrets: true });
  const peek = peekSession(bytes);
  assert.is(peek.protocolVersion, fields.protocolVersion, title);
  assert.is(peek.cipher, fields.cipher, title);
  assert.equal(bytes.subarray(peek.idStart, peek.idEnd), fields.id, title);
  const context = bytes.subarray(peek.contextStart, peek.contextEnd);
  assert.equal(context, fields.sessionIdContext, title);
  assert.is(peek.time, fields.time, title);
  assert.is(peek.timeout, fields.timeout, title);
  assert.is(peek.ticketLifetimeHint, fields.ticketLifetimeHint, title);
  assert.is(peek.hasPeer, fields.peer !== undefined, title);
  assert.is(peek.hasTicket, fields.secrets.ticket !== undefined, title);
  assert.is(peek.flags, fields.flags ?? 0, title);
  assert.is(peek.extendedMasterSecret, fields.flags === 1, title);
  const servername = bytes.subarray(peek.servernameStart, peek.derStart);
  assert.is(text(servername), fields.envelope?.servername ?? '', title);
  const inner = encodeSession({ ...fields, envelope: undefined });
  assert.equal(bytes.subarray(peek.derStart), inner, title);
}

test.run();
