// Data connections take sessions of a control connection; Node does not verify a resumed one again.

import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import tls, { type ConnectionOptions, type PeerCertificate, type TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { ClientSessionCache, ControlSession } from '../../bindings/client/index.ts';
import { ca, type Running, serve, VERSIONS } from './servers.ts';

const test = suite('a control connection leaves');

const lax = { rejectUnauthorized: false };
const reject = (): Error => new Error('not the pinned key');

interface Control {
  socket: TLSSocket;
  session: ControlSession;
}

/** A control connection that has received its sessions. */
async function control(
  server: Running,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<Control> {
  const socket = tls.connect({ port: server.port, host: 'localhost', ...options });
  const session = new ControlSession(socket, { sessions });
  let events = 0;
  socket.on('session', () => events++);
  await once(socket, 'secureConnect');
  while (events < (socket.getProtocol() === 'TLSv1.3' ? 2 : 1)) await once(socket, 'session');
  return { socket, session };
}

/** Opens a data connection; resolves to its outcome. */
async function data(
  server: Running,
  { session }: Control,
  options: ConnectionOptions,
): Promise<string> {
  const raw = connectTcp(server.port, '127.0.0.1');
  const socket = session.connect({ host: 'localhost', ...options, socket: raw });
  try {
    await once(socket, 'secureConnect');
    const authorized = socket.authorized ? 'authorized' : 'unauthorized';
    return `${socket.isSessionReused() ? 'resumed' : 'full'}, ${authorized}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  } finally {
    raw.destroy();
  }
}

for (const version of VERSIONS) {
  const withControl = async (
    options: ConnectionOptions,
    work: (server: Running, control: Control, sessions: ClientSessionCache) => Promise<void>,
  ): Promise<void> => {
    const server = await serve('https', version);
    const sessions = new ClientSessionCache();
    const opened = await control(server, sessions, options);
    await work(server, opened, sessions);
    opened.socket.destroy();
    await once(opened.socket, 'close');
    assert.is(sessions.stats().sessions, 0);
    assert.is(sessions.stats().errors, 0);
    sessions.close();
    await server.close();
  };

  test(`${version}: authorized, sessions that resume`, async () => {
    await withControl({ ca }, async (server, opened) => {
      for (let i = 0; i < 3; i++) {
        assert.is(await data(server, opened, { ca }), 'resumed, authorized');
      }
    });
  });

  for (const [what, wrong] of [
    ['by another name', { ca, servername: 'evil.test' }],
    ['by a function that rejects', { ca, checkServerIdentity: reject }],
  ] as const) {
    test(`${version}: unauthorized ${what}, nothing to a strict data connection`, async () => {
      await withControl({ ...wrong, ...lax }, async (server, opened, sessions) => {
        assert.is(opened.socket.authorized, false);
        const { servername } = wrong as ConnectionOptions;
        const name = servername === undefined ? {} : { servername };
        const error = await data(server, opened, { ...wrong });
        assert.match(error, /ALTNAME|not the pinned key/);
        assert.is(await data(server, opened, { ca }), 'full, authorized');
        assert.is(await data(server, opened, { ...name, ca, ...lax, checkServerIdentity: reject }).then((it) => it.split(', ')[1]), 'unauthorized'); // prettier-ignore
        assert.is(opened.session.take(), undefined);
        assert.is(opened.session.take({ ca }), undefined);
        const { stored, refused } = sessions.stats();
        assert.is(stored, 0);
        assert.ok(refused.unauthorized > 0);
      });
    });

    test(`${version}: unauthorized ${what}, a session to one that does not verify either`, async () => {
      await withControl({ ...wrong, ...lax }, async (server, opened) => {
        const { servername = 'localhost' } = wrong as ConnectionOptions;
        for (let i = 0; i < 2; i++) {
          assert.match(await data(server, opened, { ca, servername, ...lax }), /^resumed/);
        }
        assert.ok(opened.session.take(lax) !== undefined);
      });
    });
  }

  test(`${version}: unauthorized by its certificates, sessions that say so`, async () => {
    await withControl({ ...lax }, async (server, opened) => {
      assert.is(await data(server, opened, { ...lax }), 'resumed, unauthorized');
      assert.match(await data(server, opened, { ca }), /SELF_SIGNED/);
    });
  });

  test(`${version}: the say to a function that checks the identity in data connections`, async () => {
    await withControl({ ca }, async (server, opened) => {
      const shown: PeerCertificate[] = [];
      let verdict: Error | undefined;
      const checkServerIdentity = (_: string, certificate: PeerCertificate): Error | undefined => {
        shown.push(certificate);
        return verdict;
      };
      assert.is(await data(server, opened, { ca, checkServerIdentity }), 'resumed, authorized');
      verdict = new Error('revoked meanwhile');
      assert.is(await data(server, opened, { ca, checkServerIdentity }), 'revoked meanwhile');
      const { fingerprint256 } = opened.socket.getPeerCertificate();
      assert.equal(shown.map((each) => each.fingerprint256), [fingerprint256, fingerprint256]); // prettier-ignore
    });
  });

  test(`${version}: no place for sessions of another server`, async () => {
    const other = await serve('https', version, readCertificate('ecdsa'));
    const from = tls.connect({ port: other.port, host: 'localhost', ...lax });
    const [foreign] = (await once(from, 'session')) as [Buffer];
    await withControl({ ca }, async (_, opened, sessions) => {
      const { stored } = sessions.stats();
      opened.session.put(foreign);
      assert.is(sessions.stats().stored, stored);
      assert.is(sessions.stats().refused.unauthorized, 1);
    });
    from.destroy();
    await other.close();
  });
}

test.run();
