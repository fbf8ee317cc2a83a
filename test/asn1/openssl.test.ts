// Against the openssl command: the files of s_client, and what sess_id says is in a session.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { certificatePath } from '../../examples/certificates.js';
import { openssl } from '../tls/openssl.ts';
import {
  decodePEM,
  decodeSession,
  encodePEM,
  encodeSession,
  peekSession,
  SessionSecrets,
} from '../../bindings/asn1/index.ts';
import { withSServer } from './s-server.ts';
import { everyField, plain, recordedBytes, text } from './support.ts';
import { hexOf } from '../support/bytes.ts';

const test = suite('the codec and the openssl command');

let folder: string;
/** By name as sess_id prints it. */
const ciphers = new Map<string, number>();

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sesscache-test-'));
  const table = await openssl(['ciphers', '-V', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0']);
  for (const [, high, low, name] of table.matchAll(/0x(..),0x(..) - (\S+)/g)) {
    ciphers.set(name as string, Number(`0x${high}${low}`));
  }
});
test.after(() => rm(folder, { recursive: true }));

const PROTOCOLS: Record<string, number> = { 'TLSv1.2': 0x0303, 'TLSv1.3': 0x0304 };
const PRIVATE_USE = /:\s*(\d+) \(seconds\)/;

/** Asserts that `bytes`, bare DER, decode to what `openssl sess_id -text` prints of them. */
async function assertSameAsText(bytes: Uint8Array): Promise<void> {
  const output = await openssl(['sess_id', '-inform', 'DER', '-noout', '-text'], bytes);
  const line = (label: string): string | undefined =>
    new RegExp(`^ *${label} *: ?(.*)$`, 'm').exec(output)?.[1];
  const { secrets, ...fields } = decodeSession(bytes, { secrets: true });
  const upper = (value: Uint8Array | undefined): string =>
    hexOf(value ?? new Uint8Array(0)).toUpperCase();

  assert.is(fields.protocolVersion, PROTOCOLS[line('Protocol') as string]);
  assert.is(fields.cipher, ciphers.get(line('Cipher') as string));
  assert.is(upper(fields.id), line('Session-ID'));
  assert.is(upper(fields.sessionIdContext), line('Session-ID-ctx'));
  assert.is(upper(secrets.masterKey), line('Master-Key') ?? line('Resumption PSK'));
  assert.is(text(secrets.pskIdentity) ?? 'None', line('PSK identity'));
  assert.is(text(fields.pskIdentityHint) ?? 'None', line('PSK identity hint'));
  assert.is(text(secrets.srpUsername) ?? 'None', line('SRP username'));
  const hint = PRIVATE_USE.exec(/.*lifetime hint.*/.exec(output)?.[0] ?? '')?.[1];
  assert.is(fields.ticketLifetimeHint, hint && Number(hint));
  assert.is(upper(secrets.ticket), dumped(output));
  assert.is(String(fields.time), line('Start Time'));
  assert.is(`${fields.timeout} (sec)`, line('Timeout'));
  assert.is(String(fields.verifyResult ?? 0), line('Verify return code')?.split(' ')[0]);
  assert.is(peekSession(bytes).extendedMasterSecret ? 'yes' : 'no', line('Extended master secret'));
  if (fields.protocolVersion === 0x0304) {
    assert.is(String(fields.maxEarlyData ?? 0), line('Max Early Data'));
  }

  const certificate = await openssl(['sess_id', '-inform', 'DER', '-cert'], bytes);
  assert.is(fields.peer && Buffer.from(fields.peer).toString('base64'), base64Of(certificate));
}

/** The bytes of the hex dump that sess_id prints of a ticket. */
function dumped(output: string): string {
  let bytes = '';
  for (const [, row] of output.matchAll(/^ {4}[0-9a-f]{4} - (.{47})/gm)) {
    bytes += (row as string).replace(/[\s-]/g, '');
  }
  return bytes.toUpperCase();
}

function base64Of(pem: string): string | undefined {
  return /-{5}BEGIN CERTIFICATE-{5}([^-]*)/.exec(pem)?.[1]?.replace(/\s/g, '');
}

