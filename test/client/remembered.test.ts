// Keys are remembered by their inputs. Whatever a program changes in its options or in the settings
// of the process between two connections, the remembered key equals a newly made one.

import { Duplex } from 'node:stream';
import tls, { type ConnectionOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { keyOf, type KeyOrUnkeyable } from '../../bindings/client/key/key.ts';
import { collect } from '../../bindings/client/key/policy.ts';
import { copyOptions, KNOWN } from '../../bindings/client/key/tls-options.ts';
import { pick, type Random, seededRandom } from '../support/random.ts';

const test = suite('remembered keys');

const SEEDS = [1, 2, 3, 4];
const STEPS = 4000;

type Options = Record<string, unknown>;

const [rsa, ecdsa] = [readCertificate('rsa'), readCertificate('ecdsa')];
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const functions = [1, 2, 3].map(
  (answer) => (): Error | undefined => (answer === 1 ? undefined : new Error(`${answer}`)),
);
const contexts = [tls.createSecureContext(), tls.createSecureContext()];
const sockets = [new Duplex(), new Duplex()].map((socket, at) =>
  Object.assign(socket, {
    remoteAddress: '127.0.0.1',
    remotePort: 443,
    bytesWritten: at,
    bytesRead: 0,
  }),
);

/**
 * New values of options; bytes and lists are made anew each time, so that they can change in place.
 */
const VALUES: Record<string, (random: Random) => unknown> = {
  ALPNProtocols: (random) => pick(random, [['h2'], ['h2', 'http/1.1'], Buffer.from('\x02h2'), []]),
  ca: certificates,
  cert: certificates,
  certificateCompression: (random) => pick(random, [['zlib'], ['zlib', 'brotli'], []]),
  checkServerIdentity: (random) => pick(random, functions),
  crl: certificates,
  family: (random) => pick(random, [0, 4, 6]),
  host: (random) => pick(random, ['a.test', 'b.test', '', 7]),
  hop: (random) => pick(random, ['origin', 'proxy']),
  key: keys,
  lookup: (random) => pick(random, functions),
  minVersion: (random) => pick(random, ['TLSv1.2', 'TLSv1.3', null]),
  maxVersion: (random) => pick(random, ['TLSv1.2', 'TLSv1.3', null]),
  path: (random) => pick(random, ['/run/a', '/run/b', '', null]),
  pfx: (random) =>
    pick(random, [Buffer.of(1, 2), [Buffer.of(1)], [{ buf: Buffer.of(1), passphrase: 'a' }]]),
  port: (random) => pick(random, [443, '443', 444, NaN, undefined]),
  rejectUnauthorized: (random) => pick(random, [true, false, undefined, 0]),
  secureContext: (random) => pick(random, contexts),
  servername: (random) => pick(random, ['a.test', 'b.test', '', 'x'.repeat(100)]),
  session: () => Buffer.of(1),
  socket: (random) => pick(random, sockets),
  ticketKeys: (random) => Buffer.alloc(48, random(3)),
};

/** For options without an entry here. */
function anything(random: Random): unknown {
  const long = (letter: string): string => letter.repeat(65 + random(2));
  return pick(random, [undefined, null, '', 0, -0, 1, 1n, true, false, 'x', '1', 'true', long('y'), long('z'), Buffer.of(1), Buffer.of(2), ['x'], Symbol('x')]); // prettier-ignore
}

function certificates(random: Random): unknown {
  return pick(random, [
    '',
    text(rsa.cert),
    text(ecdsa.cert),
    Buffer.from(rsa.cert),
    new Uint16Array([1, 2]),
    [Buffer.from(rsa.cert)],
    [Buffer.from(rsa.cert), text(ecdsa.cert)],
    Object.freeze([text(rsa.cert), text(ecdsa.cert)]),
    Object.freeze([text(ecdsa.cert)]),
    tls.rootCertificates,
    Array.from({ length: 2 }),
  ]);
}

function keys(random: Random): unknown {
  const { key } = random(2) ? rsa : ecdsa;
  return pick(random, [text(key), Buffer.from(key), [text(key)], [{ pem: Buffer.from(key), passphrase: 'a' }]]); // prettier-ignore
}

const NAMES = [...KNOWN, 'hop', 'anOptionOfNobody'];

function newValue(random: Random, name: string): unknown {
  return random(4) === 0 ? anything(random) : (VALUES[name] ?? anything)(random);
}

/** Changes in the options between two connections. */
const CHANGES: ((options: Options, random: Random, name: string) => void)[] = [
  function replace(options, random, name) {
    define(options, name, { value: newValue(random, name), writable: true });
  },
  function remove(options, _, name) {
    delete options[name];
  },
  function answerOtherwise(options, random, name) {
    const answers = [newValue(random, name), newValue(random, name)];
    let calls = 0;
    define(options, name, { get: () => answers[calls++ % 2] });
  },
  function hide(options, random, name) {
    define(options, name, { value: newValue(random, name), enumerable: false });
  },
  function inherit(options, random, name) {
    Object.setPrototypeOf(options, random(3) ? { [name]: newValue(random, name) } : null);
  },
  function changeInPlace(options, random) {
    // Any of those that can be.
    const owners = Object.values(Object.getOwnPropertyDescriptors(options))
      .map(({ value }) => value as unknown)
      .filter((value) => typeof value === 'object' && value !== null);
    if (owners.length > 0) changeValue(pick(random, owners), random);
  },
];

function define(options: Options, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(options, name, { configurable: true, enumerable: true, ...descriptor });
}

function changeValue(value: object, random: Random): void {
  if (value instanceof Duplex) {
    const socket = value as Duplex & { bytesWritten: number; remotePort: number };
    if (random(2)) socket.bytesWritten++;
    else socket.remotePort ^= 1;
  } else if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (bytes.length > 0) bytes[random(bytes.length)]! ^= 1 << random(8);
  } else if (Array.isArray(value) && !Object.isFrozen(value)) {
    const list = value as unknown[];
    const at = random(list.length);
    const item = list[at];
    const how = random(4);
    if (how === 0) list.push(pick(random, ['x', Buffer.of(1), text(ecdsa.cert)]));
    else if (how === 1) list.pop();
    else if (how === 2) define(list as never, '0', { get: constant('x'.repeat(random(3))) });
    else if (typeof item === 'object' && item !== null) changeValue(item, random);
  } else if ('pem' in value) {
    if (random(2)) value.pem = text(random(2) ? rsa.key : ecdsa.key);
    else (value as { passphrase?: unknown }).passphrase = random(2) ? 'b' : undefined;
  }
}

