// Which tickets resume where: only on servers that let in the same clients.

import { constants } from 'node:crypto';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { askForCertificate, assertResumed, CONTEXT, type Outcome } from '../node/harness.ts';
import { type Running, VERSIONS, warningsOf, withTickets } from './harness.ts';

const test = suite('attachTicketKeys: policies');

const member = readCertificate('client');
const open: TlsOptions = {};
const optional: TlsOptions = { ...askForCertificate, rejectUnauthorized: false };
const otherAuthority: TlsOptions = { ...askForCertificate, ca: [member.cert, readCertificate('rsa').cert] }; // prettier-ignore
const policies: [string, TlsOptions][] = [
  ['no certificate asked for', open],
  ['a certificate asked for', optional],
  ['a certificate demanded', askForCertificate],
  ['a certificate demanded, of more authorities', otherAuthority],
  ['a certificate demanded, of the default authorities', { ...askForCertificate, ca: undefined }],
  ['another session id context', { ...askForCertificate, sessionIdContext: 'other' }],
];

for (const version of VERSIONS) {
  test(`${version}: a ticket resumes on a server of the same policy, and on no other`, async () => {
    for (const [madeBy, tls] of policies) {
      if (tls.ca === undefined && tls.requestCert) continue; // lets the test client in nowhere
      await withTickets({ version, tls }, async (maker) => {
        const { session } = await maker.connect(undefined, member);
        for (const [offeredTo, other] of policies) {
          await withTickets({ version, tls: other }, async (taker) => {
            const outcome = await taker.connect(session, member).catch((error: Error) => error);
            const expected = madeBy === offeredTo;
            const how = `made by: ${madeBy}; offered to: ${offeredTo}`;
            assert.is((outcome as Outcome).resumed ?? false, expected, how);
            assert.is(taker.attached.stats().unknown > 0, !expected, how);
          });
        }
      });
    }
  });

  test(`${version}: a client certificate is known again after resumption`, async () => {
    await withTickets({ version, tls: askForCertificate }, async ({ connect }) => {
      const { session, server } = await connect(undefined, member);
      const again = await connect(session, member);
      assertResumed(again, true);
      assert.equal(again.server?.authorized, true);
      assert.equal(again.server?.peer, server?.peer);
    });
  });

  test(`${version}: a client without a certificate is not authorized by resuming`, async () => {
    await withTickets({ version, tls: optional }, async ({ connect }) => {
      const { session, server } = await connect();
      assert.is(server?.authorized, false);
      for (let i = 0; i < 3; i++) {
        const again = await connect(session);
        assertResumed(again, true);
        assert.is(again.server?.authorized, false);
      }
    });
  });

  test(`${version}: \`requestCert\` switched on lets no ticket in from before`, async () => {
    await withTickets({ version }, async ({ connect, server, attached }) => {
      const { session } = await connect();
      Object.assign(server, { requestCert: true, rejectUnauthorized: false });
      const again = await connect(session);
      assertResumed(again, false);
      assert.is(again.server?.authorized, false);
      // A connection from before may still be shaking hands on the same context.
      assert.is(again.sessions.length, 0, 'no ticket of the new policy is made yet');
      assert.ok(attached.stats().notMade.policy > 0);
    });
  });

  test(`${version}: tickets survive \`setSecureContext\` with another certificate`, async () => {
    await withTickets({ version }, async ({ connect, server }) => {
      const { session } = await connect();
      for (const name of ['ecdsa', 'rsa'] as const) {
        const limits = { minVersion: version, maxVersion: version };
        const sessionIdContext = CONTEXT;
        server.setSecureContext({ ...readCertificate(name), ...limits, sessionIdContext });
        assertResumed(await connect(session), true);
      }
    });
  });

  test(`${version}: tickets do not survive \`setSecureContext\` with other authorities`, async () => {
    await withTickets({ version, tls: askForCertificate }, async ({ connect, server }) => {
      const { session } = await connect(undefined, member);
      const rsa = readCertificate('rsa');
      const common = {
        ...rsa,
        sessionIdContext: CONTEXT,
        minVersion: version,
        maxVersion: version,
      };
      server.setSecureContext({ ...common, ca: [member.cert, rsa.cert] });
      const again = await connect(session, member);
      assertResumed(again, false);
      assertResumed(await connect(again.session, member), true);
      server.setSecureContext({ ...common, ca: member.cert });
      assertResumed(await connect(session, member), true); // the first policy again
    });
  });

  const names: [string, (running: Running) => void, TlsOptions][] = [
    ['addContext', ({ server }) => server.addContext('b.test', { ...readCertificate('ecdsa'), ca: readCertificate('rsa').cert }), {}], // prettier-ignore
    ['SNICallback', () => {}, { SNICallback: (_name, done) => done(null, createSecureContext({ ...readCertificate('rsa'), ca: member.cert })) }], // prettier-ignore
  ];
  for (const [how, prepare, tls] of names) {
    test(`${version}: with ${how} and client certificates no ticket resumes, by default`, async () => {
      const codes = await warningsOf(() =>
        withTickets({ version, tls: { ...askForCertificate, ...tls } }, async (running) => {
          const { connect, attached } = running;
          const before = await connect(undefined, member);
          prepare(running);
          for (const servername of ['localhost', 'localhost']) {
            assertResumed(await connect(before.session, { ...member, servername }), false);
          }
          const after = await connect(undefined, member);
          assertResumed(await connect(after.session, member), false);
          assert.is(after.sessions.length, 0, 'nor is one made');
          const { notMade, refused, accepted } = attached.stats();
          assert.is(notMade.names > 0, true);
          assert.is(refused.names > 0, before.sessions.length > 0);
          assert.is(accepted.present, 0);
        }),
      );
      assert.equal(codes, ['SESSCACHE_TICKET_NAMES']);
    });

    test(`${version}: with ${how} tickets resume where names have one policy`, async () => {
      const codes = await warningsOf(async () => {
        const options = { version, tls: { ...askForCertificate, ...tls } };
        await withTickets({ ...options, keys: { servernames: false } }, async (running) => {
          prepare(running);
          const { session } = await running.connect(undefined, member);
          assertResumed(await running.connect(session, member), true);
        });
        await withTickets({ version, tls }, async (running) => {
          prepare(running);
          const client = { servername: 'b.test', rejectUnauthorized: false };
          const { session } = await running.connect(undefined, client);
          assertResumed(await running.connect(session, client), true); // no certificates asked for
        });
      });
      assert.equal(codes, []);
    });
  }

  test(`${version}: with addContext tickets resume where all names trust the same clients`, async () => {
    await withTickets({ version, tls: askForCertificate }, async ({ connect, server }) => {
      server.addContext('b.test', { ...readCertificate('ecdsa'), ca: member.cert });
      const { session } = await connect(undefined, member);
      assertResumed(await connect(session, member), true);
      // Made outside, so that nothing is known of it.
      server.addContext('c.test', createSecureContext({ ca: member.cert }));
      assertResumed(await connect(session, member), false);
    });
  });

  test(`${version}: other ciphers, curves or options are another policy, another certificate is not`, async () => {
    await withTickets({ version }, async ({ connect, server }) => {
      const { session } = await connect();
      const limits = { minVersion: version, maxVersion: version };
      const common = { ...readCertificate('rsa'), ...limits, sessionIdContext: CONTEXT };
      const others: TlsOptions[] = [
        { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384' },
        { ecdhCurve: 'P-256' },
        { secureOptions: constants.SSL_OP_CIPHER_SERVER_PREFERENCE },
      ];
      for (const other of others) {
        server.setSecureContext({ ...common, ...other });
        assertResumed(await connect(session), false);
        server.setSecureContext({ ...common, ...readCertificate('ecdsa') });
        assertResumed(await connect(session), true);
      }
    });
  });

  test(`${version}: where certificates are asked for, no ticket outlives its timeout by renewal`, async () => {
    await withTickets(
      { version, tls: askForCertificate, keys: { renew: 'always' } },
      async ({ connect, attached }) => {
        const { session } = await connect(undefined, member);
        assertResumed(await connect(session, member), true);
        // A renewed ticket of TLS 1.2 has the time of the first; one of TLS 1.3 would have its own.
        assert.is(attached.stats().renewed, version === 'TLSv1.2' ? 1 : 0);
      },
    );
  });
}

test('sessions of the two versions stay apart from the cache of attachServer', async () => {
  const { attachServer } = await import('../../bindings/node/index.ts');
  const { SessionCache } = await import('../../bindings/index.ts');
  for (const first of ['cache', 'keys'] as const) {
    const cache = new SessionCache();
    let stateful: ReturnType<typeof attachServer> | undefined;
    const attach = (server: Running['server']): void => {
      stateful = attachServer(server, cache, { tls13: true });
    };
    const options = first === 'cache' ? { prepare: attach } : {};
    await warningsOf(() =>
      withTickets(options, async ({ connect, attached, server }) => {
        if (first === 'keys') attach(server);
        const modern = await connect();
        assertResumed(await connect(modern.session), true);
        const old = { maxVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET } as const;
        const without = await connect(undefined, old);
        assertResumed(await connect(without.session, old), true);
        assert.is(attached.stats().accepted.present, 1, 'by a ticket');
        assert.is(stateful?.stats().hits, 1, 'by the cache');
        attached.detach();
        assertResumed(await connect(without.session, old), true);
        stateful?.detach();
      }),
    );
    cache.close();
  }
});

test.run();