/** Asserts everything there is to ask of a file of `s_client -sess_out`. */
async function assertFile(path: string): Promise<Uint8Array> {
  const pem = await readFile(path);
  const der = decodePEM(pem);
  assert.equal(encodePEM(der), plain(pem), 'the file, byte for byte');
  assert.equal(encodeSession(decodeSession(der, { secrets: true })), der);
  await assertSameAsText(der);
  return der;
}

/**
 * Fetches a page with s_client, and returns the path of the file it left. The page is there to wait
 * for: in TLS 1.3 the session comes after the handshake, but before it.
 */
async function sClient(port: number, ...args: string[]): Promise<string> {
  const path = join(folder, `${port}.pem`);
  const where = ['-connect', `127.0.0.1:${port}`, '-servername', 'localhost', '-sess_out', path];
  const request = Buffer.from('GET / HTTP/1.0\r\n\r\n');
  await openssl(['s_client', '-ign_eof', ...where, ...args], request);
  return path;
}

const pair = (name: string): string[] => [
  '-cert',
  certificatePath(`${name}.cert.pem`),
  '-key',
  certificatePath(`${name}.key.pem`),
];

for (const version of ['-tls1_2', '-tls1_3']) {
  for (const certificate of ['rsa', 'ecdsa']) {
    for (const client of [false, true]) {
      const showing = client ? 'with' : 'without';
      test(`agree on the file of s_client ${version}, ${certificate}, ${showing} certificate`, async () => {
        const verify = client ? ['-Verify', '1'] : [];
        await withSServer([...pair(certificate), ...verify], async (port) => {
          const der = await assertFile(
            await sClient(port, version, ...(client ? pair('client') : [])),
          );
          const { peer, verifyResult, secrets } = decodeSession(der, { secrets: true });
          assert.ok(peer);
          assert.is(verifyResult, 18); // self-signed, and s_client goes on all the same
          assert.ok(secrets.ticket);
        });
      });
    }
  }
}

test('agree on a session with a fragment length, early data and a protocol', async () => {
  const server = [...pair('ecdsa'), '-max_early_data', '12345', '-alpn', 'h2'];
  await withSServer(server, async (port) => {
    const args = ['-tls1_3', '-maxfraglen', '1024', '-alpn', 'h2'];
    const fields = decodeSession(await assertFile(await sClient(port, ...args)));
    assert.is(fields.maxEarlyData, 12345);
    assert.is(text(fields.alpn), 'h2');
    assert.is(fields.maxFragmentLengthMode, 2);
  });
});

test('agree on a session with a server name', async () => {
  const [cert, key] = ['rsa.cert.pem', 'rsa.key.pem'].map(certificatePath);
  const named = ['-servername', 'localhost', '-cert2', `${cert}`, '-key2', `${key}`];
  await withSServer([...pair('ecdsa'), ...named], async (port) => {
    const fields = decodeSession(await assertFile(await sClient(port)));
    assert.is(text(fields.hostname), 'localhost');
  });
});

test('agree on a session with a pre-shared key', async () => {
  const server = ['-nocert', '-psk', '0badcafe', '-psk_hint', 'a hint', '-tls1_2'];
  await withSServer(server, async (port) => {
    const args = ['-tls1_2', '-psk', '0badcafe', '-psk_identity', 'client', '-cipher', 'PSK'];
    const der = await assertFile(await sClient(port, ...args));
    const { secrets, peer, pskIdentityHint } = decodeSession(der, { secrets: true });
    assert.is(text(secrets.pskIdentity), 'client');
    assert.is(text(pskIdentityHint), 'a hint');
    assert.is(peer, undefined);
  });
});

test('agree on every session of the recordings', async () => {
  for (const bytes of recordedBytes) {
    await assertSameAsText(bytes.subarray(peekSession(bytes).derStart));
  }
});

test('agree on a session made up of every field that OpenSSL 3.0 prints', async () => {
  const { secrets, ...fields } = everyField();
  const { masterKey, pskIdentity, ticket, srpUsername } = secrets;
  const made = encodeSession({
    ...fields,
    peer: undefined,
    peerRawPublicKey: undefined,
    compressionMethod: undefined,
    secrets: new SessionSecrets({ masterKey, pskIdentity, ticket, srpUsername }),
  });
  await assertSameAsText(made);
  const pem = encodePEM(made);
  const again = await openssl(['sess_id', '-outform', 'PEM'], pem);
  assert.is(again, text(pem));
});

test.run();
