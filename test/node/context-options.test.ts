// What sessions are filed under: all that the secure context was made of, as of when it was made.

import { constants } from 'node:crypto';
import tls from 'node:tls';
import type { SecureContextOptions, Server, TlsOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { SessionCache } from '../../bindings/index.ts';
import { attachServer } from '../../bindings/node/index.ts';
import { PolicyTracker } from '../../bindings/node/policy/policy.ts';
import { KNOWN_OPTIONS } from '../../bindings/node/policy/secure-context.ts';
import { CONTEXT_PROPERTIES } from '../../bindings/node/runtime/server.ts';
import { openssl } from '../tls/openssl.ts';
import { assertResumed, CONTEXT, type Version, withServer } from './harness.ts';
import { hexOf } from '../support/bytes.ts';

const test = suite('attachServer: options of the secure context');

const rsa = readCertificate('rsa');
const ecdsa = readCertificate('ecdsa');
const member = readCertificate('client');
const base: TlsOptions = {
  ...rsa,
  secureOptions: constants.SSL_OP_NO_TICKET,
  sessionIdContext: CONTEXT,
  requestCert: true,
  rejectUnauthorized: false,
  ca: member.cert,
};
const namespace = Buffer.from('site');

function scopeOf(options: TlsOptions, prepare?: (server: Server) => void): string {
  const server = tls.createServer(options);
  prepare?.(server);
  return hexOf(new PolicyTracker(server as never, namespace).contextFor('a.test'));
}

const differing: [string, TlsOptions][] = [
  ['cert and key', ecdsa],
  ['a further cert', { cert: [rsa.cert, ecdsa.cert], key: [rsa.key, ecdsa.key] }],
  ['ca', { ca: ecdsa.cert }],
  ['a further ca', { ca: [member.cert, ecdsa.cert] }],
  ['no ca', { ca: undefined }],
  ['an empty list of ca', { ca: [] }],
  ['ciphers', { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256' }],
  ['their @SECLEVEL', { ciphers: `${tls.DEFAULT_CIPHERS}:@SECLEVEL=0` }],
  ['sigalgs', { sigalgs: 'rsa_pss_rsae_sha256' }],
  ['ecdhCurve', { ecdhCurve: 'P-384' }],
  ['minVersion', { minVersion: 'TLSv1.3' }],
  ['maxVersion', { maxVersion: 'TLSv1.2' }],
  ['secureProtocol', { secureProtocol: 'TLSv1_2_method' }],
  ['secureOptions', { secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_TLSv1_3 }],
  ['honorCipherOrder', { honorCipherOrder: false }],
  ['dhparam', { dhparam: 'auto' }],
  ['sessionIdContext', { sessionIdContext: 'another' }],
  ['requestCert', { requestCert: false }],
  ['rejectUnauthorized', { rejectUnauthorized: true }],
];

test('each option that decides about clients or ciphers counts, alone', () => {
  const plain = scopeOf(base);
  assert.is(scopeOf(base), plain, 'and equal options come to the same');
  const seen = new Map([[plain, 'none']]);
  for (const [name, changed] of differing) {
    const scope = scopeOf({ ...base, ...changed });
    assert.not.ok(seen.has(scope), `${name} is the same as ${seen.get(scope)}`);
    seen.set(scope, name);
  }
});

test('what decides nothing does not count', () => {
  const plain = scopeOf(base);
  for (const same of [
    { ca: [member.cert] },
    { ca: member.cert.toString() },
    { ca: new DataView(Uint8Array.from(member.cert).buffer) },
    { key: rsa.key.toString(), passphrase: 'unused' },
    { key: [{ pem: rsa.key, passphrase: 'unused' }] },
    { sessionTimeout: 100 },
    { ticketKeys: Buffer.alloc(48, 5) },
    { ALPNProtocols: ['h2'] },
    { handshakeTimeout: 1000 },
  ]) {
    assert.is(scopeOf({ ...base, ...same } as TlsOptions), plain, Object.keys(same).join());
  }
});

test('without client certificates it does not matter who would be trusted', () => {
  const open = { ...base, requestCert: false };
  assert.is(scopeOf({ ...open, ca: ecdsa.cert }), scopeOf(open));
  assert.is(scopeOf({ ...open, rejectUnauthorized: true }), scopeOf(open));
  assert.not(scopeOf({ ...open, ...ecdsa }) === scopeOf(open), 'but it does who the server is');
});

test('defaults of the process count where the options name nothing', () => {
  const plain = scopeOf(base);
  const defaults = tls as unknown as Record<string, string>;
  for (const [name, value] of [
    ['DEFAULT_CIPHERS', 'ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256'],
    ['DEFAULT_ECDH_CURVE', 'P-384'],
    ['DEFAULT_MIN_VERSION', 'TLSv1.3'],
    ['DEFAULT_MAX_VERSION', 'TLSv1.2'],
  ] as const) {
    const before = defaults[name]!;
    defaults[name] = value;
    try {
      assert.not(scopeOf(base) === plain, name);
    } finally {
      defaults[name] = before;
    }
  }
  assert.is(scopeOf(base), plain);
});

const { setDefaultCACertificates, getCACertificates } = tls as {
  setDefaultCACertificates?: (certificates: string[]) => void;
  getCACertificates?: (type: string) => string[];
};

test('the authorities of the moment count, not those of later', () => {
  const trusting = { ...base, ca: undefined };
  const server = tls.createServer(trusting);
  const scope = new PolicyTracker(server as never, namespace);
  const before = hexOf(scope.contextFor('a.test'));
  if (setDefaultCACertificates === undefined || getCACertificates === undefined) {
    assert.is(process.versions.node.split('.')[0], '20', 'they can be set');
    return;
  }
  const list = [...getCACertificates('default')];
  setDefaultCACertificates([member.cert.toString()]);
  try {
    assert.is(hexOf(scope.contextFor('a.test')), before, 'the context has its authorities');
    server.addContext('other.test', { ...rsa });
    assert.is(hexOf(scope.contextFor('a.test')), before, 'also when something else has changed');
    assert.not(scopeOf(trusting) === before, 'a new context has others');
    server.setSecureContext(trusting);
    assert.not(hexOf(scope.contextFor('a.test')) === before);
  } finally {
    setDefaultCACertificates(list);
  }
});

test('options that change after they were given neither count nor fool', () => {
  const ca: (string | Buffer)[] = [Buffer.from(member.cert)];
  const given: TlsOptions = { ...base, ca };
  const server = tls.createServer(given);
  const cache = new SessionCache();
  const attached = attachServer(server, cache, { namespace, tls13: true });
  const scope = new PolicyTracker(server as never, namespace);
  const before = hexOf(scope.contextFor('a.test'));
  const scopeNow = (): string => hexOf(scope.contextFor('a.test'));
  ca.push(ecdsa.cert);
  (ca[0] as Buffer).fill(0);
  server.addContext('b.test', rsa);
  assert.is(scopeNow(), before, 'something else has changed');
  server.setSecureContext({ ...given, ca: [member.cert] });
  assert.is(scopeNow(), before, 'the same as at first');
  ca.splice(0, 2, ecdsa.cert);
  server.setSecureContext({ ...given, ca });
  const after = scopeNow();
  assert.not(after === before);
  ca[0] = member.cert;
  assert.is(scopeNow(), after);
  attached.detach();
});

/**
 * Options whose `ca` is the stranger's when it is read first, which is what Node does, and then the
 * member's.
 */
const TWO_FACED: Record<string, () => SecureContextOptions> = {
  'a getter': () => {
    let reads = 0;
    const get = (): Buffer => (reads++ === 0 ? ecdsa.cert : member.cert);
    return Object.defineProperty({ ...base }, 'ca', { get, enumerable: true, configurable: true });
  },
  'a Proxy': () => {
    let reads = 0;
    const options: Record<PropertyKey, unknown> = { ...base };
    return new Proxy(options, {
      get: (target, name) =>
        name === 'ca' ? (reads++ === 0 ? ecdsa.cert : member.cert) : target[name],
    });
  },
  'an inherited getter': () => {
    let reads = 0;
    class Options {
      get ca(): Buffer {
        return reads++ === 0 ? ecdsa.cert : member.cert;
      }
    }
    const { ca: _, ...rest } = base;
    return Object.assign(new Options(), rest);
  },
  'a list with a getter': () => {
    let reads = 0;
    const get = (): Buffer => (reads++ === 0 ? ecdsa.cert : member.cert);
    const ca = Object.defineProperty([] as Buffer[], 0, { get, enumerable: true });
    return { ...base, ca };
  },
};

for (const [what, twoFaced] of Object.entries(TWO_FACED)) {
  for (const how of ['addContext', 'setSecureContext', 'attached.setSecureContext']) {
    test(`${how}: ${what} that answers otherwise the second time changes nothing`, async () => {
      const strict = { ...base, rejectUnauthorized: true };
      const shared = { cache: new SessionCache(), attach: { namespace, tls13: true }, tls: strict };
      await withServer(shared, async (first) => {
        await withServer(shared, async ({ server, attached, connect }) => {
          if (how === 'addContext') first.server.addContext('localhost', base);
          const name = { ...member, servername: 'localhost' };
          const { session } = await first.connect(undefined, name);
          if (how === 'addContext') server.addContext('localhost', twoFaced());
          else if (how === 'setSecureContext') server.setSecureContext(twoFaced());
          else attached.setSecureContext(twoFaced());
          for (const offered of [undefined, session]) {
            const said = await connect(offered, name).then(
              (outcome) => outcome.server,
              () => undefined, // TLS 1.2 fails earlier
            );
            assert.is(said, undefined, 'the server refuses the member');
          }
        });
      });
    });
  }
}

test('a context that was refused has changed nothing', async () => {
  await withServer({ tls: base, attach: { tls13: true } }, async ({ server, connect }) => {
    const { session } = await connect(undefined, member);
    const wrong = { ...base, ca: ecdsa.cert, sessionIdContext: 'another', cert: 'no certificate' };
    assert.throws(() => server.setSecureContext(wrong));
    const { ca, cert, sessionIdContext } = server as unknown as TlsOptions;
    assert.equal([ca, cert, sessionIdContext], [member.cert, rsa.cert, CONTEXT]);
    const second = await connect(session, member);
    assertResumed(second, true);
    assert.is(second.server?.authorized, true);
  });
});

test('contexts for names count as what they were made of, if that was seen', () => {
  const scopeWith = (context: SecureContextOptions): string => {
    const server = tls.createServer(base);
    const scope = new PolicyTracker(server as never, namespace);
    server.addContext('*.test', context);
    const native = (server as never as { _contexts: [RegExp, object][] })._contexts.at(-1)![1]; // oxlint-disable-line no-underscore-dangle
    scope.noteNamed(native, context);
    return hexOf(scope.contextFor('a.test'));
  };
  const plain = scopeWith({ ...rsa, ca: member.cert });
  assert.is(scopeWith({ ...rsa, ca: member.cert }), plain);
  for (const other of [
    { ...rsa, ca: ecdsa.cert },
    { ...ecdsa, ca: member.cert },
    { ...rsa, ca: member.cert, allowPartialTrustChain: true },
  ]) {
    assert.not(scopeWith(other) === plain);
  }
  const readyMade = tls.createSecureContext({ ...rsa, ca: member.cert });
  const unknown = scopeOf(base, (server) => server.addContext('a.test', readyMade));
  assert.is(
    scopeOf(base, (server) => server.addContext('a.test', readyMade)),
    unknown,
  );
  const twin = tls.createSecureContext({ ...rsa, ca: member.cert });
  assert.not(scopeOf(base, (server) => server.addContext('a.test', twin)) === unknown);
});

test('what cannot be told stays with the one server, or the one context', async () => {
  const withPsk = { ...base, pskCallback: () => null };
  assert.not(scopeOf(withPsk) === scopeOf(withPsk), 'a pskCallback decides who is let in');
  const tlsOptions = { ...base, maxVersion: 'TLSv1.2' } as const;
  await withServer({ tls: tlsOptions }, async ({ server, connect }) => {
    const { session } = await connect(undefined, member);
    assertResumed(await connect(session, member), true);
    // As programs did before there was setSecureContext.
    const credentials = server as unknown as { _sharedCreds: object };
    credentials._sharedCreds = tls.createSecureContext({ ...tlsOptions, ca: ecdsa.cert }); // oxlint-disable-line no-underscore-dangle
    const second = await connect(session, member);
    assertResumed(second, false);
    assert.is(second.server?.authorized, false);
    const third = await connect(second.session, member);
    assertResumed(third, true);
    assert.is(third.server?.authorized, false);
  });
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as Version[]) {
  const attach = { tls13: version === 'TLSv1.3', namespace: 'site' };
  const common = { ...base, minVersion: version, maxVersion: version };

  test(`${version}: servers of one namespace share what addContext was given after they were attached`, async () => {
    const cache = new SessionCache();
    const client = { ...member, servername: 'a.test', checkServerIdentity: () => undefined };
    const tlsOptions = { ...common, ca: ecdsa.cert, rejectUnauthorized: false };
    const connectAll = async (
      one: (server: Server) => void,
      two: (server: Server) => void,
      before?: (server: Server) => void,
    ): Promise<boolean> => {
      let resumed = false;
      const prepare = before ?? ((): void => {});
      await withServer({ tls: tlsOptions, cache, attach, prepare }, (first) =>
        withServer({ tls: tlsOptions, cache, attach, prepare }, async (second) => {
          one(first.server);
          two(second.server);
          const { session, server } = await first.connect(undefined, client);
          assert.is(server?.authorized, true);
          ({ resumed } = await second.connect(session, client));
        }),
      );
      return resumed;
    };
    const trusting = (server: Server): void =>
      server.addContext('a.test', { ...rsa, ca: member.cert });
    const other = (server: Server): void => server.addContext('a.test', { ...rsa, ca: ecdsa.cert });
    assert.is(await connectAll(trusting, trusting), true);
    assert.is(await connectAll(trusting, other), false);
    const none = (): void => {};
    assert.is(await connectAll(none, none, trusting), false, 'not those of before');
  });

  test(`${version}: a session of a cipher that is offered no more does not resume`, async () => {
    const [first, second] =
      version === 'TLSv1.3'
        ? ['TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384', 'TLS_AES_256_GCM_SHA384']
        : [
            'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384',
            'ECDHE-RSA-AES256-GCM-SHA384',
          ];
    const tlsOptions = { ...common, requestCert: false, ciphers: first };
    await withServer({ tls: tlsOptions, attach }, async ({ server, connect }) => {
      const client = { ciphers: first };
      const { session } = await connect(undefined, client);
      server.setSecureContext({ ...tlsOptions, ciphers: second });
      const outcome = await connect(session, client);
      assertResumed(outcome, false);
      server.setSecureContext({ ...tlsOptions });
      assertResumed(await connect(session, client), true);
    });
  });

  test(`${version}: a client whose key is too weak for the new @SECLEVEL does not come back`, async () => {
    const weak = await makeWeak();
    const tlsOptions = { ...common, ca: weak.cert, rejectUnauthorized: true };
    const lax = 'DEFAULT:@SECLEVEL=0';
    await withServer({ tls: { ...tlsOptions, ciphers: lax }, attach }, async (running) => {
      const { server, connect, attached } = running;
      const client = { ...weak, ciphers: lax };
      const { session } = await connect(undefined, client);
      assertResumed(await connect(session, client), true);
      server.setSecureContext({ ...tlsOptions, ciphers: 'DEFAULT:@SECLEVEL=2' });
      const hits = attached.stats().hits;
      const outcome = await connect(session, client).catch((error: unknown) => error as Error);
      assert.ok(outcome instanceof Error || outcome.server === undefined, 'it was let in');
      assert.is(attached.stats().hits, hits);
    });
  });
}

/** A certificate of 1,024 bits that signs itself. */
async function makeWeak(): Promise<{ key: string; cert: string }> {
  const args = ['-newkey', 'rsa:1024', '-nodes', '-subj', '/CN=weak', '-keyout', '-'];
  const pem = await openssl(['req', '-x509', ...args]);
  const at = pem.indexOf('-----BEGIN CERTIFICATE-----');
  return { key: pem.slice(0, at), cert: pem.slice(at) };
}

test('every option that this release of Node reads has been thought of', () => {
  const { createSecureContext } = tls;
  const names = new Set<string>();
  const watch = (options: object): object =>
    new Proxy(options, {
      get(target, name, receiver) {
        if (typeof name === 'string') names.add(name);
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
  const server = tls.createServer();
  createSecureContext(watch({ ca: [] }));
  server.setSecureContext(watch({ ca: [] }));
  // What setSecureContext hands on.
  (tls as { createSecureContext: unknown }).createSecureContext = (handed: object) => {
    for (const name of Object.keys(handed)) names.add(name);
    return createSecureContext(handed);
  };
  try {
    server.setSecureContext({ ca: [] });
  } finally {
    (tls as { createSecureContext: unknown }).createSecureContext = createSecureContext;
  }
  assert.ok(names.size > 15);
  const unknown = [...names].filter((name) => !KNOWN_OPTIONS.has(name));
  assert.equal(unknown, []);
});

test('every option that setSecureContext takes is a property of the server', () => {
  const names = new Set<string>();
  const server = tls.createServer();
  const all = new Proxy(
    { ca: [] },
    {
      get(target, name, receiver) {
        if (typeof name === 'string') names.add(name);
        return Reflect.get(target, name, receiver) as unknown;
      },
    },
  );
  server.setSecureContext(all);
  const properties = new Set<string>(CONTEXT_PROPERTIES);
  assert.equal(
    [...names].filter((name) => !properties.has(name)),
    [],
  );
  for (const name of names) {
    if (name !== 'sessionTimeout' && name !== 'ticketKeys') assert.ok(name in server, name);
  }
});

test.run();
