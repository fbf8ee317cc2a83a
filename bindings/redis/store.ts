import { checkObject, sameBytes, outOfRange, wrongType } from '../checks.ts';
import type { ExternalStore } from '../external/store.ts';
import { redisChannel } from './channel.ts';
import {
  canSubscribe,
  type Commands,
  commandsOf,
  isGlide,
  isSubscriber,
  type RedisClient,
  type RedisSubscriber,
} from './clients.ts';

/** The options of `redisStore`. All are optional. */
export interface RedisStoreOptions {
  /**
   * The prefix of keys and of the channel, at most 100 characters. Applications that share a Redis
   * need different ones. In a Redis Cluster avoid `{…}` in it: that puts all sessions on one node.
   * Default: `'sesscache:'`.
   */
  prefix?: string | undefined;
  /**
   * The client that subscribes to removals. Default: the store's client, if it can subscribe and
   * still send commands. That is so over RESP 3, the default of node-redis 6 and ioredis 6, and for
   * cluster and sentinel clients. Over RESP 2, the default of older releases and of iovalkey, pass
   * a connected `client.duplicate()`. Without one, and with GLIDE, the store has no channel, and
   * `attachExternal` warns about it. `false`: no channel, without a warning.
   */
  subscriber?: RedisSubscriber | false | undefined;
}

/**
 * Redis or Valkey as the store of `attachExternal`, through your client of node-redis 4 to 6,
 * ioredis 5 or 6, iovalkey or `@valkey/valkey-glide`: single, cluster or sentinel. Keys are `prefix
 * + key`; values are bytes, set with `PX`; `add` is SET with `NX`, `replace` is SET with `XX`,
 * `KEEPTTL` and `GET`, `take` is GETDEL.
 *
 * You own the client: connect and close it yourself, and listen for its `error` events. This store
 * has no time limit, as `attachExternal` has one. Without an offline queue a client fails at once
 * if Redis is unreachable: `disableOfflineQueue: true` (node-redis), `enableOfflineQueue: false`
 * (ioredis).
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
      await send(value, (copy) => commands.set(prefix + key, copy, Math.ceil(ttlMs)));
    },
    async add(key, value, ttlMs) {
      const reply = await send(value, (copy) => commands.add(prefix + key, copy, Math.ceil(ttlMs)));
      return reply !== null; // OK, or nothing
    },
    async replace(key, value) {
      try {
        return checkReply(await commands.replace(prefix + key, Buffer.from(value)));
      } catch (error) {
        if (isFull(error)) return takeWhileFull(commands, prefix + key, value);
        throw isRefused(error) ? tooOld('replace', 'SET with GET', error) : error;
      }
    },
    async delete(key) {
      await commands.delete(prefix + key);
    },
    async take(key) {
      try {
        return checkReply(await commands.take(prefix + key));
      } catch (error) {
        throw isRefused(error) ? tooOld('take', 'the command GETDEL', error) : error;
      }
    },
    channel: subscriber && redisChannel(commands.publish, subscriber, `${prefix}removals`),
    isLocal: false,
  };
}

function checkPrefix(prefix: unknown): void {
  if (typeof prefix !== 'string') {
    wrongType('prefix', 'string', prefix);
  }
  if (prefix.length > 100) {
    outOfRange('prefix', 'at most 100 characters', prefix.length);
  }
}

function checkClient<T>(client: T, title: string): T {
  const isObject = typeof client === 'object' && client !== null;
  const isFit = isObject && (isSubscriber(client) || (title === 'client' && isGlide(client)));
  if (isFit) return client;
  wrongType(title, 'client of node-redis or ioredis', client);
}

function subscriberOf(
  client: RedisClient,
  given: RedisStoreOptions['subscriber'],
): RedisSubscriber | null | undefined {
  if (given === false) return null;
  if (given === undefined) return canSubscribe(client) ? client : undefined;
  checkClient(given, 'subscriber');
  if ((given as object) === client && !canSubscribe(client)) {
    throw new TypeError(
      '"subscriber" expected another client: over RESP 2 a client that subscribes can do nothing else',
    );
  }
  return given;
}

/**
 * Sends a copy of a value, and overwrites the copy once it has been sent. After a rejection it is
 * not overwritten: a client that lost its connection may still send what is in its queue.
 */
async function send(
  value: Uint8Array,
  command: (copy: Buffer) => Promise<unknown>,
): Promise<unknown> {
  const copy = Buffer.from(value);
  const reply = await command(copy);
  copy.fill(0);
  return reply;
}

/**
 * Takes a value from a Redis that has no memory left: it refuses SET but still deletes. The used
 * session then leaves no tombstone; a tombstone that is already there stays.
 */
async function takeWhileFull(
  commands: Commands,
  key: string,
  tombstone: Uint8Array,
): Promise<Uint8Array | null> {
  const found = checkReply(await commands.get(key));
  if (found === null || sameBytes(found, tombstone)) return found;
  return checkReply(await commands.take(key));
}

/**
 * Returns a reply that is a Buffer or null; anything else does not answer this store's commands.
 */
function checkReply(reply: unknown): Uint8Array | null {
  if (reply === null || reply instanceof Uint8Array) return reply;
  wrongType('reply', 'Buffer or null', reply);
}

/** Whether the error says that Redis does not know the command or its options. */
function isRefused(error: unknown): boolean {
  return error instanceof Error && /^ERR (unknown command|syntax error)/i.test(error.message);
}

/** Whether the error says that Redis is over `maxmemory` and may not evict. */
function isFull(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('OOM ');
}

function tooOld(what: string, needs: string, cause: unknown): Error {
  return new Error(`${what} needs ${needs}: Redis 6.2 or later`, { cause });
}
