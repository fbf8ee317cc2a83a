// Peers whose handshakes fail if a session is offered, and succeed without one.

import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientSessionCache, connect } from '../../bindings/client/index.ts';
import { ticketOf } from './hellos.ts';
import { ca, type Running, serve, VERSIONS } from './servers.ts';

const test = suite('a peer that does not like to be offered');

type Manner = 'resets' | 'hangs up' | 'stalls' | 'alerts' | 'talks nonsense' | 'answers';

/** An alert handshake_failure. */
const ALERT = Buffer.of(0x15, 3, 3, 0, 2, 2, 40);

interface Peer {
  port: number;
  /** How it reacts to an offered session, and to a hello without one. */
  offered: Manner;
  plain: Manner;
  /** Whether each connection offered something. */
  offers: boolean[];
  close(): Promise<void>;
}

async function peerBefore(upstream: Running): Promise<Peer> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => {});
    client.once('data', (hello: Buffer) => {
      const isOffer = ticketOf(hello) !== undefined;
      peer.offers.push(isOffer);
      const manner = isOffer ? peer.offered : peer.plain;
      if (manner === 'resets') client.resetAndDestroy();
      else if (manner === 'hangs up') client.end();
      else if (manner === 'alerts') client.end(ALERT);
      else if (manner === 'talks nonsense') client.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      else if (manner === 'answers') {
        const behind = connectTcp(upstream.port, '127.0.0.1');
        sockets.add(behind);
        behind.on('error', () => client.destroy());
        behind.write(hello);
        client.pipe(behind).pipe(client);
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  const peer: Peer = { port, offered: 'answers', plain: 'answers', offers: [], close };
  return peer;
}

/** One connection; resolves to whether it resumed, or to the error. */
async function visit(
  peer: Peer,
  sessions: ClientSessionCache,
  patience = Infinity,
): Promise<'full' | 'resumed' | 'failed'> {
  const socket = connect({ port: peer.port, host: 'localhost', ca, sessions });
  const timer = patience < Infinity ? setTimeout(() => socket.destroy(), patience) : undefined;
  let result: 'full' | 'resumed' | 'failed' = 'failed';
  socket.on('error', () => {});
  socket.on('secureConnect', () => {
    result = socket.isSessionReused() ? 'resumed' : 'full';
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  });
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  clearTimeout(timer);
  return result;
}

for (const version of VERSIONS) {
  const withPeer = async (
    work: (peer: Peer, sessions: ClientSessionCache, clock: { now: number }) => Promise<void>,
  ): Promise<void> => {
    const server = await serve('https', version);
    const peer = await peerBefore(server);
    const clock = { now: Math.floor(Date.now() / 1000) };
    const sessions = new ClientSessionCache({ now: () => clock.now });
    try {
      await work(peer, sessions, clock);
      assert.is(sessions.stats().errors, 0);
    } finally {
      sessions.close();
      await peer.close();
      await server.close();
    }
  };

  for (const manner of ['resets', 'hangs up', 'alerts', 'talks nonsense'] as const) {
    test(`${version}: one that ${manner} costs one try, and is offered nothing for a while`, async () => {
      await withPeer(async (peer, sessions, clock) => {
        peer.offered = manner;
        const results: string[] = [];
        for (let i = 0; i < 5; i++) results.push(await visit(peer, sessions));
        assert.equal(results, ['full', 'failed', 'full', 'full', 'full']);
        assert.equal(peer.offers, [false, true, false, false, false]);
        assert.is(sessions.stats().shy, 1);
        clock.now += 601;
        assert.is(await visit(peer, sessions), 'failed', 'it is tried again');
        assert.is(sessions.stats().shy, 2);
        clock.now += 601;
        assert.is(await visit(peer, sessions), 'full', 'and then not for longer');
        peer.offered = 'answers';
        clock.now += 3000;
        assert.is(await visit(peer, sessions), 'resumed', 'it has changed');
        assert.is(sessions.stats().shy, 2);
      });
    });
  }

  test(`${version}: one that stalls costs one try, whose program gave up`, async () => {
    await withPeer(async (peer, sessions) => {
      peer.offered = 'stalls';
      assert.is(await visit(peer, sessions), 'full');
      assert.is(await visit(peer, sessions, 1200), 'failed');
      assert.is(await visit(peer, sessions), 'full');
      assert.is(await visit(peer, sessions), 'full');
      assert.equal(peer.offers, [false, true, false, false]);
      assert.is(sessions.stats().shy, 1);
    });
  });

  test(`${version}: one that stalls is known while the first try still waits`, async () => {
    await withPeer(async (peer, sessions) => {
      peer.offered = 'stalls';
      assert.is(await visit(peer, sessions), 'full');
      const waiting = visit(peer, sessions, 4000);
      await new Promise((resolve) => setTimeout(resolve, 3200));
      assert.is(await visit(peer, sessions), 'full');
      assert.is(await waiting, 'failed');
      assert.equal(peer.offers, [false, true, false]);
      assert.is(sessions.stats().shy, 1);
    });
  });

  test(`${version}: a program that gives up early says nothing of the peer`, async () => {
    await withPeer(async (peer, sessions) => {
      assert.is(await visit(peer, sessions), 'full');
      peer.offered = 'stalls';
      assert.is(await visit(peer, sessions, 50), 'failed');
      peer.offered = 'answers';
      assert.is(await visit(peer, sessions), 'resumed');
      assert.is(sessions.stats().shy, 0);
    });
  });

  test(`${version}: a peer that fails without an offer too is not shy, only down`, async () => {
    await withPeer(async (peer, sessions) => {
      assert.is(await visit(peer, sessions), 'full');
      peer.offered = peer.plain = 'resets';
      assert.is(await visit(peer, sessions), 'failed');
      assert.is(await visit(peer, sessions), 'failed');
      peer.offered = peer.plain = 'answers';
      assert.is(await visit(peer, sessions), 'full', 'what was offered is gone');
      assert.is(await visit(peer, sessions), 'resumed');
    });
  });

  test(`${version}: a certificate that is refused says nothing of the offer`, async () => {
    await withPeer(async (peer, sessions) => {
      const checkServerIdentity = (): Error | undefined => verdict;
      let verdict: Error | undefined;
      const options = { port: peer.port, host: 'localhost', ca, sessions, checkServerIdentity };
      const through = async (): Promise<string> => {
        const socket = connect(options);
        const result = once(socket, 'secureConnect').then(() => 'secure', (error: Error) => error.message); // prettier-ignore
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.on('secureConnect', () => {
          socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
        });
        socket.resume();
        await closed;
        return result;
      };
      assert.is(await through(), 'secure');
      verdict = new Error('no more');
      assert.is(await through(), 'no more');
      assert.is(sessions.stats().shy, 0);
    });
  });

  test(`${version}: many connections that fail at the same time count once`, async () => {
    await withPeer(async (peer, sessions) => {
      await Promise.all(Array.from({ length: 8 }, () => visit(peer, sessions)));
      peer.offered = 'resets';
      await Promise.all(Array.from({ length: 8 }, () => visit(peer, sessions)));
      assert.is(sessions.stats().shy, 1);
      assert.is(await visit(peer, sessions), 'full');
    });
  });
}

test.run();
