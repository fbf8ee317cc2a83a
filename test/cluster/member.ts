// A program that is primary and worker of a real cluster, and does what the test asks of either.
// The workers' servers keep their sessions in the stores of the configuration.

import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { createServer } from 'node:tls';
import { constants } from 'node:crypto';
import { readCertificate } from '../../examples/certificates.js';
import { type ClusterStore, clusterStore } from '../../bindings/cluster/index.ts';
import {
  attachExternal,
  type External,
  type ExternalStore,
} from '../../bindings/external/index.ts';
import { SessionCache } from '../../bindings/index.ts';
import { attachServer, type Attached } from '../../bindings/node/index.ts';
import { redisStore } from '../../bindings/redis/index.ts';
import { reportOn } from '../node/harness.ts';
import { connectClient } from '../redis/clients.ts';
import type { Call, Config, LastWords, Reply, StoreConfig } from './fleet.ts';
import { hexOf } from '../support/bytes.ts';

const config = JSON.parse(process.argv[2] as string) as Config;
const me = cluster.worker?.id ?? 0;
const stores = new Map<string, ExternalStore>();
const heard: string[] = [];
const ends: (() => void)[] = [];
const forms = new Set<'bytes' | 'text'>();
/** Where the workers listen, as the primary knows it. */
const ports: Record<string, number> = {};
interface Attachment {
  cache: SessionCache;
  external: External;
  attached: Attached;
}
/** By store and version. */
const attachments = new Map<string, Attachment>();

