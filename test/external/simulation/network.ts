// A store and a channel behind a network that delays, reorders, loses and repeats messages, as a
// seed decides. The store itself is correct and executes each command in one step.

import type { ExternalStore } from '../../../bindings/external/index.ts';
import type { VirtualTime } from './virtual-time.ts';

type Value = Uint8Array | null;

/** The commands of a store, each one step: in memory here, or a real one. */
export interface Backend {
  get(key: string): Promise<Value> | Value;
  set(key: string, value: Uint8Array, ttlMs: number): unknown;
  add(key: string, value: Uint8Array, ttlMs: number): Promise<boolean> | boolean;
  replace(key: string, value: Uint8Array): Promise<Value> | Value;
  take(key: string): Promise<Value> | Value;
  delete(key: string): unknown;
}

/** Where a process is on the network. */
export interface Port {
  readonly store: ExternalStore;
  /** The process has ended: it sends no more commands and messages. */
  isDead: boolean;
  /** The store cannot be reached: commands fail at once. */
  isDown: boolean;
}

interface Packet {
  /** Executes the command at the far end. */
  arrive: () => Promise<void> | void;
  /** It may arrive twice. */
  repeats: boolean;
}

export interface NetworkOptions {
  /** One of this many messages on the channel is lost; 0: none. */
  losesMessages: number;
  /** Whether a write may arrive twice, as a client library repeats it after a lost connection. */
  repeats: (value: Uint8Array) => boolean;
}

/** A real store. Its commands take real time, during which virtual time stands still. */
export function realBackend(store: ExternalStore, time: VirtualTime): Backend {
  const inRealTime = async <T>(work: () => Promise<T>): Promise<T> => {
    time.uninstall();
    try {
      return await work();
    } finally {
      time.install();
    }
  };
  const read = (work: () => Promise<Value | undefined>): Promise<Value> =>
    inRealTime(async () => (await work()) ?? null);
  return {
    get: (key) => read(() => store.get(key)),
    set: (key, value, ttlMs) => inRealTime(() => store.set(key, value, ttlMs)),
    add: (key, value, ttlMs) =>
      inRealTime(async () => (await store.add!(key, value, ttlMs)) !== false),
    replace: (key, value) => read(() => store.replace!(key, value)),
    take: (key) => read(() => store.take!(key)),
    delete: (key) => inRealTime(() => store.delete(key)),
  };
}

/** A store in memory, which forgets in virtual time. */
export function memoryBackend(time: Pick<VirtualTime, 'now'>): Backend {
  const now = (): number => time.now;
  const values = new Map<string, { value: Uint8Array; until: number }>();
  const find = (key: string): { value: Uint8Array; until: number } | undefined => {
    const found = values.get(key);
    return found !== undefined && found.until > now() ? found : undefined;
  };
  const read = (key: string): Value => {
    const found = find(key);
    return found === undefined ? null : new Uint8Array(found.value);
  };
  const set = (key: string, value: Uint8Array, ttlMs: number): void =>
    void values.set(key, { value: new Uint8Array(value), until: now() + ttlMs });
  return {
    get: read,
    set,
    add(key, value, ttlMs) {
      if (find(key) !== undefined) return false;
      set(key, value, ttlMs);
      return true;
    },
    replace(key, value) {
      const before = read(key);
      if (before !== null) values.get(key)!.value = new Uint8Array(value);
      return before;
    },
    take(key) {
      const before = read(key);
      values.delete(key);
      return before;
    },
    delete: (key) => values.delete(key),
  };
}

export class Network {
  readonly #backend: Backend;
  readonly #random: (below: number) => number;
  readonly #options: NetworkOptions;
  readonly #packets: Packet[] = [];
  readonly #listeners = new Map<Port, Set<(message: Uint8Array) => void>>();
  /** All messages ever sent, as an attacker would have recorded them. */
  readonly recorded: Uint8Array[] = [];
  /** Called with each message before a process receives it. */
  onMessage: (port: Port, message: Uint8Array) => void = () => {};

  constructor(backend: Backend, random: (below: number) => number, options: NetworkOptions) {
    this.#backend = backend;
    this.#random = random;
    this.#options = options;
  }

  /** How many commands and messages are under way. */
  get size(): number {
    return this.#packets.length;
  }

  /** Delivers one of those under way, chosen at random. */
  async deliver(): Promise<void> {
    const at = this.#random(this.#packets.length);
    const packet = this.#packets[at];
    if (packet === undefined) return;
    if (packet.repeats && this.#random(12) === 0) packet.repeats = false;
    else this.#packets.splice(at, 1);
    await packet.arrive();
  }

  /** Connects a new process. `guards`: its store has `add` and `replace`. */
  connect(guards: boolean): Port {
    const command = <T>(what: () => Promise<T> | T, repeats = false): Promise<T> =>
      new Promise((resolve, reject) => {
        if (port.isDead) return;
        if (port.isDown) {
          reject(new Error('unreachable'));
          return;
        }
        this.#packets.push({
          repeats,
          arrive: async () => {
            const result = await what();
            // The answer is under way; one of many is lost.
            if (this.#random(25) > 0) {
              this.#packets.push({ repeats: false, arrive: () => resolve(result) });
            }
          },
        });
      });
    const backend = this.#backend;
    const listeners = new Set<(message: Uint8Array) => void>();
    const store: ExternalStore = {
      get: (key) => command(() => backend.get(key)),
      set: (key, value, ttlMs) => {
        const copy = new Uint8Array(value);
        return command(() => backend.set(key, copy, ttlMs), this.#options.repeats(copy));
      },
      delete: (key) => command(() => backend.delete(key)),
      take: (key) => command(() => backend.take(key)),
      channel: {
        publish: async (message) => this.#publish(port, new Uint8Array(message)),
        subscribe: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
    };
    if (guards) {
      store.add = (key, value, ttlMs) => {
        const copy = new Uint8Array(value);
        return command(() => backend.add(key, copy, ttlMs), this.#options.repeats(copy));
      };
      store.replace = (key, value) => {
        const copy = new Uint8Array(value);
        return command(() => backend.replace(key, copy));
      };
    }
    const port: Port = { store, isDead: false, isDown: false };
    this.#listeners.set(port, listeners);
    return port;
  }

  disconnect(port: Port): void {
    this.#listeners.delete(port);
  }

  /** Replays a recorded message to a process. */
  replay(port: Port, message: Uint8Array): void {
    for (const listener of this.#listeners.get(port) ?? []) listener(new Uint8Array(message));
  }

  #publish(from: Port, message: Uint8Array): void {
    if (from.isDead) return;
    this.recorded.push(message);
    for (const port of this.#listeners.keys()) {
      if (this.#options.losesMessages > 0 && this.#random(this.#options.losesMessages) === 0) {
        continue;
      }
      this.#packets.push({
        repeats: true,
        arrive: () => {
          this.onMessage(port, message);
          this.replay(port, message);
        },
      });
    }
  }
}
