import { constants } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { TlsOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attachExternal, memoryStore } from '../../bindings/external/index.ts';
import { SessionCache } from '../../bindings/index.ts';
import { attachServer } from '../../bindings/node/index.ts';
import type { AttachOptions } from '../../bindings/node/index.ts';
import { makeServer, withServer } from './harness.ts';

const test = suite('attachServer: warnings, and what is not worth a lookup');

interface Warning extends Error {
  code?: string;
}

/** The warnings that `use` causes. */
async function warningsOf(use: () => unknown): Promise<Warning[]> {
  const warnings: Warning[] = [];
  const note = (warning: Warning): void => {
    if (warning.name === 'SesscacheWarning') warnings.push(warning);
  };
  process.on('warning', note);
  try {
    await use();
    await turn();
  } finally {
    process.off('warning', note);
  }
  return warnings;
}

const cases: [string, TlsOptions, AttachOptions, string[], RegExp?][] = [
  ['TLS 1.2 without tickets', { maxVersion: 'TLSv1.2' }, {}, []],
  ['TLS 1.3 without tickets, tls13', {}, { tls13: true }, []],
  ['tickets on', { secureOptions: 0 }, {}, ['SESSCACHE_TICKETS'], /SSL_OP_NO_TICKET/],
  ['no sessionIdContext', { sessionIdContext: undefined, maxVersion: 'TLSv1.2' }, {}, ['SESSCACHE_CONTEXT'], /sessionIdContext/], // prettier-ignore
  ['TLS 1.3 without tickets', {}, {}, ['SESSCACHE_TLS13'], /tls13: true/],
  ['tls13 on a server of TLS 1.2', { maxVersion: 'TLSv1.2' }, { tls13: true }, ['SESSCACHE_NO_TLS13'], /Leave `tls13` out/], // prettier-ignore
  ['tickets on, no context', { secureOptions: 0, sessionIdContext: undefined }, { tls13: true }, ['SESSCACHE_TICKETS', 'SESSCACHE_CONTEXT']], // prettier-ignore
];

for (const [name, tls, options, codes, text] of cases) {
  test(`${name}: ${codes.join(' and ') || 'no warning'}`, async () => {
    for (const kind of ['tls', 'https', 'http2'] as const) {
      const server = makeServer(kind, tls);
      const attach = () => attachServer(server, new SessionCache(), options);
      const warnings = await warningsOf(attach);
      assert.equal(
        warnings.map(({ code }) => code),
        codes,
        kind,
      );
      if (text) assert.match(String(warnings[0]?.message), text);
    }
  });
}

test('a shared store, but no namespace to share', async () => {
  for (const [namespace, codes] of [
    [undefined, ['SESSCACHE_NAMESPACE']],
    ['fleet', []],
  ] as const) {
    const cache = new SessionCache();
    attachExternal(cache, memoryStore());
    const server = makeServer('tls', { maxVersion: 'TLSv1.2' });
    const warnings = await warningsOf(() => attachServer(server, cache, { namespace }));
    assert.equal(
      warnings.map(({ code }) => code),
      codes,
    );
    cache.close();
  }
});

test('a cache for clients only', async () => {
  const server = makeServer('tls', { maxVersion: 'TLSv1.2' });
  const [warning] = await warningsOf(() => attachServer(server, new SessionCache({ mode: 1 })));
  assert.is(warning?.code, 'SESSCACHE_MODE');
});

test('the warnings come once, not with each connection, and so does the first error', async () => {
  const cache = new SessionCache();
  cache.setGetSessionCallback(() => Promise.reject(new Error('the store is down')));
  const options = { cache, tls: { secureOptions: 0, maxVersion: 'TLSv1.2' } as TlsOptions };
  const client = { secureOptions: constants.SSL_OP_NO_TICKET }; // or nothing would be asked
  const warnings = await warningsOf(() =>
    withServer({ ...options, attach: { onError: undefined }, errors: 3 }, async ({ connect }) => {
      for (let i = 0; i < 3; i++) await connect(undefined, client);
    }),
  );
  assert.equal(
    warnings.map(({ code }) => code),
    ['SESSCACHE_TICKETS', 'SESSCACHE_ERROR'],
  );
  assert.match(String(warnings[1]?.message), /the store is down/);
});

test('with tickets on nothing of TLS 1.3 is stored, and nothing looked up', async () => {
  const tls = { secureOptions: 0 };
  for (const tls13 of [true, false]) {
    await withServer({ tls, attach: { tls13 } }, async ({ connect, attached, cache }) => {
      const { session } = await connect();
      const again = await connect(session);
      assert.is(again.resumed, true, 'by its ticket');
      const { stored, notStored, skipped, misses } = attached.stats();
      assert.is(stored, 0);
      assert.is(notStored.tickets, 2);
      assert.is(cache.stats().number, 0);
      if (tls13) assert.equal([skipped.tickets >= 1, misses.absent], [true, 0]);
    });
  }
});

test('without tls13 no session of TLS 1.3 is stored', async () => {
  await withServer({}, async ({ connect, attached }) => {
    const { session } = await connect();
    assert.is((await connect(session)).resumed, false);
    assert.is(attached.stats().stored, 0);
    assert.is(attached.stats().notStored.tls13, 4);
  });
});

test('a server of TLS 1.3 only asks for nothing without tls13', async () => {
  await withServer({ tls: { minVersion: 'TLSv1.3' } }, async ({ connect, attached }) => {
    await connect();
    assert.is(attached.stats().skipped.tls13, 1);
    assert.is(attached.stats().misses.absent, 0);
  });
});

test('a hello without a session costs no lookup in TLS 1.3', async () => {
  await withServer({ attach: { tls13: true } }, async ({ connect, attached, cache }) => {
    for (let i = 0; i < 3; i++) await connect();
    assert.is(attached.stats().skipped.noPsk, 3);
    assert.is(cache.stats().misses, 0);
  });
});

test.run();
