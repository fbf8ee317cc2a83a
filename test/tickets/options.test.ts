import { constants, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { createServer as createNet } from 'node:net';
import { createServer } from 'node:tls';
import { inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attachTicketKeys, TicketKeysError } from '../../bindings/tickets/index.ts';
import type { TicketKeysOptions } from '../../bindings/tickets/index.ts';
import { readCertificate } from '../../examples/certificates.js';
import { makeServer } from '../node/harness.ts';
import { OTHER_SECRET, SECRET, warningsOf, withTickets } from './harness.ts';

const test = suite('attachTicketKeys: arguments, errors and warnings');

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const now = Math.floor(Date.now() / 1000);

const wrong: [unknown, RegExp][] = [
  [null, /^TypeError: "options" expected object, got null$/],
  [1, /^TypeError: "options" expected object, got number$/],
  [
    { secret: 'text' },
    /^TypeError: "secret" expected Uint8Array, KeyObject or ratchet, got string$/,
  ],
  [{ secret: null }, /^TypeError: "secret" expected Uint8Array, KeyObject or ratchet, got null$/],
  [{ secret: [1, 2] }, /^TypeError: "secret" expected .*, got Array$/],
  [{ secret: publicKey }, /^TypeError: "secret" expected .*, got public KeyObject$/],
  [{ secret: Buffer.alloc(0) }, /^RangeError: "secret" expected 32..1024 bytes, got 0$/],
  [{ secret: SECRET.subarray(0, 31) }, /^RangeError: "secret" expected 32..1024 bytes, got 31$/],
  [
    { secret: Buffer.alloc(1025, SECRET) },
    /^RangeError: "secret" expected 32..1024 bytes, got 1025$/,
  ],
  [{ secret: createSecretKey(SECRET.subarray(0, 16)) }, /^RangeError: .* got 16$/],
  [
    { secret: Buffer.alloc(32, 7) },
    /^RangeError: "secret" expected random bytes, got one byte over and over$/,
  ],
  [
    { secret: SECRET, secrets: [SECRET] },
    /^TypeError: "secrets" expected undefined where there is a "secret"$/,
  ],
  [{ secrets: SECRET }, /^TypeError: "secrets" expected array, got Buffer$/],
  [{ secrets: [] }, /^RangeError: "secrets" expected 1..8 secrets, got 0$/],
  [{ secrets: Array(9).fill(SECRET) }, /^RangeError: "secrets" expected 1..8 secrets, got 9$/],
  [{ secrets: [SECRET, 'x'] }, /^TypeError: "secrets\[\]" expected .*, got string$/],
  [
    { secrets: [SECRET, OTHER_SECRET, createSecretKey(SECRET)] },
    /^RangeError: "secrets" expected distinct secrets, got one twice$/,
  ],
  [{ secret: { secret: SECRET, since: 1.5 } }, /^RangeError: "secret.since" expected an integer/],
  [{ secret: { secret: SECRET, since: '0' } }, /^TypeError: "secret.since" expected an integer/],
  [
    { secret: { secret: SECRET, since: now + 7200 } },
    /^RangeError: "secret.since" expected an integer/,
  ],
  [
    { secret: { secret: SECRET, since: 0 }, period: 60 },
    /^RangeError: "secret.since" expected an integer/,
  ],
  [{ secrets: [{ secret: 'x', since: now }] }, /^TypeError: "secrets\[\]" expected/],
  [{ period: 0 }, /^RangeError: "period" expected an integer 1..604800, got 0$/],
  [{ period: 604_801 }, /^RangeError: "period"/],
  [{ period: 1.5 }, /^RangeError: "period"/],
  [{ period: '3600' }, /^TypeError: "period" expected an integer 1..604800, got string$/],
  [{ period: NaN }, /^RangeError: "period"/],
  [{ keep: 0 }, /^RangeError: "keep" expected an integer 1..1000, got 0$/],
  [{ keep: 1001 }, /^RangeError: "keep"/],
  [{ keep: false }, /^TypeError: "keep"/],
  [
    { renew: 'sometimes' },
    /^TypeError: "renew" expected 'older', 'always' or 'never', got another string$/,
  ],
  [{ renew: true }, /^TypeError: "renew" expected 'older', 'always' or 'never', got boolean$/],
  [{ servernames: 0 }, /^TypeError: "servernames" expected boolean, got number$/],
  [{ onError: 'log' }, /^TypeError: "onError" expected function or undefined, got string$/],
];

test('wrong options are refused by name, change nothing, and show no secret', () => {
  const server = makeServer('tls', { secureOptions: 0 });
  const before = server.eventNames().map((name) => server.listenerCount(name));
  for (const [options, expected] of wrong) {
    let error: unknown;
    try {
      attachTicketKeys(server, options as TicketKeysOptions);
    } catch (thrown) {
      error = thrown;
    }
    assert.match(String(error), expected);
    assert.not.match(inspect(error, { depth: 9 }), /a secret of tests|61 20 73 65/);
  }
  assert.equal(
    server.eventNames().map((name) => server.listenerCount(name)),
    before,
  );
  attachTicketKeys(server).detach();
});

test('a secret may be bytes, a key object, or a ratchet of either', async () => {
  const mine = Buffer.from(SECRET);
  const same: TicketKeysOptions[] = [
    { secret: SECRET },
    { secret: new Uint8Array(SECRET) },
    { secret: createSecretKey(SECRET) },
    { secrets: [SECRET, OTHER_SECRET] },
    { secrets: [OTHER_SECRET, createSecretKey(SECRET)] },
    { secret: mine },
  ];
  await withTickets({ keys: { secret: SECRET } }, async ({ connect }) => {
    const { session } = await connect();
    for (const keys of same) {
      mine.set(SECRET);
      const alone = keys.secrets ? { ...keys, secret: undefined } : keys;
      await withTickets({ keys: alone }, async (other) => {
        mine.fill(0); // a copy has been made
        assert.is((await other.connect(session)).resumed, true);
      });
    }
  });
});

const refused: [string, () => unknown, string, RegExp][] = [
  [
    'no server',
    () => ({}),
    'TypeError',
    /"server" expected tls, https or secure http2 server, got Object/,
  ],
  ['a server of net', () => createNet(), 'TypeError', /got Server/],
  [
    'no tickets',
    () => createServer({ secureOptions: constants.SSL_OP_NO_TICKET }),
    'ERR_SESSCACHE_NO_TICKETS',
    /SSL_OP_NO_TICKET/,
  ],
  [
    'keys of its own',
    () => createServer({ ticketKeys: Buffer.alloc(48, SECRET) }),
    'ERR_SESSCACHE_TICKET_KEYS',
    /`secret`/,
  ],
];

for (const [title, make, code, message] of refused) {
  test(`refused: ${title}`, () => {
    try {
      attachTicketKeys(make() as never, { secret: SECRET });
      assert.unreachable();
    } catch (error) {
      const { name, code: given } = error as TicketKeysError;
      assert.is(given ?? name, code);
      assert.match((error as Error).message, message);
    }
  });
}

test('a second ring is refused, until the first is detached; a second detach does nothing', () => {
  const server = createServer({ sessionIdContext: 'x' });
  const first = attachTicketKeys(server, { secret: SECRET });
  try {
    attachTicketKeys(server, { secret: SECRET });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, TicketKeysError);
    assert.is((error as TicketKeysError).code, 'ERR_SESSCACHE_ATTACHED');
  }
  first.detach();
  const second = attachTicketKeys(server, { secret: SECRET });
  first.detach();
  first.setSecrets([OTHER_SECRET]);
  assert.throws(() => attachTicketKeys(server, { secret: SECRET }), /detach them first/);
  second.detach();
});

