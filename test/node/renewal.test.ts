// A running server is given another secure context: what that turns on or drops is said, and
// `attached.setSecureContext` keeps what is not given.

import { execFile } from 'node:child_process';
import { constants } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import tls from 'node:tls';
import type { ConnectionOptions, SecureContextOptions, TlsOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { certificatePath, readCertificate } from '../../examples/certificates.js';
import { SessionCache } from '../../bindings/index.ts';
import { attachServer } from '../../bindings/node/index.ts';
import type { AttachOptions } from '../../bindings/node/index.ts';
import { assertResumed, connectTls, CONTEXT, makeServer, type Version, withServer } from './harness.ts'; // prettier-ignore

const test = suite('attachServer: another secure context');

const renewed = readCertificate('ecdsa');
const { SSL_OP_NO_TICKET } = constants;

/** Codes of the warnings that `use` causes. */
async function codesOf(use: () => unknown): Promise<string[]> {
  const codes: string[] = [];
  const note = (warning: Error & { code?: string }): void => {
    if (warning.name === 'SesscacheWarning') codes.push(String(warning.code));
  };
  process.on('warning', note);
  try {
    await use();
    await turn();
  } finally {
    process.off('warning', note);
  }
  return codes;
}

const changes: [string, TlsOptions, AttachOptions, SecureContextOptions, string[]][] = [
  ['key and cert alone', {}, { tls13: true }, renewed, ['SESSCACHE_TICKETS', 'SESSCACHE_CONTEXT']],
  [
    'with what keeps them',
    {},
    { tls13: true },
    { ...renewed, secureOptions: SSL_OP_NO_TICKET, sessionIdContext: CONTEXT },
    [],
  ],
  [
    'without the context',
    {},
    { tls13: true },
    { ...renewed, secureOptions: SSL_OP_NO_TICKET },
    ['SESSCACHE_CONTEXT'],
  ],
  [
    'TLS 1.3 is on again',
    { maxVersion: 'TLSv1.2' },
    {},
    { ...renewed, secureOptions: SSL_OP_NO_TICKET, sessionIdContext: CONTEXT },
    ['SESSCACHE_TLS13'],
  ],
  [
    'TLS 1.3 is off',
    {},
    { tls13: true },
    { ...renewed, secureOptions: SSL_OP_NO_TICKET, sessionIdContext: CONTEXT, maxVersion: 'TLSv1.2' }, // prettier-ignore
    ['SESSCACHE_NO_TLS13'],
  ],
];

for (const [name, options, attach, change, expected] of changes) {
  test(`setSecureContext, ${name}: ${expected.join(' and ') || 'no warning'}`, async () => {
    for (const kind of ['tls', 'https', 'http2'] as const) {
      const server = makeServer(kind, options);
      const attached = attachServer(server, new SessionCache(), attach);
      assert.equal(await codesOf(() => server.setSecureContext(change)), expected, kind);
      assert.equal(await codesOf(() => server.setSecureContext(change)), [], 'said once');
      attached.detach();
      assert.not.ok(
        Object.hasOwn(server, 'setSecureContext') || Object.hasOwn(server, 'addContext'),
      );
      assert.equal(await codesOf(() => server.setSecureContext(renewed)), []);
    }
  });
}

test('a change that passes by the server is noticed with the next connection', async () => {
  await withServer({ attach: { tls13: true } }, async ({ server, connect }) => {
    const { session } = await connect();
    tls.Server.prototype.setSecureContext.call(server, renewed);
    const codes = await codesOf(async () => assertResumed(await connect(session), false));
    assert.equal(codes, ['SESSCACHE_TICKETS', 'SESSCACHE_CONTEXT']);
  });
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as Version[]) {
  test(`${version}: a certificate that attached.setSecureContext renews turns nothing else on`, async () => {
    const attach = { tls13: version === 'TLSv1.3' };
    const options = { maxVersion: version, ciphers: `${tls.DEFAULT_CIPHERS}:@SECLEVEL=1` };
    await withServer({ tls: options, attach }, async ({ server, connect, attached, cache }) => {
      const before = await connect();
      const codes = await codesOf(() => attached.setSecureContext(renewed));
      assert.equal(codes, []);
      const properties = server as unknown as TlsOptions;
      assert.equal(
        [properties.secureOptions, properties.sessionIdContext, properties.ciphers],
        [SSL_OP_NO_TICKET, CONTEXT, options.ciphers],
      );
      assertResumed(await connect(before.session), false);
      const { session } = await connect();
      const second = await connect(session);
      assertResumed(second, true);
      cache.flushSessions(0);
      assertResumed(await connect(second.session), false);
    });
  });
}

test('attached.setSecureContext: absent is as before, null is none, and forms replace each other', async () => {
  const rsa = readCertificate('rsa');
  const pfx = await makePfx();
  const server = tls.createServer({
    ...rsa,
    passphrase: 'unused',
    ca: readCertificate('client').cert,
    secureOptions: SSL_OP_NO_TICKET,
    sessionIdContext: CONTEXT,
    minVersion: 'TLSv1.3',
    sigalgs: 'ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256',
    honorCipherOrder: false,
  });
  const attached = attachServer(server, new SessionCache(), { tls13: true });
  const properties = server as unknown as TlsOptions & { honorCipherOrder: boolean };
  attached.setSecureContext({ ca: undefined, sigalgs: null as never });
  assert.equal([properties.ca, properties.sigalgs], [readCertificate('client').cert, null]);
  assert.equal([properties.honorCipherOrder, properties.key], [false, rsa.key]);
  attached.setSecureContext({ pfx, passphrase: 'x' });
  assert.equal([properties.pfx, properties.key, properties.cert], [pfx, undefined, undefined]);
  assert.is(properties.passphrase, 'x');
  attached.setSecureContext(renewed);
  assert.equal([properties.pfx, properties.key, properties.passphrase], [undefined, renewed.key, undefined]); // prettier-ignore
  attached.setSecureContext({ secureProtocol: 'TLS_method' });
  assert.equal([properties.minVersion, properties.secureProtocol], [undefined, 'TLS_method']);
  attached.setSecureContext({ maxVersion: 'TLSv1.3' });
  assert.equal([properties.maxVersion, properties.secureProtocol], ['TLSv1.3', undefined]);
  assert.is(properties.sessionIdContext, CONTEXT);
  for (const wrong of [{ cert: 'none' }, { ciphers: 'NONE' }, { minVersion: 'TLSv9' as never }]) {
    assert.throws(() => attached.setSecureContext(wrong));
    assert.equal([properties.cert, properties.minVersion], [renewed.cert, undefined]);
  }
  assert.throws(() => attached.setSecureContext(5 as never), /"options" expected object/);
  attached.detach();
});

function makePfx(): Promise<Buffer> {
  const [cert, key] = ['rsa.cert.pem', 'rsa.key.pem'].map(certificatePath) as [string, string];
  const args = ['-in', cert, '-inkey', key, '-passout', 'pass:x', '-out', '-', '-keypbe', 'AES-256-CBC', '-certpbe', 'AES-256-CBC']; // prettier-ignore
  return new Promise((resolve, reject) => {
    execFile('openssl', ['pkcs12', '-export', ...args], { encoding: 'buffer' }, (error, output) => {
      if (error) reject(error);
      else resolve(output);
    });
  });
}

const defaults = tls as unknown as { DEFAULT_MIN_VERSION: string; DEFAULT_MAX_VERSION: string };
const decided: [string, Partial<typeof defaults>, TlsOptions, ConnectionOptions][] = [
  ['tls.DEFAULT_MAX_VERSION', { DEFAULT_MAX_VERSION: 'TLSv1.2' }, {}, {}],
  ["secureProtocol 'SSLv23_method'", {}, { secureProtocol: 'SSLv23_method' }, {}],
  ["secureProtocol 'TLSv1_2_server_method'", {}, { secureProtocol: 'TLSv1_2_server_method' }, {}],
  ['SSL_OP_NO_TLSv1_3', {}, { secureOptions: SSL_OP_NO_TICKET | constants.SSL_OP_NO_TLSv1_3 }, {}],
  [
    'tls.DEFAULT_MIN_VERSION',
    { DEFAULT_MIN_VERSION: 'TLSv1' },
    { ciphers: 'DEFAULT@SECLEVEL=0' },
    { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
  ],
  ['ciphers of TLS 1.3 alone', {}, { ciphers: 'TLS_AES_128_GCM_SHA256' }, {}],
];

for (const [name, changed, options, client] of decided) {
  test(`versions that are decided elsewhere: ${name}`, async () => {
    const { DEFAULT_MIN_VERSION, DEFAULT_MAX_VERSION } = defaults;
    const tls13 = /alone|MIN/.test(name);
    const resumed: boolean[] = [];
    Object.assign(defaults, changed);
    const server = makeServer('tls', options);
    Object.assign(defaults, { DEFAULT_MIN_VERSION, DEFAULT_MAX_VERSION });
    const codes = await codesOf(async () => {
      const attached = attachServer(server, new SessionCache(), { tls13 });
      const port = await new Promise<number>((resolve) => {
        server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
      });
      let session: Buffer | undefined;
      for (let i = 0; i < 3; i++) {
        const outcome = await connectTls(port, session, client);
        session = outcome.session;
        resumed.push(outcome.resumed);
      }
      attached.detach();
      server.close();
    });
    assert.equal(resumed, [false, true, true]);
    assert.equal(codes, [], 'and nothing false is said');
  });
}

test('the versions are looked at again when the context changes', async () => {
  await withServer({ tls: { maxVersion: 'TLSv1.2' } }, async ({ connect, attached }) => {
    await codesOf(() => attached.setSecureContext({ maxVersion: 'TLSv1.3' }));
    const { session } = await connect();
    await connect(session);
    assert.is(attached.stats().skipped.tls13, 2);
    attached.setSecureContext({ maxVersion: 'TLSv1.2' });
    const third = await connect();
    assertResumed(await connect(third.session), true);
  });
});

test.run();
