import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { askForCertificate, assertResumed, CLIENT_NAME, type Outcome } from '../node/harness.ts';
import { newCache, withServer } from './harness.ts';

const test = suite('client certificates');

const clientCertificate = readCertificate('client');

function assertMember(outcome: Outcome, resumed: boolean): void {
  assertResumed(outcome, resumed);
  assert.is(outcome.server?.authorized, true);
  assert.is(outcome.server?.peer, CLIENT_NAME);
}

test('a resumed session brings the client certificate along', async () => {
  const cache = newCache({ verifyPeer: true });
  await withServer({ cache, tls: askForCertificate }, async ({ connect }) => {
    const first = await connect(undefined, clientCertificate);
    assertMember(first, false);
    assertMember(await connect(first.session, clientCertificate), true);
  });
});

test('a client without a certificate has no handshake', async () => {
  const cache = newCache({ verifyPeer: true });
  await withServer({ cache, tls: askForCertificate }, async ({ connect }) => {
    await failedHandshake(connect());
    assert.is(cache.stats().number, 0);
  });
});

test('a client with an untrusted certificate has no session to come back with', async () => {
  const cache = newCache({ verifyPeer: true });
  await withServer({ cache, tls: askForCertificate }, async ({ connect }) => {
    const untrusted = readCertificate('ecdsa');
    await failedHandshake(connect(undefined, untrusted), /disconnected before secure/);
  });
});

test('a session of a public server does not open one that asks for certificates', async () => {
  const cache = newCache();
  const context = 'members';
  const members = {
    cache,
    connection: { sessionIdContext: Buffer.from(context), verifyPeer: true },
    tls: { ...askForCertificate, sessionIdContext: context },
  };
  await withServer({ cache }, async (open) => {
    await withServer(members, async (closed) => {
      const { session } = await open.connect();
      await failedHandshake(closed.connect(session));
      assert.is(cache.stats().missCauses.context, 1);
      const member = await closed.connect(session, clientCertificate);
      assertMember(member, false);
      assertResumed(await closed.connect(member.session, clientCertificate), true);
    });
  });
});

async function failedHandshake(
  connection: Promise<unknown>,
  reason = /alert handshake failure/,
): Promise<void> {
  let failure: unknown;
  await connection.catch((error: unknown) => (failure = error));
  assert.match(String(failure), reason);
}

test.run();