test('a ticket key callback of of other code is refused', async () => {
  const server = createServer({ sessionIdContext: 'x' });
  const { context } = (server as unknown as { _sharedCreds: { context: object } })._sharedCreds; // oxlint-disable-line no-underscore-dangle
  Object.assign(context, { onticketkeycallback: () => [] });
  assert.throws(() => attachTicketKeys(server, { secret: SECRET }), /of other code/);
});

test('a server is as it was once its keys are detached, and can have others', async () => {
  for (const kind of ['tls', 'https', 'http2'] as const) {
    const server = makeServer(kind, { secureOptions: 0 });
    const names = ['connection', 'secureConnection', 'listening', 'close'];
    const before = names.map((name) => server.rawListeners(name));
    const attached = attachTicketKeys(server, { secret: SECRET });
    await attached.ready;
    attached.detach();
    assert.equal(
      names.map((name) => server.rawListeners(name)),
      before,
    );
    assert.is(attached.stats().keys, 0);
  }
});

test('what is attached shows no secret, and hides what it holds', async () => {
  await withTickets({ keys: { secret: { secret: SECRET, since: now } } }, async ({ attached }) => {
    const shown = inspect(attached, { depth: 9, showHidden: true }) + JSON.stringify(attached);
    assert.not.match(shown, /Buffer|a secret of tests|61 20 73 65/);
    assert.equal(Object.keys(attached).toSorted(), [
      'detach',
      'exportRatchets',
      'ready',
      'setSecrets',
      'setSecureContext',
      'stats',
    ]);
    const [ratchet] = attached.exportRatchets();
    assert.instance(ratchet?.secret, Uint8Array);
  });
});

