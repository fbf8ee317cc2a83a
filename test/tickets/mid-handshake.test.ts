// What changes between the moment that a connection is accepted and its handshake.

import { createSecureContext, type Server } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { askForCertificate, CONTEXT } from '../node/harness.ts';
import { OTHER_SECRET, resetClock, type Running, SECRET, setClock, VERSIONS, withTickets } from './harness.ts'; // prettier-ignore
import { hold } from './kinds.ts';

const test = suite('attachTicketKeys: changes in mid-handshake');

test.before.each(() => setClock(0));
test.after.each(resetClock);

const member = readCertificate('client');

for (const version of VERSIONS) {
  const limits = { minVersion: version, maxVersion: version };

  const harmless: [string, (running: Running) => void][] = [
    ['the keys rotate', () => setClock(1)],
    [
      'a certificate is renewed',
      ({ attached }) => attached.setSecureContext(readCertificate('ecdsa')),
    ],
    ['a secret is added', ({ attached }) => attached.setSecrets([OTHER_SECRET, SECRET])],
    [
      'a context for a name is added',
      ({ server }) => server.addContext('b.test', readCertificate('ecdsa')),
    ],
  ];
  for (const [title, change] of harmless) {
    test(`${version}: ${title}, and the ticket resumes`, async () => {
      await withTickets({ version }, async (running) => {
        const { session } = await running.connect();
        const held = await hold(running.port, { session });
        change(running);
        assert.is((await held.go()).resumed, true);
      });
    });
  }

  const harmful: [string, (running: Running) => void][] = [
    ['the secrets are replaced', ({ attached }) => attached.setSecrets([OTHER_SECRET])],
    ['the keys are detached', ({ attached }) => attached.detach()],
    ['the period of the ticket ends', () => setClock(26)],
    ['other authorities are trusted', ({ attached }) => attached.setSecureContext({ ca: [member.cert, readCertificate('rsa').cert] })],
    ['the authorities are replaced by Node', ({ server }) => server.setSecureContext({ ...readCertificate('rsa'), ...limits, sessionIdContext: CONTEXT, ca: [member.cert, readCertificate('rsa').cert] })],
    ['a name is added that trusts others', ({ server }) => server.addContext('localhost', { ...readCertificate('rsa'), ca: readCertificate('rsa').cert })],
    ['a name is added of which nothing is known', ({ server }) => server.addContext('localhost', createSecureContext({ ...readCertificate('rsa'), ca: member.cert }))],
  ]; // prettier-ignore
  for (const [title, change] of harmful) {
    test(`${version}: ${title}, and the ticket does not resume`, async () => {
      await withTickets({ version, tls: askForCertificate }, async (running) => {
        const { session } = await running.connect(undefined, member);
        const held = await hold(running.port, { ...member, session });
        change(running);
        assert.is((await held.go()).resumed, false);
      });
    });
  }

  test(`${version}: a connection accepted before certificates were asked for gets no ticket`, async () => {
    await withTickets({ version }, async ({ server, port, connect: connectHere }) => {
      const flip = server as Server & { requestCert: boolean };
      Object.assign(server, { ...askForCertificate, requestCert: false });
      const held = await hold(port, {});
      const late = await hold(port, {});
      flip.requestCert = true;
      const { resumed, sessions, answer } = await held.go();
      assert.is(resumed, false);
      assert.match(answer, /"authorized":false/);
      for (const session of sessions) {
        const again = await connectHere(session).catch(() => undefined);
        assert.is(again?.resumed ?? false, false, 'not even where it is asked for now');
      }
      await late.go();
    });
  });

  test(`${version}: keys detached and attached again in mid-handshake fail no connection`, async () => {
    const { attachTicketKeys } = await import('../../bindings/tickets/index.ts');
    await withTickets({ version }, async ({ attached, server, port, connect: connectHere }) => {
      const { session } = await connectHere();
      for (let i = 0; i < 5; i++) {
        const held = await hold(port, { session });
        attached.detach();
        const again = attachTicketKeys(server, { secret: SECRET, period: 100_000 });
        await again.ready;
        assert.is((await held.go()).resumed, true);
        const other = await hold(port, { session });
        again.detach();
        assert.is((await other.go()).resumed, false);
      }
    });
  });
}

test.run();
