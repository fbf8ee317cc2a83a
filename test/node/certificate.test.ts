// When certificates end, read by hand, beside what node:crypto says.

import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { certificatePath, readCertificate } from '../../examples/certificates.js';
import { notAfter } from '../../bindings/node/certificates/certificate.ts';
import { openssl } from '../tls/openssl.ts';

const test = suite('the end of a certificate');

const derOf = (pem: string | Buffer): Uint8Array => new X509Certificate(pem).raw;
const endOf = (der: Uint8Array): number => Date.parse(new X509Certificate(der).validTo) / 1000;

test('is what node:crypto says', () => {
  for (const name of ['rsa', 'ecdsa', 'client'] as const) {
    const der = derOf(readCertificate(name).cert);
    assert.is(notAfter(der, 0, der.length), endOf(der));
    const within = Buffer.concat([Buffer.alloc(7), der, Buffer.alloc(9)]);
    assert.is(notAfter(within, 7, 7 + der.length), endOf(der));
  }
});

test('is so with either form of the time, and in a certificate of version 1', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sesscache-test-'));
  try {
    for (const days of ['1', '5000', '20000']) {
      const [request, out] = [join(folder, 'request.pem'), join(folder, 'out.pem')];
      const key = certificatePath('ecdsa.key.pem');
      await openssl(['req', '-new', '-key', key, '-subj', '/CN=one', '-out', request]);
      await openssl(['x509', '-req', '-in', request, '-signkey', key, '-days', days, '-out', out]);
      const der = derOf(await readFile(out));
      assert.is(notAfter(der, 0, der.length), endOf(der), `${days} days`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('is nothing where there is none, whatever is cut off or spoilt', () => {
  const der = derOf(readCertificate('client').cert);
  const end = endOf(der);
  assert.ok(Number.isNaN(notAfter(der, 0, 0)));
  let unread = 0;
  for (let length = 0; length < der.length; length++) {
    const found = notAfter(der.subarray(0, length), 0, length);
    assert.ok(Number.isNaN(found), `${length} bytes`);
  }
  for (let at = 0; at < der.length; at++) {
    const spoilt = new Uint8Array(der);
    spoilt[at] = (spoilt[at] as number) ^ 0x40;
    const found = notAfter(spoilt, 0, spoilt.length);
    if (Number.isNaN(found)) unread++;
    else assert.ok(found === end || at < 200, `byte ${at}`);
  }
  assert.ok(unread > 15);
});

test.run();
