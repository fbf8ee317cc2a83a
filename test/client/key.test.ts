import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { keyOf } from '../../bindings/client/key/key.ts';
import { sessionKey } from '../../bindings/client/index.ts';
import { copyOptions } from '../../bindings/client/key/tls-options.ts';
import { run } from '../support/commands.ts';

const test = suite('the key of a connection');

const { cert, key } = readCertificate('rsa');
const base = { host: 'example.org', port: 443, servername: 'example.org', ca: cert };

const keyText = (options: object): string => Buffer.from(sessionKey(options)!).toString('hex');

test('is 32 bytes, the same for the same options in any order', () => {
  const result = sessionKey(base)!;
  assert.instance(result, Uint8Array);
  assert.is(result.length, 32);
  const turned = Object.fromEntries(Object.entries(base).toReversed());
  assert.is(keyText(turned), keyText({ ...base }));
  assert.is(keyText({ ...base, ca: Buffer.from(cert) }), keyText(base), 'a copy of the bytes');
  assert.is(keyText({ ...base, port: '443' }), keyText(base), 'a port is a port');
  assert.is(keyText({ ...base, crl: undefined }), keyText(base), 'undefined is as if absent');
});

test('differs with every option that decides about trust or about the identity of the client', () => {
  const changes: Record<string, unknown> = {
    ALPNProtocols: ['h2'],
    allowPartialTrustChain: true,
    ca: [cert, cert],
    cert,
    checkServerIdentity: () => undefined,
    ciphers: 'TLS_AES_128_GCM_SHA256',
    clientCertEngine: 'engine',
    crl: 'a list',
    dhparam: 'auto',
    ecdhCurve: 'P-256',
    family: 4,
    honorCipherOrder: true,
    hop: 'proxy',
    host: 'example.net',
    key,
    localAddress: '127.0.0.1',
    lookup: () => {},
    maxVersion: 'TLSv1.2',
    minDHSize: 2048,
    minVersion: 'TLSv1.3',
    path: '/run/socket',
    pfx: Buffer.of(1),
    port: 444,
    privateKeyEngine: 'engine',
    privateKeyIdentifier: 'id',
    rejectUnauthorized: false,
    secureContext: tls.createSecureContext(),
    secureOptions: 1,
    secureProtocol: 'TLSv1_2_method',
    servername: 'example.net',
    sessionIdContext: 'x',
    sigalgs: 'ed25519',
    socket: new Duplex(),
  };
  const seen = new Map([[keyText(base), 'base']]);
  for (const [name, value] of Object.entries(changes)) {
    const text = keyText({ ...base, [name]: value });
    assert.is(seen.get(text), undefined, name);
    seen.set(text, name);
  }
});

test('tells values apart that look alike', () => {
  const alike: [object, object][] = [
    [{ ca: 'ab' }, { ca: ['a', 'b'] }],
    [{ ca: ['ab', 'c'] }, { ca: ['a', 'bc'] }],
    [{ ca: [['a'], 'b'] }, { ca: ['a', ['b']] }],
    [
      { cert: 'x', key: 'y' },
      { cert: 'xkey', key: 'y' },
    ],
    [{ cert: 'x' }, { key: 'x' }],
    [{ secureOptions: 1 }, { secureOptions: '1' }],
    [{ secureOptions: 1 }, { secureOptions: true }],
    [{ servername: '\ud800' }, { servername: '\ufffd' }],
    [{ ca: Buffer.from('a') }, { ca: 'a' }],
    [{ key: [{ pem: 'a' }] }, { key: [{ pem: 'b' }] }],
    [{ key: [{ pem: '' }] }, { key: [] }],
    [{ cert: 'a'.repeat(99) }, { cert: Buffer.from('a'.repeat(99)) }],
    [{ cert: Buffer.alloc(99, 1) }, { cert: Buffer.alloc(99, 2) }],
    [{ key: [{ pem: 'a' }, { pem: 'b' }] }, { key: [{ pem: 'ab' }] }],
    [{ pfx: [{ buf: Buffer.of(1) }] }, { pfx: [{ buf: Buffer.of(2) }] }],
    [{ ALPNProtocols: ['ab'] }, { ALPNProtocols: ['a', 'b'] }],
    [{ path: '/run/socket' }, { path: '/run/socket', host: 'example.net' }],
    [
      { path: '/run/socket', servername: '', host: 'example.net' },
      { path: '/run/socket', servername: '' },
    ],
  ];
  for (const [one, other] of alike) {
    assert.is.not(keyText(one), keyText(other), `${JSON.stringify(one)} ${JSON.stringify(other)}`);
  }
});

