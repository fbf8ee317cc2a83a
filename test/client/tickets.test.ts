// On the wire: each TLS 1.3 ticket is offered once, its siblings are dropped, all others stay.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientSessionCache, connect, type ConnectOptions } from '../../bindings/client/index.ts';
import { run } from '../support/commands.ts';
import { CLIENTS } from './clients.ts';
import { relayTo } from './hellos.ts';
import { ca, serve, VERSIONS } from './servers.ts';

const test = suite('tickets on the wire');

const REQUEST = 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';

/** Opens a connection and waits for its end. */
async function visit(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectOptions = {},
): Promise<void> {
  const socket = connect({ host: 'localhost', port, ca, sessions, ...options });
  await drain(socket);
}

/** The key of the only peer. */
function keyOfOnly({ cache }: ClientSessionCache): Uint8Array {
  const [session] = cache;
  return session!.sessionIdContext;
}

async function drain(socket: TLSSocket): Promise<void> {
  socket.write(REQUEST); // the server ends it
  socket.resume();
  await once(socket, 'close');
}

/** Most connections at a time; one is enough for clients that share an adapter. */
const MANY: Record<string, number> = { tls: 64, https: 64, 'undici 7': 64, http2: 64 };

for (const { name, kind, visit: use } of CLIENTS) {
  const many = MANY[name] ?? 8;
  test(`${name}: ${many} at a time offer no ticket twice`, async () => {
    const server = await serve(kind, 'TLSv1.3');
    const relay = await relayTo(server.port);
    const sessions = new ClientSessionCache({ ticketsPerPeer: many / 2 });
    for (let round = 0; round < 2; round++) {
      await Promise.all(Array.from({ length: many }, () => use(relay.port, sessions, { ca })));
    }
    const offered = relay.offered.filter((ticket) => ticket !== undefined);
    assert.is(relay.offered.length, 2 * many);
    assert.is(offered.length, many / 2, 'the first round left as many as are kept');
    assert.is(new Set(offered).size, offered.length);
    assert.is(server.resumed.filter(Boolean).length, offered.length);
    sessions.close();
    await relay.close();
    await server.close();
  });
}

test('TLS 1.2 offers its session at every connection', async () => {
  const server = await serve('https', 'TLSv1.2');
  const relay = await relayTo(server.port);
  const sessions = new ClientSessionCache();
  for (let i = 0; i < 4; i++) await visit(relay.port, sessions);
  assert.equal(server.resumed, [false, true, true, true]);
  sessions.close();
  await relay.close();
  await server.close();
});

test('keepLast offers the last ticket again', async () => {
  const server = await serve('https', 'TLSv1.3');
  const relay = await relayTo(server.port);
  const sessions = new ClientSessionCache({ keepLast: true });
  for (let i = 0; i < 5; i++) await visit(relay.port, sessions);
  assert.equal(server.resumed, [false, true, true, true, true]);
  const [none, newest, ...last] = relay.offered;
  assert.is(none, undefined);
  assert.is(new Set(last).size, 1);
  assert.is.not(last[0], newest);
  sessions.close();
  await relay.close();
  await server.close();
});

