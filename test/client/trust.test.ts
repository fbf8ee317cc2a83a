// As bypass.test.ts, for options that only `connect()` takes, and for settings of the process.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import tls from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { ClientSessionCache, connect, type ConnectOptions } from '../../bindings/client/index.ts';
import { attachTicketKeys } from '../../bindings/tickets/index.ts';
import { ca, type Running, serve, VERSIONS } from './servers.ts';

const test = suite('trust is part of the key');

const otherCa = readCertificate('ecdsa').cert;
const reject = (): Error => new Error('not the pinned key');

/** A method that Node documents, but its types lack. */
interface SessionSocket extends tls.TLSSocket {
  setSession(session: Buffer): void;
}

/** Connects by `connect()` and resolves to what the client sees once it is secure. */
async function look(
  server: Running,
  sessions: ClientSessionCache,
  options: ConnectOptions,
): Promise<{ authorized: boolean; error: unknown; reused: boolean }> {
  const socket = connect({ host: 'localhost', port: server.port, ca, sessions, ...options });
  await once(socket, 'secureConnect');
  const { authorized, authorizationError: error } = socket;
  const reused = socket.isSessionReused();
  assert.not.ok(Object.hasOwn(socket, 'isSessionReused'), 'the socket is as Node made it');
  socket.end('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  socket.resume();
  await once(socket, 'close');
  return { authorized, error, reused };
}

for (const version of VERSIONS) {
  test(`${version}: a ticket of another port would have been taken, had it been offered`, async () => {
    const ticketKeys = randomBytes(48);
    const one = await serve('https', version, { ticketKeys });
    const two = await serve('https', version, { ticketKeys });
    const from = tls.connect({ host: 'localhost', port: one.port, ca });
    const [session] = (await once(from, 'session')) as [Buffer];
    from.destroy();
    const to = tls.connect({ host: 'localhost', port: two.port, ca, session });
    await once(to, 'secureConnect');
    assert.is(to.isSessionReused(), true);
    to.destroy();
    await one.close();
    await two.close();
  });

  test(`${version}: a session of the proxy hop at the origin, and the other way round`, async () => {
    const server = await serve('https', version);
    const sessions = new ClientSessionCache();
    for (const hop of ['proxy', 'origin', 'proxy', 'origin'] as const) {
      await look(server, sessions, { hop });
    }
    assert.equal(server.resumed, [false, false, true, true]);
    sessions.close();
    await server.close();
  });

  test(`${version}: a socket of the caller's without the name of its peer is left alone`, async () => {
    const server = await serve('https', version);
    const sessions = new ClientSessionCache();
    const through = (more: object): Promise<unknown> => {
      const socket = connectTcp(server.port, '127.0.0.1');
      return look(server, sessions, {
        socket,
        port: undefined as never,
        servername: 'localhost',
        ...more,
      });
    };
    await through({});
    await through({});
    assert.equal(server.resumed, [false, false]);
    assert.equal(sessions.stats().unkeyedBy, ['socket']);
    await through({ port: server.port });
    await through({ port: server.port });
    assert.equal(server.resumed, [false, false, false, true]);
    await look(server, sessions, { servername: 'localhost' });
    assert.is(server.resumed[4], false, 'another way to the peer');
    sessions.close();
    await server.close();
  });

  test(`${version}: another local address`, async () => {
    const server = await serve('https', version);
    const sessions = new ClientSessionCache();
    const from = (localAddress: string): ConnectOptions => ({ localAddress }) as ConnectOptions;
    for (const end of [1, 2, 1, 2]) await look(server, sessions, from(`127.0.0.${end}`));
    assert.equal(server.resumed, [false, false, true, true]);
    sessions.close();
    await server.close();
  });

  test(`${version}: another secureContext`, async () => {
    const server = await serve('https', version);
    const sessions = new ClientSessionCache();
    const contexts = [tls.createSecureContext({ ca }), tls.createSecureContext({ ca })];
    for (const i of [0, 1, 0, 1]) await look(server, sessions, { secureContext: contexts[i]! });
    assert.equal(server.resumed, [false, false, true, true]);
    sessions.close();
    await server.close();
  });

  test(`${version}: who was not authorized comes back no better`, async () => {
    const server = await serve('https', version);
    const sessions = new ClientSessionCache();
    const lax = { rejectUnauthorized: false };
    for (const options of [
      { ...lax, servername: 'evil.test' },
      { ...lax, ca: otherCa },
      { ...lax, checkServerIdentity: reject },
    ]) {
      const first = await look(server, sessions, options);
      const second = await look(server, sessions, options);
      assert.is(first.authorized, false);
      assert.is(second.authorized, false);
      assert.equal(second.error, first.error);
    }
    assert.ok(sessions.stats().refused.unauthorized > 0);
    sessions.close();
    await server.close();
  });

  test(`${version}: a pin function that changes its mind, with rejectUnauthorized off`, async () => {
    const server = await serve('https', version);
    const sessions = new ClientSessionCache();
    let verdict: Error | undefined;
    const options = { rejectUnauthorized: false, checkServerIdentity: () => verdict };
    assert.is((await look(server, sessions, options)).authorized, true);
    verdict = new Error('revoked meanwhile');
    const { authorized, error } = await look(server, sessions, options);
    assert.is(authorized, false);
    assert.is(error, 'revoked meanwhile');
    sessions.close();
    await server.close();
  });
}

for (const version of VERSIONS) {
  test(`${version}: a session that the program sets on the socket is not ours, nor what it is renewed to`, async () => {
    const server = await serve('https', version);
    // Answers each ticket with a new one.
    const keys = attachTicketKeys(server.server, { secret: randomBytes(32), renew: 'always' });
    await keys.ready;
    const sessions = new ClientSessionCache();
    const host = 'localhost';
    const lax = { host, port: server.port, ca, checkServerIdentity: () => undefined };
    // Without a session offered, and with one.
    for (const policy of [{}, { ALPNProtocols: ['http/1.1'] }]) {
      if ('ALPNProtocols' in policy) await look(server, sessions, policy);
      const from = tls.connect(lax);
      const [session] = (await once(from, 'session')) as [Buffer];
      from.destroy();
      const before = sessions.stats();
      const socket = connect({ host, port: server.port, ca, sessions, ...policy }) as SessionSocket;
      socket.setSession(session);
      await once(socket, 'secureConnect');
      assert.is(socket.isSessionReused(), true, 'the one that was set');
      socket.end('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
      socket.resume();
      await once(socket, 'close');
      const after = sessions.stats();
      assert.is(after.resumed, before.resumed);
      assert.is(
        after.stored - after.putBack,
        before.stored,
        'ours was not sent, and nothing is new',
      );
      assert.ok(after.unkeyedBy.includes('session'), 'as with the option');
      assert.is(after.errors, 0);
    }
    sessions.close();
    keys.detach();
    await server.close();
  });

  test(`${version}: options that change between the key and the connection`, async () => {
    const server = await serve('https', version);
    const sessions = new ClientSessionCache();
    let reads = 0;
    // When the key is made, another authority's; when it is used, the server's.
    const list: Buffer[] = [];
    const get = (): Buffer => (reads++ === 0 ? otherCa : ca);
    Object.defineProperty(list, 0, { get, enumerable: true });
    const seen = await look(server, sessions, { ca: list }).catch((reason: Error) => reason);
    assert.instance(seen, Error);
    assert.is(reads, 1);
    const error = await look(server, sessions, { ca: [otherCa] }).catch((reason: Error) => reason);
    assert.instance(error, Error, 'no session helps a server that is not trusted');
    sessions.close();
    await server.close();
  });
}

test('NODE_TLS_REJECT_UNAUTHORIZED counts for those it was set for', async () => {
  const server = await serve('https', 'TLSv1.3');
  const sessions = new ClientSessionCache();
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  try {
    await look(server, sessions, { ca: undefined as never });
    await look(server, sessions, { ca: undefined as never });
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.emitWarning = emitWarning;
  }
  assert.equal(server.resumed, [false, true]);
  const error = await look(server, sessions, { ca: undefined as never }).catch(
    (reason: Error) => reason,
  );
  assert.instance(error, Error);
  sessions.close();
  await server.close();
});

test('authorities that are no longer the default leave no session behind', async () => {
  const { getCACertificates, setDefaultCACertificates } = tls as unknown as {
    getCACertificates?: (type: string) => string[];
    setDefaultCACertificates?: (list: string[]) => void;
  };
  if (!getCACertificates || !setDefaultCACertificates) {
    assert.ok(process.version.startsWith('v20.'), 'every later release has them');
    return;
  }
  const server = await serve('https', 'TLSv1.3');
  const sessions = new ClientSessionCache();
  const before = getCACertificates('default');
  try {
    setDefaultCACertificates([...before, ca.toString()]);
    await look(server, sessions, { ca: undefined as never });
    await look(server, sessions, { ca: undefined as never });
    assert.equal(server.resumed, [false, true]);
  } finally {
    setDefaultCACertificates(before);
  }
  const error = await look(server, sessions, { ca: undefined as never }).catch(
    (reason: Error) => reason,
  );
  assert.instance(error, Error);
  sessions.close();
  await server.close();
});

test.run();
