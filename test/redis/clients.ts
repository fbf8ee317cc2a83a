// Clients of both libraries, as an application would make them for redisStore.

import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster, createSentinel } from 'redis';
import type { RedisClient } from '../../bindings/redis/index.ts';

export type Library = 'node-redis' | 'ioredis';
export const LIBRARIES: readonly Library[] = ['node-redis', 'ioredis'];

/** What the test has connected and has to close. */
export interface Connected {
  client: RedisClient;
  close(): void | Promise<void>;
}

/** Milliseconds between two attempts to connect again: short, for tests of recovery. */
const RECONNECT = 100;
const ignore = (): void => {};

export async function connectClient(library: Library, port: number): Promise<Connected> {
  if (library === 'ioredis') {
    const client = new Redis({
      port,
      host: '127.0.0.1',
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      lazyConnect: true,
      retryStrategy: () => RECONNECT,
    });
    client.on('error', ignore);
    await client.connect();
    return { client, close: () => client.disconnect() };
  }
  const client = createClient({
    socket: { port, host: '127.0.0.1', reconnectStrategy: () => RECONNECT },
    disableOfflineQueue: true,
  });
  client.on('error', ignore);
  await client.connect();
  return { client, close: () => client.destroy() };
}

export async function connectCluster(library: Library, ports: number[]): Promise<Connected> {
  if (library === 'ioredis') {
    const client = new Cluster(
      ports.map((port) => ({ port, host: '127.0.0.1' })),
      { lazyConnect: true, redisOptions: { maxRetriesPerRequest: 0 } },
    );
    client.on('error', ignore);
    await client.connect();
    return { client, close: () => client.disconnect() };
  }
  const client = createCluster({
    rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })),
  });
  client.on('error', ignore);
  await client.connect();
  return { client, close: () => client.destroy() };
}

export async function connectSentinel(
  library: Library,
  port: number,
  name: string,
): Promise<Connected> {
  if (library === 'ioredis') {
    const client = new Redis({
      sentinels: [{ port, host: '127.0.0.1' }],
      name,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      lazyConnect: true,
      retryStrategy: () => RECONNECT,
    });
    client.on('error', ignore);
    await client.connect();
    return { client, close: () => client.disconnect() };
  }
  const client = createSentinel({
    name,
    sentinelRootNodes: [{ port, host: '127.0.0.1' }],
    // The default is never, and a missed message of the sentinel is noticed by nothing else.
    scanInterval: 500,
    nodeClientOptions: { disableOfflineQueue: true },
  });
  client.on('error', ignore);
  await client.connect();
  return { client, close: () => client.destroy() };
}