function constant<Value>(value: Value): () => Value {
  return () => value;
}

const settings = tls as unknown as Options;
/** Settings of the process, and values for them. */
const SETTINGS: [owner: Options, name: string, values: unknown[]][] = [
  [settings, 'DEFAULT_CIPHERS', ['TLS_AES_128_GCM_SHA256', 'x'.repeat(99), '']],
  [settings, 'DEFAULT_ECDH_CURVE', ['P-256', 'auto', '']],
  [settings, 'DEFAULT_MIN_VERSION', ['TLSv1.3', 'TLSv1']],
  [settings, 'DEFAULT_MAX_VERSION', ['TLSv1.2']],
  [settings, 'checkServerIdentity', functions],
  [settings, 'createSecureContext', functions],
  [process.env as Options, 'NODE_TLS_REJECT_UNAUTHORIZED', ['0', '1']],
  [Object.prototype as unknown as Options, 'crl', ['x']],
  [Object.prototype as unknown as Options, 'ca', [text(ecdsa.cert)]],
  [Object.prototype as unknown as Options, 'rejectUnauthorized', [false]],
  [Object.prototype as unknown as Options, 'secureContext', contexts],
];

/** Calls `work` while a setting of the process is another one. */
function withSetting(random: Random, work: () => void): void {
  const [owner, name, values] = pick(random, SETTINGS);
  const before = Object.getOwnPropertyDescriptor(owner, name);
  owner[name] = pick(random, values);
  try {
    work();
  } finally {
    if (before === undefined) delete owner[name];
    else Object.defineProperty(owner, name, before);
  }
}

/** Options that are compared by identity. */
const BY_IDENTITY = new Set(['checkServerIdentity', 'lookup', 'secureContext', 'socket']);

/** Made from copies of all bytes and lists, so that no remembered key is used. */
function withoutMemory(own: Options): string {
  const copy = Object.fromEntries(
    Object.entries(own).map(([name, value]) => [
      name,
      BY_IDENTITY.has(name) ? value : copied(value),
    ]),
  );
  const policy = collect(
    copy as ConnectionOptions,
    (own.hop === undefined ? 'origin' : own.hop) as 'proxy',
  );
  return 'parts' in policy ? hex(policy.parts.digest()) : policy.blockingOption;
}

function copied(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    return Buffer.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copied(inner)]));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function told(result: KeyOrUnkeyable): string {
  return 'key' in result ? hex(result.key) : result.blockingOption;
}

for (const seed of SEEDS) {
  test(`are those that are made anew, after ${STEPS} changes of any kind: seed ${seed}`, () => {
    const random = seededRandom(seed);
    // Functions that no connection has had count as made for each connection.
    for (const value of functions) collect({ lookup: value } as ConnectionOptions, 'origin');
    for (const value of contexts) collect({ secureContext: value }, 'origin');
    const fresh = (): Options => ({ host: 'a.test', port: 443, ca: Buffer.from(rsa.cert) });
    let options = fresh();
    const seen = new Set<string>();
    let [keyed, repeated] = [0, 0];
    for (let step = 0; step < STEPS; step++) {
      if (random(12) === 0) options = fresh();
      const change = pick(random, CHANGES);
      const name = pick(random, NAMES);
      change(options, random, name);
      const check = (): void => {
        const own = copyOptions(options);
        const made = told(keyOf(own as ConnectionOptions, own.hop as 'proxy'));
        assert.is(made, withoutMemory(own), `step ${step}: ${change.name} ${name}`);
        if (made.length === 64) keyed++;
        if (seen.has(made)) repeated++;
        seen.add(made);
      };
      check();
      if (random(3) === 0) withSetting(random, check);
      check();
    }
    assert.ok(keyed > STEPS / 2, `${keyed} had a key`);
    assert.ok(repeated > STEPS / 2, `${repeated} had a key or a reason that came before`);
    assert.ok(seen.size > STEPS / 20, `${seen.size} were different`);
  });
}

test.run();
