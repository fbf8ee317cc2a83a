// `npm run soak:node -- --connections 100000`: connections of all kinds, with random faults among
// them, against three servers with one cache. In the end memory, handles and listeners are where
// they began.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTLS } from 'node:tls';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readCertificate } from '../../examples/certificates.js';
import { SessionCache } from '../../bindings/index.ts';
import { attachServer } from '../../bindings/node/index.ts';
import { type Fault, fail, faults, resources } from './faults.ts';
import { askForCertificate, connectTls, makeServer } from './harness.ts';
import { captureHello } from './wire.ts';

const { values } = parseArgs({ options: { connections: { type: 'string', default: '100000' } } });
const CONNECTIONS = Number(values.connections);
const AT_ONCE = 16;
const MEMORY_PER_CONNECTION = 64; // bytes; one leaked object per connection is more

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const cache = new SessionCache({ size: 1000, timeout: 60 });
const member = readCertificate('client');
const sorts = [
  { tls: {}, client: {} },
  { tls: readCertificate('ecdsa'), client: { maxVersion: 'TLSv1.2' as const } },
  { tls: askForCertificate, client: member },
];
const servers = await Promise.all(
  sorts.map(async ({ tls, client }) => {
    const server = makeServer('tls', { ...tls, handshakeTimeout: 500 });
    const errors: unknown[] = [];
    const attached = attachServer(server, cache, {
      tls13: true,
      handshakeTimeout: 500,
      onError: (error) => errors.push(error),
    });
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, attached, client, errors, port: (server.address() as AddressInfo).port };
  }),
);
const sessions: (Buffer | undefined)[] = [];
const [first] = servers as [(typeof servers)[0]];
const hello = await captureHello((port) =>
  connectTLS({ port, host: '127.0.0.1', servername: 'localhost' }),
);

await connections(Math.min(3000, CONNECTIONS)); // what is compiled and cached on the way is no leak
const before = await state();
await connections(CONNECTIONS);
const after = await state();

const problems: string[] = [];
const growth = after.heap - before.heap;
if (growth > CONNECTIONS * MEMORY_PER_CONNECTION) problems.push(`${growth} bytes of memory grown`);
for (const what of ['resources', 'listeners', 'pending'] as const) {
  const [was, is] = [JSON.stringify(before[what]), JSON.stringify(after[what])];
  if (was !== is) problems.push(`${what}: ${was} before, ${is} after`);
}
for (const { errors } of servers) if (errors.length > 0) problems.push(String(errors[0]));
const totals = servers.map(({ attached }) => attached.stats().handshakes);
const sum = (kind: 'full' | 'resumed' | 'failed'): number =>
  totals.reduce((total, handshakes) => total + handshakes[kind], 0);
if (sum('resumed') === 0) problems.push('nothing resumed');
console.log(`full ${sum('full')}, resumed ${sum('resumed')}, failed ${sum('failed')}`);
console.log(`memory grew by ${growth} bytes in ${CONNECTIONS} connections`);
for (const { server } of servers) server.close();
for (const problem of problems) console.error(`FAIL  ${problem}`);
if (problems.length > 0) process.exitCode = 1;

async function connections(count: number): Promise<void> {
  let made = 0;
  const worker = async (): Promise<void> => {
    while (made++ < count) await one();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** A client as it should be, or with another server's session, or one that fails. */
async function one(): Promise<void> {
  if (Math.random() < 0.3) {
    // The two that say nothing more take half a second each: few of them.
    const quick = Math.random() < 0.02 ? faults : faults.slice(0, 9);
    await fail(first.port, hello, quick[Math.floor(Math.random() * quick.length)] as Fault);
    return;
  }
  const at = Math.floor(Math.random() * servers.length);
  const { port, client } = servers[at] as (typeof servers)[0];
  const own = Math.random() < 0.9 ? at : Math.floor(Math.random() * servers.length);
  const outcome = await connectTls(port, sessions[own], client).catch(() => undefined);
  sessions[at] = outcome && Math.random() < 0.9 ? outcome.session : undefined;
}

async function state() {
  await sleep(1500);
  for (let i = 0; i < 3; i++) {
    collect();
    await sleep(50);
  }
  const events = ['connection', 'newSession', 'resumeSession', 'secureConnection'];
  return {
    heap: process.memoryUsage().heapUsed,
    resources: resources(),
    listeners: servers.map(({ server }) => events.map((event) => server.listenerCount(event))),
    pending: servers.map(({ attached }) => attached.stats().pending),
  };
}
