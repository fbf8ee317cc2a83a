// TLS sockets that a program makes itself in the name of an attached server: a session is kept only
// if the socket runs under the server's own settings.

import { constants } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createNetServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createSecureContext, type SecureContext, type Server, TLSSocket } from 'node:tls';
import type { TLSSocketOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import {
  assertResumed,
  connectTls,
  CONTEXT,
  reportOn,
  type Version,
  withServer,
} from './harness.ts';

const test = suite('attachServer: TLS sockets that programs make');

const member = readCertificate('client');
const stranger = readCertificate('ecdsa');

/** A port where each connection becomes TLS in the name of `server`, with these options. */
async function withUpgrades(
  server: Server,
  options: TLSSocketOptions,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const front = createNetServer((raw: Socket) => {
    const socket = new TLSSocket(raw, { isServer: true, server, ...options });
    socket.on('error', () => {});
    socket.on('secure', () => {
      socket.resume();
      socket.end(JSON.stringify(reportOn(socket)));
    });
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  try {
    await use((front.address() as AddressInfo).port);
  } finally {
    front.close();
    await once(front, 'close');
  }
}

const own = (server: Server): SecureContext =>
  (server as unknown as { _sharedCreds: SecureContext })._sharedCreds; // oxlint-disable-line no-underscore-dangle
const asking = { requestCert: true, rejectUnauthorized: false };
const stateful = {
  ...readCertificate('rsa'),
  secureOptions: constants.SSL_OP_NO_TICKET,
  sessionIdContext: CONTEXT,
};
const other = createSecureContext({ ...stateful, ca: stranger.cert });

const cases: [string, boolean, (server: Server) => TLSSocketOptions, ((s: Server) => void)?][] = [
  ['as the server does', true, (server) => ({ secureContext: own(server), ...asking })],
  ['with another secure context', false, () => ({ secureContext: other, ...asking })],
  ['with one of its own', false, () => ({ ...stateful, ca: member.cert, ...asking })],
  ['without asking for a certificate', false, (server) => ({ secureContext: own(server) })],
  [
    'that refuses where the server does not',
    false,
    (server) => ({ secureContext: own(server), requestCert: true, rejectUnauthorized: true }),
  ],
  [
    'with an SNICallback of its own',
    false,
    (server) => ({
      secureContext: own(server),
      ...asking,
      SNICallback: (_name, done) => done(null, other),
    }),
  ],
  [
    'that lets clients in by keys',
    false,
    (server) => ({ secureContext: own(server), ...asking, pskCallback: () => null }),
  ],
  [
    'without the contexts for names',
    false,
    (server) => ({ secureContext: own(server), ...asking }),
    (server) => server.addContext('localhost', { ...readCertificate('rsa'), ca: stranger.cert }),
  ],
];

for (const version of ['TLSv1.2', 'TLSv1.3'] as Version[]) {
  for (const [name, isKept, options, prepare] of cases) {
    test(`${version}: ${name}: its sessions are ${isKept ? '' : 'not '}kept`, async () => {
      const tls = { minVersion: version, maxVersion: version, ...asking, ca: member.cert };
      const attach = { tls13: version === 'TLSv1.3' };
      await withServer({ tls, attach, ...(prepare && { prepare }) }, async (running) => {
        const { server, connect, attached, cache } = running;
        await withUpgrades(server, options(server), async (port) => {
          const first = await connectTls(port, undefined, member);
          const { stored, notStored } = attached.stats();
          assert.is(stored > 0, isKept, JSON.stringify(notStored));
          assert.is(notStored.unread > 0, !isKept && first.sessions.length > 0);
          assert.is(cache.stats().number > 0, isKept);
          const back = await connect(first.session, member);
          assertResumed(back, isKept);
          // Nor does it take a session of the server.
          const there = await connectTls(port, back.session, member);
          assertResumed(there, isKept);
        });
      });
    });
  }
}

test.run();
