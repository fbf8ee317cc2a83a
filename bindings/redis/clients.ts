// What is used of the two client libraries. Described here, not imported, so that neither is needed
// to compile a program that uses the other.

/** RESP's type byte `$`: what node-redis calls `RESP_TYPES.BLOB_STRING`. */
const BLOB_STRING = 36;

/**
 * A client of node-redis 6: what `createClient`, `createClientPool`, `createCluster` or
 * `createSentinel` of the package `redis` returns.
 */
export interface NodeRedisClient {
  withTypeMapping(mapping: { [BLOB_STRING]: typeof Buffer }): unknown;
  publish(channel: string, message: Buffer): Promise<unknown>;
}

/** A client of ioredis 6: `new Redis`, with sentinels or without, or `new Cluster`. */
export interface IORedisClient {
  getBuffer(key: string): Promise<Buffer | null>;
  getdelBuffer(key: string): Promise<Buffer | null>;
  set(key: string, value: Buffer, unit: 'PX', milliseconds: number): Promise<unknown>;
  del(key: string): Promise<unknown>;
  publish(channel: string, message: Buffer): Promise<unknown>;
}

/** A client of either library. */
export type RedisClient = NodeRedisClient | IORedisClient;

/** A client that can subscribe: any but a pool of node-redis. */
export type RedisSubscriber = NodeRedisSubscriber | IORedisSubscriber;

export interface NodeRedisSubscriber {
  readonly isOpen: boolean;
  withTypeMapping(mapping: { [BLOB_STRING]: typeof Buffer }): unknown;
  subscribe(channel: string, listener: (message: Buffer) => void, buffers: true): Promise<unknown>;
  unsubscribe(
    channel: string,
    listener: (message: Buffer) => void,
    buffers: true,
  ): Promise<unknown>;
}

export interface IORedisSubscriber {
  getBuffer(key: string): Promise<Buffer | null>;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  on(event: 'messageBuffer', listener: (channel: Buffer, message: Buffer) => void): unknown;
  off(event: 'messageBuffer', listener: (channel: Buffer, message: Buffer) => void): unknown;
}

/** The five commands, whichever library sends them. Replies are what came, unchecked. */
export interface Commands {
  get(key: string): Promise<unknown>;
  set(key: string, value: Buffer, ttlMs: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  take(key: string): Promise<unknown>;
  publish(channel: string, message: Buffer): Promise<unknown>;
}

/** What `withTypeMapping` of node-redis returns: replies come as Buffers. */
interface MappedClient {
  get(key: string): Promise<unknown>;
  set(key: string, value: Buffer, options: object): Promise<unknown>;
  del(key: string): Promise<unknown>;
  getDel(key: string): Promise<unknown>;
  publish(channel: string, message: Buffer): Promise<unknown>;
}

export function isNodeRedis(client: object): client is NodeRedisClient {
  return typeof (client as { withTypeMapping?: unknown }).withTypeMapping === 'function';
}

export function isIORedis(client: object): client is IORedisClient {
  const { getBuffer, set } = client as { getBuffer?: unknown; set?: unknown };
  return typeof getBuffer === 'function' && typeof set === 'function';
}

/**
 * Whether a client may subscribe and still send commands: over RESP 3, the default of both
 * libraries, or if it is a cluster or sentinel client, which subscribe on connections of their own.
 */
export function canSubscribe(client: object): client is RedisSubscriber {
  const { subscribe, options, isCluster } = client as {
    subscribe?: unknown;
    options?: { RESP?: number; protocol?: number };
    isCluster?: boolean;
  };
  if (typeof subscribe !== 'function') return false;
  return isNodeRedis(client) ? options?.RESP !== 2 : isCluster === true || options?.protocol === 3;
}

export function commandsOf(client: RedisClient): Commands {
  return isNodeRedis(client) ? ofNodeRedis(client) : ofIORedis(client);
}

function ofNodeRedis(client: NodeRedisClient): Commands {
  const mapped = client.withTypeMapping({ [BLOB_STRING]: Buffer }) as MappedClient;
  return {
    get: (key) => mapped.get(key),
    set: (key, value, ttlMs) =>
      mapped.set(key, value, { expiration: { type: 'PX', value: ttlMs } }),
    delete: (key) => mapped.del(key),
    take: (key) => mapped.getDel(key),
    publish: (channel, message) => mapped.publish(channel, message),
  };
}

function ofIORedis(client: IORedisClient): Commands {
  return {
    get: (key) => client.getBuffer(key),
    set: (key, value, ttlMs) => client.set(key, value, 'PX', ttlMs),
    delete: (key) => client.del(key),
    take: (key) => client.getdelBuffer(key),
    publish: (channel, message) => client.publish(channel, message),
  };
}
