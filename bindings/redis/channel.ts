// Removals over Redis publish/subscribe.

import type { Channel } from '../external/store.ts';
import {
  type IORedisSubscriber,
  isIORedis,
  type NodeRedisSubscriber,
  type RedisSubscriber,
} from './clients.ts';

type Listener = (message: Uint8Array) => void;

/** One way to subscribe: how to begin, and how to end. */
interface Subscription {
  begin(): Promise<unknown>;
  /** Silences the listener at once, and unsubscribes once the subscription has been settled. */
  end(begun: Promise<unknown>): Promise<unknown>;
}

/** Milliseconds until a subscription that failed is tried again; twice as many after each try. */
const FIRST_RETRY = 100;
const LONGEST_RETRY = 5000;

/** A channel under one name. Messages are Buffers, never text. */
export function redisChannel(
  publish: (channel: string, message: Buffer) => Promise<unknown>,
  subscriber: RedisSubscriber,
  name: string,
): Channel {
  return {
    publish: (message) => publish(name, Buffer.from(message)),
    subscribe(listener) {
      const subscription = isIORedis(subscriber)
        ? ofIORedis(subscriber as IORedisSubscriber, name, listener)
        : ofNodeRedis(subscriber as NodeRedisSubscriber, name, listener);
      return keepTrying(subscription);
    },
  };
}

/**
 * Subscribes, and retries until it succeeds: a client without an offline queue refuses while it is
 * not connected. Afterwards both libraries resubscribe by themselves after a lost connection.
 */
function keepTrying({ begin, end }: Subscription): () => void {
  let ended = false;
  let delay = FIRST_RETRY;
  let timer: NodeJS.Timeout | undefined;
  let begun: Promise<unknown>;
  const attempt = (): void => {
    begun = begin().catch(() => {
      if (ended) return;
      timer = setTimeout(attempt, delay).unref();
      delay = Math.min(2 * delay, LONGEST_RETRY);
    });
  };
  attempt();
  return () => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    // Refused without a connection, but then there is no subscription either.
    end(begun).catch(() => {});
  };
}

function ofNodeRedis(client: NodeRedisSubscriber, name: string, listener: Listener): Subscription {
  let wanted = true;
  // A function of its own: the library keeps a set, and a listener may be given twice.
  const heard = (message: Buffer): void => {
    if (wanted) listener(message);
  };
  return {
    begin: async () => client.subscribe(name, heard, true),
    async end(begun) {
      wanted = false;
      await begun;
      // A sentinel client that has been closed would open a connection for this, and keep it open.
      if (client.isOpen !== false) await client.unsubscribe(name, heard, true);
    },
  };
}

/** Number of listeners of each channel of an ioredis client: unsubscribing ends them all. */
const listening = new WeakMap<object, Map<string, number>>();

function ofIORedis(client: IORedisSubscriber, name: string, listener: Listener): Subscription {
  const counts = listening.get(client) ?? new Map<string, number>();
  listening.set(client, counts);
  counts.set(name, (counts.get(name) ?? 0) + 1);
  const heard = (channel: Buffer, message: Buffer): void => {
    if (channel.toString() === name) listener(message);
  };
  client.on('messageBuffer', heard);
  return {
    begin: async () => client.subscribe(name),
    async end(begun) {
      client.off('messageBuffer', heard);
      counts.set(name, (counts.get(name) as number) - 1);
      await begun;
      if (counts.get(name) !== 0) return;
      counts.delete(name);
      await client.unsubscribe(name);
    },
  };
}
