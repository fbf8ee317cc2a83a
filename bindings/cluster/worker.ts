// The store in a worker: sends requests to the primary, each with a time limit.

import type { Channel } from '../external/store.ts';
import { type Answer, fromWire, type Message, type Operation, readMessage, toWire, wipeWire } from './messages.ts'; // prettier-ignore
import type { ClusterStore, ClusterStoreStats } from './types.ts';

/** Most requests that wait for a primary that does not answer: each holds memory. */
const MOST_PENDING = 4096;

interface Question {
  deadline: number;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export class WorkerStore implements ClusterStore {
  readonly isLocal = true;
  readonly channel: Channel;
  readonly #name: string;
  readonly #timeout: number;
  readonly #onClose: () => void;
  /** Pending requests by number, oldest first; all have the same time limit. */
  readonly #pending = new Map<number, Question>();
  readonly #listeners = new Set<(message: Uint8Array) => void>();
  #timer: NodeJS.Timeout | undefined;
  #next = 0;
  /** Whether the channel carries bytes as bytes. Base64 works in any case. */
  #binary = false;
  #unusable: string | undefined;
  #requests = 0;
  #late = 0;
  #failed = 0;

  constructor(name: string, timeout: number, onClose: () => void) {
    this.#name = name;
    this.#timeout = timeout;
    this.#onClose = onClose;
    this.channel = {
      publish: (message) =>
        this.#send({ sesscache: name, type: 'removal', bytes: toWire(message, this.#binary) }),
      subscribe: (listener) => this.#subscribe(listener),
    };
    process.on('message', this.#onMessage);
    process.on('disconnect', this.#onDisconnect);
    this.#hello();
  }

  async get(key: string): Promise<Uint8Array | null> {
    return valueOf(await this.#ask('get', key));
  }

  async take(key: string): Promise<Uint8Array | null> {
    return valueOf(await this.#ask('take', key));
  }

  async set(key: string, value: Uint8Array, ttlMs: number): Promise<void> {
    await this.#ask('set', key, { bytes: toWire(value, this.#binary), ttlMs });
  }

  async add(key: string, value: Uint8Array, ttlMs: number): Promise<boolean> {
    const answer = await this.#ask('add', key, { bytes: toWire(value, this.#binary), ttlMs });
    return answer.refused !== true;
  }

  async replace(key: string, value: Uint8Array): Promise<Uint8Array | null> {
    return valueOf(await this.#ask('replace', key, { bytes: toWire(value, this.#binary) }));
  }

  async delete(key: string): Promise<void> {
    await this.#ask('delete', key);
  }

  stats(): ClusterStoreStats {
    return {
      role: 'worker',
      requests: this.#requests,
      pending: this.#pending.size,
      late: this.#late,
      failed: this.#failed,
      values: 0,
      bytes: 0,
      evicted: 0,
      expired: 0,
    };
  }

  close(): void {
    if (this.#unusable === 'closed') return;
    this.#listeners.clear();
    this.#hello();
    process.off('message', this.#onMessage);
    process.off('disconnect', this.#onDisconnect);
    this.#giveUp('closed');
    this.#onClose();
  }

  #ask(operation: Operation, key: string, more: object = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#requests++;
      const fail = (error: Error): void => {
        this.#failed++;
        reject(error);
      };
      if (this.#unusable !== undefined || this.#pending.size >= MOST_PENDING) {
        fail(new Error(`the store is ${this.#unusable ?? 'busy'}`));
        return;
      }
      const id = this.#next++;
      const deadline = performance.now() + this.#timeout;
      this.#pending.set(id, { deadline, resolve, reject });
      this.#timer ??= setTimeout(this.#onTimer, this.#timeout);
      const request = { sesscache: this.#name, type: 'ask', id, operation, key, ...more } as const;
      this.#send(request).catch((error: Error) => {
        if (this.#pending.delete(id)) fail(error);
      });
    });
  }

  /** Resolves once the message has been passed to the channel, not when it has arrived. */
  #send(message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      // Without a callback, a lost primary would cause an uncaught error.
      if (!process.send) reject(new Error('the store is without its primary'));
      else
        process.send(message, undefined, undefined, (error) => (error ? reject(error) : resolve()));
    });
  }

  #hello(): void {
    const probe = Uint8Array.of(1);
    const listens = this.#listeners.size > 0;
    this.#send({ sesscache: this.#name, type: 'hello', probe, listens }).catch(() => {});
  }

  #subscribe(listener: (message: Uint8Array) => void): () => void {
    const subscriber = (message: Uint8Array): void => listener(message);
    this.#listeners.add(subscriber);
    if (this.#listeners.size === 1) this.#hello();
    return () => {
      if (this.#listeners.delete(subscriber) && this.#listeners.size === 0) this.#hello();
    };
  }

  readonly #onMessage = (received: unknown): void => {
    const message = readMessage(received, this.#name);
    switch (message?.type) {
      case 'answer':
        this.#answered(message);
        break;
      case 'welcome':
        this.#binary = message.binary;
        this.#unusable = undefined;
        break;
      case 'removal':
        for (const listener of this.#listeners) listener(fromWire(message.bytes));
        break;
      case 'open':
        this.#hello();
        break;
      case 'closed':
        this.#giveUp('closed in the primary');
        break;
    }
  };

  #answered(answer: Answer): void {
    const request = this.#pending.get(answer.id);
    if (!request) {
      wipeWire(answer.bytes); // too late
      return;
    }
    this.#pending.delete(answer.id);
    if (answer.failed) {
      this.#failed++;
      request.reject(new Error('the primary could not do it'));
    } else {
      request.resolve(answer);
    }
  }

  readonly #onDisconnect = (): void => this.#giveUp('without its primary');

  #giveUp(why: string): void {
    this.#unusable = why;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [id, { reject }] of this.#pending) {
      this.#pending.delete(id);
      this.#failed++;
      reject(new Error(`the store is ${why}`));
    }
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    for (const [id, { deadline, reject }] of this.#pending) {
      if (deadline > now) {
        this.#timer = setTimeout(this.#onTimer, deadline - now);
        return;
      }
      this.#pending.delete(id);
      this.#late++;
      reject(new Error('the primary did not answer: it must call clusterStore too'));
    }
  };
}

function valueOf({ bytes }: Answer): Uint8Array | null {
  return bytes === undefined ? null : fromWire(bytes);
}
