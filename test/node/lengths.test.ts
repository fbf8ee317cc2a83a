// What the adapters take bytes for, given arrays that lie about themselves: they are taken as the
// bytes that are there, or refused by the name of the argument, and the cache lives.

import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { ClientSessionCache, ImportError, SessionAgent } from '../../bindings/client/index.ts';
import { SessionCache, SessionCacheMode } from '../../bindings/index.ts';
import { attachServer, type Attached } from '../../bindings/node/index.ts';
import { attachTicketKeys } from '../../bindings/tickets/index.ts';
import { liarsOf } from '../support/liars.ts';
import { withAuthority } from './authority.ts';

const test = suite('arrays that lie, in the adapters');

const { cert } = readCertificate('client');
const der = new X509Certificate(cert).raw;
const key = Uint8Array.from({ length: 32 }, (_, at) => at);
/**
 * An export of no sessions is good for the second in which it was made: their clock stands still.
 */
const clientSessions = (): ClientSessionCache =>
  new ClientSessionCache({
    cache: new SessionCache({ mode: SessionCacheMode.CLIENT, now: () => 1_800_000_000 }),
  });
const empty = clientSessions();
const sealed = empty.export(key);
empty.import(sealed, key);
let crl = ''; // PEM
await withAuthority('/CN=One', async (authority) => {
  crl = await authority.revoke();
});

interface Given {
  attached: Attached;
  sessions: ClientSessionCache;
}

/** Each says what it did, which the same bytes must do in whatever array they come. */
const DOORS: Record<string, [Uint8Array, (given: Given, bytes: Uint8Array) => unknown]> = {
  'revoke, certificate in DER': [
    der,
    ({ attached }, certificate) => attached.revoke({ certificate }),
  ],
  'revoke, certificate in PEM': [
    new Uint8Array(Buffer.from(cert)),
    ({ attached }, certificate) => attached.revoke({ certificate }),
  ],
  'revoke, raw': [der, ({ attached }, raw) => attached.revoke({ certificate: { raw } })],
  'revoke, tag': [key, ({ attached }, tag) => attached.revoke({ tag })],
  'revoke, crl': [
    new Uint8Array(Buffer.from(crl)),
    ({ attached }, list) => attached.revoke({ crl: list }),
  ],
  namespace: [
    key,
    (_, namespace) => attachServer(createServer(), new SessionCache(), { namespace }).detach(),
  ],
  // Opened and authenticated, and then found to have been imported before.
  'import, sealed': [
    sealed,
    ({ sessions }, bytes) => {
      const error = outcomeOf(() => sessions.import(bytes, key));
      if (!(error instanceof ImportError)) throw error;
      return error.code;
    },
  ],
  'import, key': [key, ({ sessions }, own) => sessions.import(empty.export(key), own)],
  'export, key': [key, ({ sessions }, own) => sessions.import(sessions.export(own), key)],
  'take, key': [key, ({ sessions }, own) => sessions.take(own)],
  'attachTicketKeys, secret': [
    key,
    (_, secret) => attachTicketKeys(createServer({ sessionIdContext: 'x' }), { secret }).detach(),
  ],
};

for (const [door, [honest, use]] of Object.entries(DOORS)) {
  test(`${door}: the bytes that are there, or refused by name`, () => {
    const server = createServer();
    const cache = new SessionCache();
    const given = { attached: attachServer(server, cache), sessions: clientSessions() };
    const expected = outcomeOf(() => use(given, honest));
    assert.not.instance(expected, Error, 'the honest array is taken');
    for (const { name, bytes, isNone } of liarsOf(honest)) {
      const outcome = outcomeOf(() => use(given, bytes));
      if (isNone) {
        assert.instance(outcome, TypeError, name);
        assert.match((outcome as Error).message, /^"[\w[\]]+" expected /, name);
      } else {
        assert.equal(outcome, expected, name);
      }
    }
    for (const detached of [new Uint8Array(honest), Buffer.from(new Uint8Array(honest).buffer)]) {
      structuredClone(detached.buffer, { transfer: [detached.buffer] });
      const outcome = outcomeOf(() => use(given, detached));
      assert.ok(outcome instanceof TypeError || outcome instanceof RangeError, String(outcome));
      assert.match(outcome.message, /^"[\w[\]]+" expected /);
    }
    assert.is(cache.stats().number, 0);
    given.attached.detach();
    given.sessions.cache.close();
    cache.close();
  });
}

test('the options of an agent are an object', () => {
  for (const options of [null, 5, 'x']) {
    const outcome = outcomeOf(() => new SessionAgent(options as never));
    assert.instance(outcome, TypeError);
    assert.match((outcome as Error).message, /^"options" expected object/);
  }
});

function outcomeOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

test.after(() => empty.cache.close());

test.run();
