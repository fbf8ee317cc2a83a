// Connections by the thousand, with faults, between real clients and servers in one process:
// whether what is counted is what the clients saw. `npm run soak -- [connections] [seed]`; in `npm
// test` a share of it.

import { constants } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { attachExternal, type External, memoryStore } from '../../bindings/external/index.ts';
import { SessionCache } from '../../bindings/index.ts';
import { metricsOf } from '../../bindings/metrics/index.ts';
import { type Attached, attachServer, type HandshakeEvent } from '../../bindings/node/index.ts';
import { key, remote } from '../external/support.ts';
import { parse, valueOf } from '../metrics/openmetrics.ts';
import { seededRandom } from '../support/random.ts';

/** What there was, at both ends. */
export interface SoakReport {
  connections: number;
  full: number;
  resumed: number;
  failed: number;
  reasons: Record<string, number>;
  seconds: number;
}

type Outcome = 'full' | 'resumed' | 'failed';

interface Site {
  server: Server;
  cache: SessionCache;
  attached: Attached;
  external: External;
  port: number;
  seen: Record<Outcome, number>;
}

const AT_ONCE = 24;
const { cert, key: privateKey } = readCertificate('ecdsa');

async function open(
  maxVersion: 'TLSv1.2' | 'TLSv1.3',
  random: (n: number) => number,
): Promise<Site> {
  const cache = new SessionCache({ size: 300, timeout: 60 });
  const store = remote(memoryStore());
  const { get } = store;
  const external = attachExternal(
    cache,
    // Some answers are errors, and some never come.
    {
      ...store,
      get: (name: string) => {
        const die = random(50);
        if (die === 0) return Promise.reject(new Error('a fault of the store'));
        return die === 1 ? new Promise(() => {}) : get.call(store, name);
      },
    },
    { keys: [key(1)], failures: 3, cooldown: 50, deadline: 10, onError: () => {} },
  );
  const server = createServer({
    cert,
    key: privateKey,
    maxVersion,
    minVersion: maxVersion,
    sessionIdContext: 'soak',
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  const attached = attachServer(server, cache, {
    tls13: maxVersion === 'TLSv1.3',
    namespace: 'soak',
    tags: () => [`user ${random(20)}`],
    onError: () => {},
  });
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => {});
    socket.end('x');
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, cache, attached, external, port, seen: { full: 0, resumed: 0, failed: 0 } };
}

/** What became of a connection, as the client saw it, and the sessions that it was given. */
function visit(
  port: number,
  session: Buffer | undefined,
): Promise<{ outcome: Outcome; from: number; sessions: Buffer[] }> {
  return new Promise((resolve) => {
    const sessions: Buffer[] = [];
    let outcome: Outcome = 'failed';
    let from = 0;
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: cert,
      ...(session && { session }),
    });
    socket.on('connect', () => (from = socket.localPort ?? 0));
    socket.on('session', (given: Buffer) => sessions.push(given));
    socket.on('secureConnect', () => (outcome = socket.isSessionReused() ? 'resumed' : 'full'));
    socket.on('error', () => {});
    socket.on('close', () => resolve({ outcome, from, sessions }));
    socket.resume();
  });
}

/** A client that is none, or gives up before its hello. */
function spoil(port: number, random: (n: number) => number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => {
      if (random(2)) socket.end('GET / HTTP/1.1\r\n\r\n');
      else socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
  });
}