test('is the same whatever does not matter', () => {
  const harmless = {
    agent: new Map(),
    allowHalfOpen: true,
    anOptionOfNoRelease: 'x',
    callback: () => {},
    clientId: Math.random().toString(),
    cookies: new Map([[1, 2]]),
    started: new Date(),
    perMessageDeflate: { threshold: 1024 },
    [Symbol('of a library')]: new WeakMap(),
    headers: { a: '1' },
    highWaterMark: 1,
    keepAlive: true,
    method: 'POST',
    onread: { buffer: Buffer.alloc(1), callback: () => true },
    passphrase: 'secret',
    sessions: {},
    signal: AbortSignal.timeout(1),
    timeout: 5,
  };
  assert.is(keyText({ ...base, ...harmless }), keyText(base));
  const locked = (passphrase: string): object => ({ ...base, key: [{ pem: key, passphrase }] });
  assert.is(
    keyText(locked('one')),
    keyText(locked('two')),
    'what opens a key is not in the digest',
  );
});

test('does not exist where the policy cannot be expressed, and says because of what', () => {
  const cases: [object, string][] = [
    [{ pskCallback: () => null }, 'pskCallback'],
    [{ requestOCSP: true }, 'requestOCSP'],
    [{ session: Buffer.alloc(1) }, 'session'],
    [{ isServer: true }, 'isServer'],
    [{ ca: new Map() }, 'ca'],
    [{ ca: [{}] }, 'ca'],
    [{ key: [new Map()] }, 'key'],
    [{ key: [{ pem: () => 'x' }] }, 'key'],
    [{ key: { pem: 'x' } }, 'key'],
    [{ crl: {} }, 'crl'],
    [{ servername: new String('x') }, 'servername'],
    [{ socket: {}, port: undefined }, 'socket'],
    [{ socket: {}, host: undefined, servername: undefined }, 'socket'],
  ];
  for (const [more, blockingOption] of cases) {
    assert.is(sessionKey({ ...base, ...more }), undefined, blockingOption);
    assert.equal(keyOf({ ...base, ...more }), { blockingOption });
  }
  const off = { pskCallback: undefined, requestOCSP: false, session: null, socket: null };
  assert.ok(sessionKey({ ...base, ...off } as object), 'set to nothing, they are no obstacle');
});

test('takes own enumerable options alone, as tls.connect does', () => {
  const inherited = Object.assign(
    Object.create({ rejectUnauthorized: false, ca: 'x' }) as object,
    base,
  );
  const hidden = Object.defineProperty({ ...base }, 'cert', { value: cert, enumerable: false });
  const bare = Object.assign(Object.create(null) as object, base);
  for (const options of [
    inherited,
    hidden,
    bare,
    Object.freeze({ ...base }),
    new Proxy(base, {}),
  ]) {
    assert.is(keyText(options), keyText(base));
  }
});

test('sees what a program has put into every object, as tls.connect does', () => {
  const everyObject = Object.prototype as unknown as Record<string, unknown>;
  const before = keyText(base);
  for (const [name, value] of [
    ['crl', 'x'],
    ['allowPartialTrustChain', true],
  ] as const) {
    everyObject[name] = value;
    try {
      assert.is.not(keyText(base), before, name);
    } finally {
      delete everyObject[name];
    }
  }
});

test('follows bytes that change in place', () => {
  const bytes = Buffer.from(cert);
  const before = keyText({ ...base, ca: bytes });
  bytes[100]! ^= 1;
  const changed = keyText({ ...base, ca: bytes });
  assert.is.not(changed, before);
  bytes[100]! ^= 1;
  assert.is(keyText({ ...base, ca: bytes }), before);
});

test('has of keys and pfx what Node reads of them, whatever else they are', () => {
  const disguised = (pem: string): object => Object.assign(Buffer.from('shown'), { pem });
  assert.is.not(keyText({ key: [disguised('one')] }), keyText({ key: [disguised('two')] }));
  assert.is(keyText({ key: [disguised('one')] }), keyText({ key: ['one'] }));
  const wrapped = (buf: Buffer): object => Object.assign(Buffer.from('shown'), { buf });
  const [one, two] = [Buffer.from('one'), Buffer.from('two')];
  assert.is.not(keyText({ pfx: [wrapped(one)] }), keyText({ pfx: [wrapped(two)] }));
  assert.is(keyText({ pfx: [wrapped(one)] }), keyText({ pfx: [one] }));
});

