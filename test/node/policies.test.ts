// Sessions must not outlive the policy under which their client was let in.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { certificatePath, readCertificate } from '../../examples/certificates.js';
import { SessionCache } from '../../bindings/index.ts';
import { openssl } from '../tls/openssl.ts';
import { assertResumed, CONTEXT, type Running, withServer } from './harness.ts';
import { VERSIONS } from '../support/versions.ts';

const test = suite('attachServer: sessions and the policy they were made under');

const member = readCertificate('client');

let folder: string;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sesscache-test-'));
});
test.after(() => rm(folder, { recursive: true }));

/** Asserts that a server rejects that certificate, whatever session the client offers. */
async function assertRefused(
  { connect, attached }: Running,
  session: Buffer,
  client: ConnectionOptions,
): Promise<void> {
  const hits = attached.stats().hits;
  const outcome = await connect(session, client).catch((error: unknown) => error as Error);
  assert.ok(outcome instanceof Error || outcome.server === undefined, 'it was let in');
  assert.is(attached.stats().hits, hits);
}

for (const version of VERSIONS) {
  const common = { maxVersion: version, requestCert: true, rejectUnauthorized: true };
  const attach = { tls13: version === 'TLSv1.3' };

  test(`${version}: authorities replaced within the same array`, async () => {
    const ca: (string | Buffer)[] = [member.cert];
    const successor = await makeCertificate(1);
    await withServer({ tls: { ...common, ca }, attach }, async (running) => {
      const { session } = await running.connect(undefined, member);
      ca[0] = successor.cert;
      const { server } = running;
      server.setSecureContext({
        ...readCertificate('rsa'),
        ...common,
        ca,
        secureOptions: (server as { secureOptions?: number }).secureOptions,
        sessionIdContext: CONTEXT,
      });
      await assertRefused(running, session, member);
      assert.is((await running.connect(undefined, successor)).server?.authorized, true);
    });
  });

  test(`${version}: the same options once more keep the sessions`, async () => {
    await withServer({ tls: { ...common, ca: [member.cert] }, attach }, async (running) => {
      const { session } = await running.connect(undefined, member);
      const { server } = running;
      server.setSecureContext({
        key: readCertificate('rsa').key.toString(),
        cert: [readCertificate('rsa').cert],
        ...common,
        ca: member.cert.toString(),
        secureOptions: (server as { secureOptions?: number }).secureOptions,
        sessionIdContext: CONTEXT,
      });
      assertResumed(await running.connect(session, member), true);
    });
  });

  test(`${version}: authorities that come in a pfx`, async () => {
    const inNamespace = { ...attach, namespace: 'site' };
    const [mine, theirs] = await Promise.all([pfxWith('client'), pfxWith('ecdsa')]);
    const cache = new SessionCache();
    const tls = (pfx: Buffer) => ({ ...common, key: undefined, cert: undefined, pfx });
    await withServer({ cache, tls: tls(mine), attach: inNamespace }, (one) =>
      withServer({ cache, tls: tls(theirs), attach: inNamespace }, async (two) => {
        const { session, server } = await one.connect(undefined, member);
        assert.is(server?.authorized, true);
        await assertRefused(two, session, member);
      }),
    );
  });

  test(`${version}: a session ends with the certificate of its client`, async () => {
    const passing = await makeCertificate(1);
    let days = 0;
    const cache = new SessionCache({
      timeout: 300_000,
      maxLifetime: { tls12: 600_000, tls13: 600_000 },
      now: () => Math.floor(Date.now() / 1000) + days * 86_400,
    });
    const tls = { ...common, ca: [passing.cert, member.cert], sessionTimeout: 300_000 };
    await withServer({ cache, tls, attach: { ...attach, reuse: true } }, async ({ connect }) => {
      const [short, long] = await Promise.all([
        connect(undefined, passing),
        connect(undefined, member),
      ]);
      assertResumed(await connect(short.session, passing), true);
      days = 2;
      assertResumed(await connect(short.session, passing), false);
      assertResumed(await connect(long.session, member), true);
    });
  });
}

/** The server's certificate with one more, which a server then trusts, in one file. */
async function pfxWith(authority: string): Promise<Buffer> {
  const path = join(folder, `${authority}.pfx`);
  const [cert, key] = ['rsa.cert.pem', 'rsa.key.pem'].map(certificatePath) as [string, string];
  const more = certificatePath(`${authority}.cert.pem`);
  const args = ['-in', cert, '-inkey', key, '-certfile', more, '-passout', 'pass:', '-out', path];
  await openssl(['pkcs12', '-export', ...args]);
  return readFile(path);
}

/** A certificate that signs itself, good for so many days. */
async function makeCertificate(days: number): Promise<{ key: string; cert: string }> {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const args = ['-subj', '/CN=passing', '-days', String(days), '-keyout', '-'];
  const pem = await openssl(['req', '-x509', ...curve, ...args]);
  const at = pem.indexOf('-----BEGIN CERTIFICATE-----');
  return { key: pem.slice(0, at), cert: pem.slice(at) };
}

/** What a server's sessions are filed under, in a process of its own. */
async function scopeOf(
  extra: string | undefined,
  args: string[] = [],
  flags: string[] = [],
): Promise<string> {
  const probe = fileURLToPath(new URL('scope-of.ts', import.meta.url));
  const NODE_EXTRA_CA_CERTS =
    extra === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificatePath(`${extra}.cert.pem`) };
  const options = { env: { ...process.env, ...NODE_EXTRA_CA_CERTS } };
  const node = [...flags, '--no-warnings', '--import', 'tsx', probe, ...args];
  return (await promisify(execFile)(process.execPath, node, options)).stdout.trim();
}

test('where the default authorities cannot be known, sessions stay with the one server', async () => {
  const flags = ['--use-openssl-ca'];
  const named = [certificatePath('client.cert.pem')];
  const [one, two, own, ownToo] = await Promise.all([
    scopeOf(undefined, [], flags),
    scopeOf(undefined, [], flags),
    scopeOf(undefined, named, flags),
    scopeOf(undefined, named, flags),
  ]);
  assert.not(one === two);
  assert.is(own, ownToo, 'unless the server names its own');
});

test('authorities that a process trusts by default are told apart, unless the server names its own', async () => {
  const [plain, again, rsa, ecdsa, named, namedToo] = await Promise.all([
    scopeOf(undefined),
    scopeOf(undefined),
    scopeOf('rsa'),
    scopeOf('ecdsa'),
    scopeOf('rsa', [certificatePath('client.cert.pem')]),
    scopeOf('ecdsa', [certificatePath('client.cert.pem')]),
  ]);
  assert.match(plain, /^[0-9a-f]{64}$/);
  assert.is(again, plain);
  assert.is(new Set([plain, rsa, ecdsa, named]).size, 4);
  assert.is(namedToo, named);
});

test.run();