type Answer = unknown;
const calls: Record<string, (...args: any[]) => Answer | Promise<Answer>> = {
  get: async (store: string, key: string) => hexOrNull(await stores.get(store)!.get(key)),
  take: async (store: string, key: string) => hexOrNull(await stores.get(store)!.take!(key)),
  set: (store: string, key: string, value: string, ttlMs: number) =>
    stores.get(store)!.set(key, Buffer.from(value, 'hex'), ttlMs),
  delete: (store: string, key: string) => stores.get(store)!.delete(key),
  publish: (store: string, text: string) => stores.get(store)!.channel!.publish(Buffer.from(text)),
  subscribe: (store: string) =>
    void ends.push(
      stores
        .get(store)!
        .channel!.subscribe((message) =>
          heard.push(`${store}: ${Buffer.from(message).toString()}`),
        ),
    ),
  unsubscribe: () => ends.splice(0).forEach((end) => end()),
  heard: () => heard,
  /** How the values came that workers set. */
  forms: () => [...forms],
  stats: (store: string) => (stores.get(store) as ClusterStore).stats(),
  close: (store: string) => (stores.get(store) as ClusterStore).close(),
  open: (store: string) => openStore(config.stores.find(({ name }) => name === store)!),
  external: (at: string) => attachments.get(at)!.external.stats(),
  cached: (at: string) => attachments.get(at)!.cache.stats().number,
  /** Removes all that this worker has inside. */
  remove(at: string) {
    const { cache } = attachments.get(at)!;
    return [...cache].filter((session) => cache.removeSession(session)).length;
  },
  /** Sends what is no message of a store: to the primary, or to all workers. */
  say(message: object): void {
    if (cluster.isWorker) process.send!(message);
    else for (const worker of Object.values(cluster.workers!)) worker!.send(message);
  },
  /** A cluster's own messages of the application. */
  echo: (text: string) => text,
  /** Keeps this worker when its primary goes, as Node does not. */
  outlive: () => void (cluster.worker!.exitedAfterDisconnect = true),
  /** A port that tells, to who connects, how the store fares; then this worker ends. */
  lastWords: async (name: string) => {
    const server = createTcpServer((socket) => {
      socket.on('close', () => process.exit());
      void tryAll(stores.get(name) as ClusterStore).then((outcomes) =>
        socket.end(JSON.stringify(outcomes)),
      );
    });
    server.listen({ port: 0, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },
  pid: () => process.pid,
  fork: () => startWorker(),
  pause: (id: number) => cluster.workers![id]!.process.kill('SIGSTOP'),
  kill: async (id: number) => {
    const worker = cluster.workers![id]!;
    worker.process.kill('SIGKILL');
    await once(worker, 'exit');
  },
};

if (cluster.isPrimary) await runPrimary();
else await runWorker();

async function runPrimary(): Promise<void> {
  const { serialization = 'json' } = config;
  cluster.setupPrimary({ serialization, args: [process.argv[2] as string] });
  if (!config.lateStores) for (const store of config.stores) await openStore(store);
  cluster.on('message', (_worker, message: { type?: string; bytes?: unknown }) => {
    if (message.type !== 'ask' || message.bytes === undefined) return;
    forms.add(message.bytes instanceof Uint8Array ? 'bytes' : 'text');
  });
  const ids = await Promise.all(Array.from({ length: config.workers }, () => startWorker()));
  process.on('message', (call: Call) => void serve(call, (reply) => process.send!(reply)));
  process.on('disconnect', () => process.exit());
  process.send!({ id: -1, result: { ids, ports } } satisfies Reply);
}

/** Resolves to the worker's number when it listens. */
async function startWorker(): Promise<number> {
  const started: Worker = cluster.fork();
  const listening = new Promise<void>((resolve) => {
    started.on('message', (message: { ports?: Record<string, number>; reply?: Reply }) => {
      if (message.ports) {
        Object.assign(ports, message.ports);
        resolve();
      }
      if (message.reply) process.send!(message.reply);
    });
  });
  await listening;
  return started.id;
}

async function serve(call: Call, answer: (reply: Reply) => void): Promise<void> {
  if (call.to !== me) {
    const worker = cluster.workers?.[call.to];
    if (worker) worker.send({ call });
    else answer({ id: call.id, error: 'no such worker' });
    return;
  }
  try {
    answer({ id: call.id, result: await calls[call.name]!(...call.args) });
  } catch (error) {
    answer({ id: call.id, error: String(error) });
  }
}

async function runWorker(): Promise<void> {
  process.on('message', ({ call }: { call?: Call }) => {
    if (call) void serve(call, (reply) => process.send!({ reply }));
  });
  const own: Record<string, number> = {};
  for (const store of config.stores) {
    await openStore(store);
    for (const version of config.versions ?? []) {
      const at = config.exclusive ? `${store.name} ${version} ${me}` : `${store.name} ${version}`;
      own[at] = await listen(store, version);
    }
  }
  process.send!({ ports: own });
}

async function openStore({ name, kind, port, options }: StoreConfig): Promise<void> {
  if (kind === 'cluster') {
    stores.set(name, clusterStore({ name, ...options }));
  } else if (cluster.isWorker) {
    const { client } = await connectClient(kind, port!);
    stores.set(name, redisStore(client));
  }
}

async function listen(store: StoreConfig, version: 'TLSv1.2' | 'TLSv1.3'): Promise<number> {
  const server = createServer({
    ...readCertificate('ecdsa'),
    minVersion: version,
    maxVersion: version,
    sessionIdContext: 'a fleet',
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    socket.resume();
    socket.end(JSON.stringify({ ...reportOn(socket), worker: me }));
  });
  const cache = new SessionCache();
  const keys = config.keys?.map((key) => Buffer.from(key, 'hex'));
  const external = attachExternal(cache, stores.get(store.name)!, { ...(keys && { keys }), ...config.external }); // prettier-ignore
  const tls13 = version === 'TLSv1.3';
  const attached = attachServer(server, cache, { namespace: `${store.name}`, tls13 });
  attachments.set(`${store.name} ${version}`, { cache, external, attached });
  server.listen({ port: 0, host: '127.0.0.1', exclusive: config.exclusive ?? false });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** What becomes of each operation, and how long the slowest takes. */
async function tryAll(store: ClusterStore): Promise<LastWords> {
  const start = performance.now();
  const operations = [
    store.get('key'),
    store.take('key'),
    store.set('key', Uint8Array.of(1), 5000),
    store.delete('key'),
    store.channel.publish(Uint8Array.of(1)),
  ];
  const outcomes = await Promise.all(
    operations.map((operation) => Promise.resolve(operation).then(() => 'done', String)),
  );
  return { outcomes, milliseconds: performance.now() - start, stats: store.stats() };
}

function hexOrNull(bytes: Uint8Array | null | undefined): string | null {
  return bytes ? hexOf(bytes) : null;
}