test('reads lists once, through whatever is in front of them', () => {
  let reads = 0;
  const list = new Proxy(['one'], {
    get(target, name, receiver) {
      if (name !== '0') return Reflect.get(target, name, receiver) as unknown;
      return `read ${++reads}`;
    },
  });
  const own = copyOptions({ ca: list }) as { ca: string[] };
  assert.equal(own.ca, ['read 1']);
  assert.equal(own.ca, ['read 1']);
});

test('does not exist where a function is made for each connection: said once, and counted apart', () => {
  const peer = { host: 'closures.test', port: 443, ca: cert };
  const results = Array.from({ length: 8 }, () =>
    keyOf({ ...peer, checkServerIdentity: () => undefined }),
  );
  assert.equal(results.map((result) => 'key' in result), [true, true, true, true, false, false, false, false]); // prettier-ignore
  assert.equal(results[7], { blockingOption: 'checkServerIdentity', isClosure: true });
  const checkServerIdentity = (): undefined => undefined;
  keyOf({ ...peer, checkServerIdentity });
  assert.ok('key' in keyOf({ ...peer, checkServerIdentity }), 'one that comes back has a key');
  assert.ok('key' in keyOf({ ...peer, checkServerIdentity: () => undefined }), 'and ends the row');
});

test('follows the settings of the process', () => {
  const settings = tls as unknown as Record<string, unknown>;
  const plain = keyText({ host: 'example.org' });
  const changes: Record<string, unknown> = {
    DEFAULT_CIPHERS: 'TLS_AES_128_GCM_SHA256',
    DEFAULT_ECDH_CURVE: 'P-256',
    DEFAULT_MAX_VERSION: 'TLSv1.2',
    DEFAULT_MIN_VERSION: 'TLSv1.3',
    checkServerIdentity: () => undefined,
    createSecureContext: () => {},
  };
  for (const [name, value] of Object.entries(changes)) {
    const before = settings[name];
    settings[name] = value;
    try {
      assert.is.not(keyText({ host: 'example.org' }), plain, name);
    } finally {
      settings[name] = before;
    }
    assert.is(keyText({ host: 'example.org' }), plain, name);
  }
  const explicit = keyText({ rejectUnauthorized: undefined });
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  try {
    assert.is.not(keyText({ host: 'example.org' }), plain);
    assert.is(
      keyText({ rejectUnauthorized: undefined }),
      explicit,
      'undefined overrides it in Node',
    );
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  }
});

test('is the same in another process, but for what goes by identity', async () => {
  const program = `
    import { sessionKey } from 'sesscache/client';
    const hex = (options) => Buffer.from(sessionKey(options)).toString('hex');
    console.log(hex({ host: 'example.org' }));
    console.log(hex({ host: 'example.org', checkServerIdentity: () => undefined }));
  `;
  const args = [...process.execArgv, '--input-type=module', '--eval', program];
  const [one, two] = await Promise.all([run(process.execPath, args), run(process.execPath, args)]);
  const [plain, pinned] = one.trim().split('\n');
  const [plainToo, pinnedToo] = two.trim().split('\n');
  assert.is(plain, plainToo);
  assert.is.not(pinned, pinnedToo);
});

test('reads each option once, and gives what it read to the connection', async () => {
  const { open } = await import('../../bindings/client/connect.ts');
  const { ClientSessionCache } = await import('../../bindings/client/index.ts');
  const sessions = new ClientSessionCache();
  let reads = 0;
  const options = {
    host: 'example.org',
    get servername() {
      return `name-${++reads}.test`;
    },
  };
  const stop = new Error('stop here');
  let given: object | undefined;
  const open1 = (): unknown =>
    open({ sessions }, options, (ready) => {
      given = ready;
      throw stop;
    });
  assert.throws(open1, (error: Error) => error === stop);
  assert.is((given as { servername: string }).servername, 'name-1.test');
  assert.is(reads, 1);
  sessions.close();
});

test('refuses options that are no object', () => {
  assert.throws(() => sessionKey(undefined as never), /"options" expected object, got undefined/);
});

test.run();
