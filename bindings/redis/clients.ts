// The parts of the client libraries that are used. They are declared here, not imported, so that a
// program compiles without the libraries that it does not use.

/** RESP's type byte `$`: what node-redis calls `RESP_TYPES.BLOB_STRING`. */
const BLOB_STRING = 36;

/**
 * A client of node-redis 5 or 6: what `createClient`, `createClientPool`, `createCluster` or
 * `createSentinel` of the package `redis` returns.
 */
export interface NodeRedisClient {
  withTypeMapping(mapping: { [BLOB_STRING]: typeof Buffer }): unknown;
  publish(channel: string, message: Buffer): Promise<unknown>;
}

/**
 * A client of node-redis 4: what `createClient` or `createCluster` of the package `redis` returns.
 */
export interface NodeRedis4Client {
  sendCommand(...args: never[]): Promise<unknown>;
  pSubscribe(...args: never[]): Promise<unknown>;
}

/**
 * A client of ioredis 5 or 6, or of iovalkey: `new Redis`, with sentinels or without, or
 * `new Cluster`.
 */
export interface IORedisClient {
  getBuffer(key: string): Promise<Buffer | null>;
  getdelBuffer(key: string): Promise<Buffer | null>;
  set(key: string, value: Buffer, unit: 'PX', milliseconds: number): Promise<unknown>;
  set(key: string, value: Buffer, unit: 'PX', milliseconds: number, nx: 'NX'): Promise<unknown>;
  setBuffer(
    key: string,
    value: Buffer,
    keepTtl: 'KEEPTTL',
    xx: 'XX',
    get: 'GET',
  ): Promise<Buffer | null>;
  del(key: string): Promise<unknown>;
  publish(channel: string, message: Buffer): Promise<unknown>;
}

/** A client of `@valkey/valkey-glide`: a `GlideClient` or `GlideClusterClient`. */
export interface GlideClient {
  getdel(key: string, options: { decoder: number }): Promise<unknown>;
  customCommand(args: never[], options?: object): Promise<unknown>;
}

/** A client of one of the libraries. */
export type RedisClient = NodeRedisClient | NodeRedis4Client | IORedisClient | GlideClient;

/** A client that can subscribe: any but a pool of node-redis and those of GLIDE. */
export type RedisSubscriber = NodeRedisSubscriber | IORedisSubscriber;