/** Makes so many connections. @throws AssertionError if the two ends do not agree */
export async function soak(connections: number, seed: number): Promise<SoakReport> {
  const random = seededRandom(seed);
  const sites = [await open('TLSv1.2', random), await open('TLSv1.3', random)];
  const told = { full: 0, resumed: 0, failed: 0 };
  const reasons: Record<string, number> = {};
  /**
   * The outcomes at each end by both ports, in order of use. Two servers may have a client of the
   * same port at one time.
   */
  const servers = new Map<string, Outcome[]>();
  const clients = new Map<string, Outcome[]>();
  const note = (
    ports: Map<string, Outcome[]>,
    from: number | undefined,
    to: number | undefined,
    outcome: Outcome,
  ): void => {
    const outcomes = ports.get(`${from} to ${to}`) ?? [];
    ports.set(`${from} to ${to}`, [...outcomes, outcome]);
  };
  const onHandshake = (message: unknown): void => {
    const { outcome, reason, socket } = message as HandshakeEvent;
    told[outcome]++;
    if (reason !== undefined) reasons[reason] = (reasons[reason] ?? 0) + 1;
    if (outcome !== 'failed' && socket.remotePort) {
      note(servers, socket.remotePort, socket.localPort, outcome);
    }
  };
  subscribe('sesscache:handshake', onHandshake);
  const start = performance.now();
  const todo = { left: connections };
  const client = async (): Promise<void> => {
    const wallets: Buffer[][] = sites.map(() => []);
    for (; todo.left > 0;) {
      todo.left--;
      const which = random(2);
      const site = sites[which]!;
      if (random(40) === 0) {
        await spoil(site.port, random);
        site.seen.failed++;
        continue;
      }
      const wallet = wallets[which]!;
      const die = random(20);
      // Mostly its newest; now and then none, one that was used before, or one of another server.
      const session = die === 0 ? undefined : die === 1 ? wallets[1 - which]!.at(-1) : die === 2 ? wallet[0] : wallet.at(-1); // prettier-ignore
      const { outcome, from, sessions } = await visit(site.port, session);
      site.seen[outcome]++;
      wallet.push(...sessions);
      wallet.splice(0, wallet.length - 4);
      if (outcome !== 'failed') note(clients, from, site.port, outcome);
    }
  };
  const trouble = async (): Promise<void> => {
    while (todo.left > 0) {
      await sleep(40);
      const { cache, attached } = sites[random(2)]!;
      const die = random(12);
      if (die === 0) cache.flushSessions(0);
      else if (die === 1) attached.setSecureContext({ cert, key: privateKey });
      else if (die < 5) attached.revoke({ tag: `user ${random(20)}` });
    }
  };
  await Promise.all([trouble(), ...Array.from({ length: AT_ONCE }, client)]);
  await sleep(300);
  unsubscribe('sesscache:handshake', onHandshake);
  const total = { full: 0, resumed: 0, failed: 0 };
  for (const { server, cache, attached, external, seen } of sites) {
    server.close();
    await once(server, 'close');
    const { handshakes, hits, misses, skipped, pending } = attached.stats();
    assert.equal(handshakes, seen, 'the server counts what the clients saw');
    assert.equal(pending, { hellos: 0, lookups: 0 });
    const { accept } = cache.stats();
    assert.is(accept, seen.full + seen.resumed + seen.failed, 'and the cache');
    assert.ok(hits >= seen.resumed, 'what resumed was found');
    const families = parse(metricsOf([[cache], [attached, { prefix: 'server' }]]));
    for (const kind of ['full', 'resumed', 'failed'] as const) {
      assert.is(valueOf(families, 'server_handshakes', { kind }), seen[kind], `metric ${kind}`);
      total[kind] += seen[kind];
    }
    for (const [cause, count] of Object.entries(misses)) {
      assert.is(valueOf(families, 'server_misses', { cause }), count);
    }
    for (const [cause, count] of Object.entries(skipped)) {
      assert.is(valueOf(families, 'server_skipped', { cause }), count);
    }
    external.detach();
    cache.close();
  }
  assert.equal(told, total, 'the channel has told all');
  const sum = Object.values(reasons).reduce((all, count) => all + count, 0);
  assert.is(sum, total.full, 'each full handshake has a reason');
  let compared = 0;
  for (const [ports, outcomes] of clients) {
    // A server does not know the port of a socket that was closed before it was told.
    if (servers.get(ports)?.length !== outcomes.length) continue;
    assert.equal(servers.get(ports), outcomes, `both ends say the same of ${ports}`);
    compared += outcomes.length;
  }
  assert.ok(total.resumed > connections / 10, `${total.resumed} resumed`);
  assert.ok(compared > connections / 2, `${compared} compared one by one`);
  return { connections, ...total, reasons, seconds: (performance.now() - start) / 1000 };
}

if (process.argv[1] === import.meta.filename) {
  const [connections = 100_000, seed = Date.now() % 1e6] = process.argv.slice(2).map(Number);
  process.on('warning', () => {});
  console.log(`${connections} connections, seed ${seed}, Node ${process.version}`);
  console.log(await soak(connections, seed));
  process.exit(0);
}