for (const version of VERSIONS) {
  test(`${version}: a declined session takes its siblings with it`, async () => {
    const server = await serve('https', version);
    const relay = await relayTo(server.port);
    const sessions = new ClientSessionCache();
    await visit(relay.port, sessions);
    const before = sessions.stats().sessions;
    server.server.setTicketKeys(randomBytes(48));
    await visit(relay.port, sessions);
    await visit(relay.port, sessions);
    const { declined, siblingsDropped, resumed } = sessions.stats();
    assert.equal(server.resumed, [false, false, true]);
    assert.equal([declined, resumed], [1, 1]);
    // Of two tickets, one was offered; of TLS 1.2 there is one session.
    assert.is(siblingsDropped, version === 'TLSv1.3' ? before - 1 : before);
    sessions.close();
    await relay.close();
    await server.close();
  });

  test(`${version}: an error in the handshake takes what was offered and its siblings`, async () => {
    const server = await serve('https', version);
    const relay = await relayTo(server.port);
    const sessions = new ClientSessionCache();
    await visit(relay.port, sessions);
    relay.breaks = true;
    const error = await visit(relay.port, sessions).catch((reason: Error) => reason);
    assert.instance(error, Error);
    assert.is(sessions.stats().sessions, 0);
    relay.breaks = false;
    await visit(relay.port, sessions);
    assert.is(relay.offered[2], undefined);
    sessions.close();
    await relay.close();
    await server.close();
  });

  test(`${version}: a fatal alert takes the sessions of its connection`, async () => {
    const server = await serve('https', version);
    const relay = await relayTo(server.port);
    const sessions = new ClientSessionCache();
    await visit(relay.port, sessions);
    const other = sessions.stats().sessions;
    sessions.put(new Uint8Array(32), sessions.peek(keyOfOnly(sessions))!); // of another connection
    const socket = connect({ host: 'localhost', port: relay.port, ca, sessions });
    await once(socket, 'secureConnect');
    assert.is(socket.isSessionReused(), true);
    relay.spoils = true;
    socket.write(REQUEST);
    socket.resume();
    const errors: NodeJS.ErrnoException[] = [];
    socket.on('error', (error) => errors.push(error));
    await new Promise((resolve) => socket.once('close', resolve));
    assert.match(String(errors[0]?.code), /^ERR_SSL_/);
    assert.ok(other > 0);
    assert.is(sessions.stats().sessions, 1, 'the one of another connection');
    sessions.close();
    await relay.close();
    await server.close();
  });

  test(`${version}: a connection that is refused loses nothing`, async () => {
    const server = await serve('https', version);
    const relay = await relayTo(server.port);
    const { port } = relay;
    const sessions = new ClientSessionCache();
    await visit(port, sessions);
    const before = sessions.stats().sessions;
    await relay.close();
    const error = await visit(port, sessions).catch((reason: NodeJS.ErrnoException) => reason);
    assert.is((error as NodeJS.ErrnoException).code, 'ECONNREFUSED');
    assert.is(sessions.stats().sessions, before);
    assert.is(sessions.stats().putBack, version === 'TLSv1.3' ? 1 : 0, 'TLS 1.2 never left');
    sessions.close();
    await server.close();
  });

  test(`${version}: a connection that is given up before it begins loses nothing`, async () => {
    const server = await serve('https', version);
    const sessions = new ClientSessionCache();
    await visit(server.port, sessions);
    const before = sessions.stats().sessions;
    const socket = connect({ host: 'localhost', port: server.port, ca, sessions });
    socket.destroy();
    await once(socket, 'close');
    assert.is(sessions.stats().sessions, before);
    sessions.close();
    await server.close();
  });

  test(`${version}: the session survives the attempts of Happy Eyeballs`, async () => {
    const server = await serve('https', version);
    const sessions = new ClientSessionCache();
    const addresses = [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ];
    type Answer = (error: null, found: typeof addresses) => void;
    const lookup = (_host: string, _options: object, answer: Answer): void => {
      answer(null, addresses);
    };
    const options = { autoSelectFamily: true, lookup } as ConnectOptions;
    for (let i = 0; i < 2; i++) await visit(server.port, sessions, options);
    assert.equal(server.resumed, [false, true]);
    sessions.close();
    await server.close();
  });
}

test('what was offered is overwritten when the handshake is over', async () => {
  const server = await serve('https', 'TLSv1.2');
  const sessions = new ClientSessionCache();
  await visit(server.port, sessions);
  const taken: Buffer[] = [];
  const take = sessions.takeFor.bind(sessions);
  sessions.takeFor = (key) => {
    const session = take(key);
    if (session !== undefined) taken.push(session.data);
    return session;
  };
  await visit(server.port, sessions);
  await visit(server.port, sessions);
  assert.equal(server.resumed, [false, true, true]);
  assert.is(taken.length, 2);
  for (const session of taken) assert.ok(session.every((byte) => byte === 0));
  sessions.close();
  await server.close();
});

test('a ticket is not offered beyond the lifetime that its server gave', async () => {
  const server = await serve('https', 'TLSv1.3', { sessionTimeout: 60 });
  let late = 0;
  const now = (): number => Math.floor(Date.now() / 1000) + late;
  const sessions = new ClientSessionCache({ now });
  await visit(server.port, sessions);
  assert.is(sessions.stats().sessions, 2);
  late = 62;
  await visit(server.port, sessions);
  assert.equal(server.resumed, [false, false]);
  assert.is(sessions.stats().taken, 0);
  sessions.close();
  await server.close();
});

test('no session outlives the certificate of its server', async () => {
  const server = await serve('https', 'TLSv1.3');
  const now = (): number => Date.UTC(2300, 0) / 1000;
  const sessions = new ClientSessionCache({ now });
  await visit(server.port, sessions);
  assert.is(sessions.stats().sessions, 0);
  assert.ok(sessions.stats().refused.certificate + sessions.stats().refused.expired > 0);
  sessions.close();
  await server.close();
});

test('trouble with the cache costs no more than the session', async () => {
  const server = await serve('https', 'TLSv1.3');
  const sessions = new ClientSessionCache();
  await visit(server.port, sessions);
  sessions.close(); // every call of it throws from now on
  await visit(server.port, sessions);
  await visit(server.port, sessions);
  assert.equal(server.resumed, [false, false, false]);
  await server.close();
});

test('an error without a listener is still thrown', async () => {
  const program = `
    import { connect } from 'sesscache/client';
    process.on('uncaughtException', ({ code }) => console.log('uncaught', code));
    connect({ host: '127.0.0.1', port: 1 });
  `;
  const args = [...process.execArgv, '--input-type=module', '--eval', program];
  assert.is((await run(process.execPath, args)).trim(), 'uncaught ECONNREFUSED');
});

test.run();