const cases: [string, object, TicketKeysOptions, string[]][] = [
  ['all in order', {}, {}, []],
  ['no sessionIdContext, and a secret', { sessionIdContext: undefined }, {}, ['SESSCACHE_CONTEXT']],
  ['no sessionIdContext, nor a secret', { sessionIdContext: undefined }, { secret: undefined }, []],
  ['a sessionTimeout beyond the keys', { sessionTimeout: 7201 }, { period: 3600, keep: 2 }, ['SESSCACHE_TICKET_LIFETIME']], // prettier-ignore
  ['a sessionTimeout within the keys', { sessionTimeout: 7200 }, { period: 3600, keep: 2 }, []],
];

for (const [title, tls, keys, expected] of cases) {
  test(`warnings: ${title}`, async () => {
    const codes = await warningsOf(() => withTickets({ tls, keys }, async () => {}));
    assert.equal(codes, expected);
  });
}

test('a secure context set later that makes the keys useless is warned of, once', async () => {
  const codes = await warningsOf(() =>
    withTickets({}, async ({ server, connect }) => {
      const common = { sessionIdContext: 'x' };
      for (const extra of [
        { secureOptions: constants.SSL_OP_NO_TICKET },
        { ticketKeys: Buffer.alloc(48, SECRET) },
        { secureOptions: constants.SSL_OP_NO_TICKET },
      ]) {
        server.setSecureContext({ ...common, ...extra });
        await connect().catch(() => {});
      }
    }),
  );
  assert.equal(codes, ['SESSCACHE_NO_TICKETS', 'SESSCACHE_TICKET_KEYS']);
});

test('a certificate is renewed without the loss of a ticket, an option or a word', async () => {
  const codes = await warningsOf(() =>
    withTickets({ version: 'TLSv1.2' }, async ({ attached, connect, server }) => {
      const { session } = await connect();
      attached.setSecureContext(readCertificate('ecdsa'));
      assert.is((await connect(session)).resumed, true);
      assert.throws(() => attached.setSecureContext(null as never), /"options" expected object/);
      assert.throws(() => attached.setSecureContext({ cert: 'no certificate' }));
      assert.is((await connect(session)).resumed, true);
      // Node's own takes what it is not given for absent.
      server.setSecureContext({ ...readCertificate('ecdsa'), maxVersion: 'TLSv1.2' });
      assert.is((await connect(session)).resumed, false);
    }),
  );
  assert.equal(codes, ['SESSCACHE_CONTEXT']);
});

test('setSecrets refuses what is no list of secrets, and changes nothing', async () => {
  await withTickets({}, async ({ attached, connect }) => {
    const { session } = await connect();
    for (const secrets of [undefined, [], [SECRET, SECRET], ['x'], SECRET] as never[]) {
      assert.throws(() => attached.setSecrets(secrets), /"secrets/);
    }
    assert.is((await connect(session)).resumed, true);
    assert.equal(attached.exportRatchets(), []);
  });
});

test.run();
