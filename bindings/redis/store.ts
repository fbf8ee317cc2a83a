import { checkObject, describe } from '../checks.ts';
import type { ExternalStore } from '../external/store.ts';
import { redisChannel } from './channel.ts';
import {
  canSubscribe,
  commandsOf,
  isGlide,
  isSubscriber,
  type RedisClient,
  type RedisSubscriber,
} from './clients.ts';

/** What `redisStore` takes. All of it is optional. */
export interface RedisStoreOptions {
  /**
   * What keys and the channel begin with, at most 100 characters. Applications that share a Redis
   * need one each. In a Redis Cluster avoid `{…}` in it: that puts all sessions on one node.
   * Default: `'sesscache:'`.
   */
  prefix?: string | undefined;
  /**
   * The client that listens for removals. Default: the store's client, if it can subscribe and
   * still send commands: it can over RESP 3, the default of node-redis 6 and ioredis 6, and as a cluster or
   * sentinel client. Over RESP 2, the default of older releases and of iovalkey, give a connected
   * `client.duplicate()`. `false`, and with GLIDE: the store has no channel.
   */
  subscriber?: RedisSubscriber | false | undefined;
}

/**
 * Redis or Valkey as the store of `attachExternal`, through your client of node-redis 4 to 6, ioredis 5
 * or 6, iovalkey or `@valkey/valkey-glide`: single, cluster or sentinel. Keys are `prefix + key`; values are bytes, set with `PX`; `take` is GETDEL.
 *
 * The connection stays yours: connect and close it yourself, and listen for its `error` events. No
 * time limit here: `attachExternal` has one. Without an offline queue a client fails at once when
 * Redis is gone: `disableOfflineQueue: true` (node-redis), `enableOfflineQueue: false` (ioredis).
 *
 * Needs Redis 6.2 or later, and of its commands SET, GET, DEL, GETDEL, PUBLISH and SUBSCRIBE.
 *
 * @throws TypeError or RangeError naming what is wrong.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): ExternalStore {
  checkObject(options, 'options');
  const { prefix = 'sesscache:' } = options;
  checkPrefix(prefix);
  const commands = commandsOf(checkClient(client, 'client'));
  const subscriber = subscriberOf(client, options.subscriber);
  return {
    async get(key) {
      return checkReply(await commands.get(prefix + key));
    },
    async set(key, value, ttlMs) {
      // A copy: a client that times out rejects, and may yet send what is in its queue.
      await commands.set(prefix + key, Buffer.from(value), Math.ceil(ttlMs));
    },
    async delete(key) {
      await commands.delete(prefix + key);
    },
    async take(key) {
      try {
        return checkReply(await commands.take(prefix + key));
      } catch (error) {
        throw isUnknownCommand(error) ? tooOld(error) : error;
      }
    },
    channel: subscriber && redisChannel(commands.publish, subscriber, `${prefix}removals`),
    isLocal: false,
  };
}

function checkPrefix(prefix: unknown): void {
  if (typeof prefix !== 'string') {
    throw new TypeError(`"prefix" expected string, got ${describe(prefix)}`);
  }
  if (prefix.length > 100) {
    throw new RangeError(`"prefix" expected at most 100 characters, got ${prefix.length}`);
  }
}

function checkClient<T>(client: T, title: string): T {
  const isObject = typeof client === 'object' && client !== null;
  const isFit = isObject && (isSubscriber(client) || (title === 'client' && isGlide(client)));
  if (isFit) return client;
  throw new TypeError(
    `"${title}" expected client of node-redis or ioredis, got ${describe(client)}`,
  );
}

function subscriberOf(
  client: RedisClient,
  given: RedisStoreOptions['subscriber'],
): RedisSubscriber | undefined {
  if (given === false) return undefined;
  if (given === undefined) return canSubscribe(client) ? client : undefined;
  checkClient(given, 'subscriber');
  if ((given as object) === client && !canSubscribe(client)) {
    throw new TypeError(
      '"subscriber" expected another client: over RESP 2 one that subscribes can do nothing else',
    );
  }
  return given;
}

/** Both libraries give a Buffer or null. Anything else is not from this store's commands. */
function checkReply(reply: unknown): Uint8Array | null {
  if (reply === null || reply instanceof Uint8Array) return reply;
  throw new TypeError(`"reply" expected Buffer or null, got ${describe(reply)}`);
}

function isUnknownCommand(error: unknown): boolean {
  return error instanceof Error && /^ERR unknown command/i.test(error.message);
}

function tooOld(cause: unknown): Error {
  return new Error('take needs the command GETDEL: Redis 6.2 or later', { cause });
}