export interface NodeRedisSubscriber {
  /** A cluster client of node-redis 4 does not say. */
  readonly isOpen?: boolean;
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

/** The commands of the store, for any library. Replies are unchecked. */
export interface Commands {
  get(key: string): Promise<unknown>;
  set(key: string, value: Buffer, ttlMs: number): Promise<unknown>;
  /** SET with NX. */
  add(key: string, value: Buffer, ttlMs: number): Promise<unknown>;
  /** SET with XX, KEEPTTL and GET. */
  replace(key: string, value: Buffer): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  /** GETDEL. */
  take(key: string): Promise<unknown>;
  publish(channel: string, message: Buffer): Promise<unknown>;
}

/** The members used of a client from node-redis 4's `createClient`. */
interface SingleClient4 {
  sendCommand(args: (string | Buffer)[], options: { returnBuffers: true }): Promise<unknown>;
}

/** The members used of a client from node-redis 4's `createCluster`. */
interface ClusterClient4 {
  sendCommand(
    key: string | undefined,
    isReadOnly: boolean,
    args: (string | Buffer)[],
    options: { returnBuffers: true },
  ): Promise<unknown>;
}

/** The members used of GLIDE's clients. */
interface GlideCommands {
  get(key: string, options: { decoder: number }): Promise<unknown>;
  set(key: string, value: Buffer, options: object): Promise<unknown>;
  del(keys: string[]): Promise<unknown>;
  getdel(key: string, options: { decoder: number }): Promise<unknown>;
  publish(message: Buffer, channel: string): Promise<unknown>;
}

/** The result of node-redis's `withTypeMapping`: a client whose replies are Buffers. */
interface MappedClient {
  get(key: string): Promise<unknown>;
  set(key: string, value: Buffer, options: object): Promise<unknown>;
  del(key: string): Promise<unknown>;
  getDel(key: string): Promise<unknown>;
  publish(channel: string, message: Buffer): Promise<unknown>;
}

function isNodeRedis(client: object): client is NodeRedisClient {
  return typeof (client as { withTypeMapping?: unknown }).withTypeMapping === 'function';
}

export function isIORedis(client: object): client is IORedisClient {
  const { getBuffer, set } = client as { getBuffer?: unknown; set?: unknown };
  return typeof getBuffer === 'function' && typeof set === 'function';
}

function isNodeRedis4(client: object): client is NodeRedis4Client {
  const { sendCommand, pSubscribe } = client as Partial<NodeRedis4Client>;
  const isFour = typeof sendCommand === 'function' && typeof pSubscribe === 'function';
  return isFour && !isNodeRedis(client) && !isIORedis(client);
}

/** A cluster client of node-redis 4 has no options of single commands. */
function isCluster4(client: object): boolean {
  return typeof (client as { commandOptions?: unknown }).commandOptions !== 'function';
}

export function isGlide(client: object): client is GlideClient {
  const { getdel, customCommand } = client as Partial<GlideClient>;
  return typeof getdel === 'function' && typeof customCommand === 'function';
}

/** Whether a client has methods to subscribe, whatever its connection allows. */
export function isSubscriber(client: object): client is RedisSubscriber {
  return isNodeRedis(client) || isNodeRedis4(client) || isIORedis(client);
}

/**
 * Whether a client may subscribe and still send commands: over RESP 3, the default of node-redis 6
 * and ioredis 6, or if it is a cluster or sentinel client, which subscribe on connections of their
 * own.
 */
export function canSubscribe(client: object): client is RedisSubscriber {
  const { subscribe, options, isCluster } = client as {
    subscribe?: unknown;
    options?: { RESP?: number; protocol?: number };
    isCluster?: boolean;
  };
  if (typeof subscribe !== 'function') return false;
  if (isNodeRedis(client))
    return options?.RESP === undefined ? !isRedis5(client) : options.RESP === 3;
  if (isNodeRedis4(client)) return isCluster4(client);
  return isIORedis(client) && (isCluster === true || options?.protocol === 3);
}

/**
 * A single connection of node-redis 5, which speaks RESP 2 unless told otherwise. That release has
 * no mark of its own; CLIENT UNBLOCK is among the commands that came with 6.
 */
function isRedis5(client: object): boolean {
  const isSingle = 'isReady' in client && !('acquire' in client); // a sentinel client has both
  return isSingle && !('clientUnblock' in client);
}

export function commandsOf(client: RedisClient): Commands {
  if (isNodeRedis(client)) return ofNodeRedis(client);
  if (isIORedis(client)) return ofIORedis(client);
  if (isNodeRedis4(client)) return ofNodeRedis4(client);
  return ofGlide(client as unknown as GlideCommands);
}

function ofNodeRedis4(client: NodeRedis4Client): Commands {
  const options = { returnBuffers: true } as const;
  const send = (args: (string | Buffer)[], key?: string): Promise<unknown> =>
    isCluster4(client)
      ? (client as unknown as ClusterClient4).sendCommand(key, false, args, options)
      : (client as unknown as SingleClient4).sendCommand(args, options);
  return {
    get: (key) => send(['GET', key], key),
    set: (key, value, ttlMs) => send(['SET', key, value, 'PX', `${ttlMs}`], key),
    add: (key, value, ttlMs) => send(['SET', key, value, 'PX', `${ttlMs}`, 'NX'], key),
    replace: (key, value) => send(['SET', key, value, 'XX', 'KEEPTTL', 'GET'], key),
    delete: (key) => send(['DEL', key], key),
    take: (key) => send(['GETDEL', key], key),
    publish: (channel, message) => send(['PUBLISH', channel, message]),
  };
}

/** GLIDE's `Decoder.Bytes`. */
const BYTES = { decoder: 0 };

function ofGlide(client: GlideCommands): Commands {
  return {
    get: (key) => client.get(key, BYTES),
    set: (key, value, ttlMs) => client.set(key, value, { expiry: { type: 'PX', count: ttlMs } }),
    add: (key, value, ttlMs) =>
      client.set(key, value, {
        conditionalSet: 'onlyIfDoesNotExist',
        expiry: { type: 'PX', count: ttlMs },
      }),
    replace: (key, value) =>
      client.set(key, value, {
        conditionalSet: 'onlyIfExists',
        expiry: 'keepExisting',
        returnOldValue: true,
        ...BYTES,
      }),
    delete: (key) => client.del([key]),
    take: (key) => client.getdel(key, BYTES),
    publish: (channel, message) => client.publish(message, channel),
  };
}

function ofNodeRedis(client: NodeRedisClient): Commands {
  const mapped = client.withTypeMapping({ [BLOB_STRING]: Buffer }) as MappedClient;
  return {
    get: (key) => mapped.get(key),
    set: (key, value, ttlMs) =>
      mapped.set(key, value, { expiration: { type: 'PX', value: ttlMs } }),
    add: (key, value, ttlMs) =>
      mapped.set(key, value, { condition: 'NX', expiration: { type: 'PX', value: ttlMs } }),
    replace: (key, value) =>
      mapped.set(key, value, { condition: 'XX', expiration: { type: 'KEEPTTL' }, GET: true }),
    delete: (key) => mapped.del(key),
    take: (key) => mapped.getDel(key),
    publish: (channel, message) => mapped.publish(channel, message),
  };
}

function ofIORedis(client: IORedisClient): Commands {
  return {
    get: (key) => client.getBuffer(key),
    set: (key, value, ttlMs) => client.set(key, value, 'PX', ttlMs),
    add: (key, value, ttlMs) => client.set(key, value, 'PX', ttlMs, 'NX'),
    replace: (key, value) => client.setBuffer(key, value, 'KEEPTTL', 'XX', 'GET'),
    delete: (key) => client.del(key),
    take: (key) => client.getdelBuffer(key),
    publish: (channel, message) => client.publish(channel, message),
  };
}
