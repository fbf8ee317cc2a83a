import type { TlsOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { askForCertificate, assertResumed, CLIENT_NAME, type Kind, type Version, withServer } from './harness.ts'; // prettier-ignore

const test = suite('attachServer: what resumes');

const kinds: Kind[] = ['tls', 'https', 'http2'];
const versions: Version[] = ['TLSv1.2', 'TLSv1.3'];
const certificates = {
  RSA: { tls: readCertificate('rsa'), client: {} },
  ECDSA: { tls: readCertificate('ecdsa'), client: {} },
  mTLS: { tls: askForCertificate, client: readCertificate('client') },
};

for (const kind of kinds) {
  for (const version of versions) {
    for (const [name, { tls, client }] of Object.entries(certificates)) {
      test(`${kind}, ${version}, ${name}: a session resumes`, async () => {
        const options: TlsOptions = { ...tls, maxVersion: version };
        const attach = { tls13: version === 'TLSv1.3' };
        await withServer({ kind, tls: options, attach }, async ({ connect, attached }) => {
          const first = await connect(undefined, client);
          assertResumed(first, false);
          assert.is(first.server?.version, version);
          const second = await connect(first.session, client);
          assertResumed(second, true);
          const third = await connect(second.session, client);
          assertResumed(third, true);
          if (name === 'mTLS') {
            assert.is(third.server?.authorized, true);
            assert.is(third.server?.peer, CLIENT_NAME, 'the certificate came with the session');
          }
          const { handshakes, hits, stored } = attached.stats();
          assert.equal(handshakes, { full: 1, resumed: 2, failed: 0 });
          assert.is(hits, 2);
          assert.ok(stored >= 1);
        });
      });
    }
  }
}

test('one server resumes TLS 1.2 and TLS 1.3 clients', async () => {
  await withServer({ attach: { tls13: true } }, async ({ connect, attached }) => {
    const old = { maxVersion: 'TLSv1.2' } as const;
    const [twelve, thirteen] = [await connect(undefined, old), await connect()];
    assert.is(twelve.server?.version, 'TLSv1.2');
    assert.is(thirteen.server?.version, 'TLSv1.3');
    assertResumed(await connect(twelve.session, old), true);
    assertResumed(await connect(thirteen.session), true);
    assertResumed(await connect(twelve.session), false); // TLS 1.3, with the other version's id
    assert.is(attached.stats().skipped.noPsk >= 2, true, 'a hello without PSK asks nothing');
  });
});

test('the counters of the cache agree with the handshakes', async () => {
  for (const maxVersion of versions) {
    await withServer({ tls: { maxVersion }, attach: { tls13: true } }, async (running) => {
      let { session } = await running.connect();
      for (let i = 0; i < 3; i++) ({ session } = await running.connect(session));
      const { accept, acceptGood, hits } = running.cache.stats();
      assert.equal({ accept, acceptGood, hits }, { accept: 4, acceptGood: 4, hits: 3 }, maxVersion);
    });
  }
});

test.run();
