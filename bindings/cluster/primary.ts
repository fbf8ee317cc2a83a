// The store in the primary: keeps the values, answers the workers, passes removals on.

import cluster, { type Worker } from 'node:cluster';
import type { Channel } from '../external/store.ts';
import { PrimaryValues } from './values.ts';
import { fromWire, type Message, readMessage, toWire, wipeWire } from './messages.ts';
import type { ClusterStore, ClusterStoreStats } from './types.ts';

const NOTHING = new Uint8Array(0);

/** What is known of a worker. */
interface WorkerInfo {
  binary: boolean;
  listens: boolean;
}

export class PrimaryStore implements ClusterStore {
  readonly isLocal = true;
  readonly channel: Channel;
  readonly #name: string;
  readonly #values: PrimaryValues;
  readonly #onClose: () => void;
  readonly #workers = new Map<Worker, WorkerInfo>();
  readonly #listeners = new Set<(message: Uint8Array) => void>();
  #requests = 0;
  #failed = 0;
  #closed = false;

  constructor(name: string, values: PrimaryValues, onClose: () => void) {
    this.#name = name;
    this.#values = values;
    this.#onClose = onClose;
    this.channel = {
      publish: (message) => this.#broadcast(message),
      subscribe: (listener) => {
        const subscriber = (message: Uint8Array): void => listener(message);
        this.#listeners.add(subscriber);
        return () => void this.#listeners.delete(subscriber);
      },
    };
    cluster.on('message', this.#onMessage);
    cluster.on('disconnect', this.#onGone);
    cluster.on('exit', this.#onGone);
    // Messages of workers that started earlier have been missed: ask these to introduce themselves.
    for (const worker of Object.values(cluster.workers ?? {})) {
      if (worker) this.#tell(worker, { sesscache: name, type: 'open' });
    }
  }

  async get(key: string): Promise<Uint8Array | null> {
    return this.#open().get(key) ?? null;
  }

  async take(key: string): Promise<Uint8Array | null> {
    return this.#open().take(key) ?? null;
  }

  async set(key: string, value: Uint8Array, ttlMs: number): Promise<void> {
    this.#open().set(key, value, ttlMs);
  }

  async add(key: string, value: Uint8Array, ttlMs: number): Promise<boolean> {
    return this.#open().add(key, value, ttlMs);
  }

  async replace(key: string, value: Uint8Array): Promise<Uint8Array | null> {
    return this.#open().replace(key, value) ?? null;
  }

  async delete(key: string): Promise<void> {
    this.#open().delete(key);
  }

  stats(): ClusterStoreStats {
    const sizes = this.#closed
      ? { values: 0, bytes: 0, evicted: 0, expired: 0 }
      : this.#values.stats();
    const [requests, failed] = [this.#requests, this.#failed];
    return { role: 'primary', requests, pending: 0, late: 0, failed, ...sizes };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    cluster.off('message', this.#onMessage);
    cluster.off('disconnect', this.#onGone);
    cluster.off('exit', this.#onGone);
    for (const worker of this.#workers.keys()) {
      this.#tell(worker, { sesscache: this.#name, type: 'closed' });
    }
    this.#workers.clear();
    this.#listeners.clear();
    this.#values.close();
    this.#onClose();
  }

  readonly #onGone = (worker: Worker): void => {
    this.#workers.delete(worker);
  };

  readonly #onMessage = (worker: Worker, received: unknown): void => {
    const message = readMessage(received, this.#name);
    if (message?.type === 'hello') {
      const binary = message.probe instanceof Uint8Array;
      this.#workers.set(worker, { binary, listens: message.listens });
      this.#tell(worker, { sesscache: this.#name, type: 'welcome', binary });
    } else if (message?.type === 'ask') {
      const answer = this.#answer(message, this.#workers.get(worker)?.binary ?? false);
      // Not sooner: while a connection is on its way to the worker, Node keeps messages as they
      // are.
      this.#tell(worker, answer, () => wipeWire(answer.bytes));
      wipeWire(message.bytes);
    } else if (message?.type === 'removal') {
      this.#broadcast(fromWire(message.bytes), worker);
    }
  };

  #answer(request: Message & { type: 'ask' }, binary: boolean): Message & { type: 'answer' } {
    const { id, operation, key, bytes, ttlMs } = request;
    const answer = { sesscache: this.#name, type: 'answer', id } as const;
    this.#requests++;
    try {
      const value = bytes === undefined ? NOTHING : fromWire(bytes);
      const values = this.#values;
      let found: Uint8Array | undefined;
      let kept = true;
      if (operation === 'set') values.set(key, value, ttlMs as number);
      else if (operation === 'add') kept = values.add(key, value, ttlMs as number);
      else if (operation === 'delete') values.delete(key);
      else if (operation === 'get') found = values.get(key);
      else if (operation === 'take') found = values.take(key);
      else found = values.replace(key, value);
      if (typeof bytes === 'string') value.fill(0);
      if (!kept) return { ...answer, refused: true };
      if (found === undefined) return answer;
      const wire = toWire(found, binary);
      if (typeof wire === 'string') found.fill(0);
      return { ...answer, bytes: wire };
    } catch {
      this.#failed++;
      return { ...answer, failed: true };
    }
  }

  /** Sends a message to all listeners except the worker that it came from. */
  #broadcast(message: Uint8Array, from?: Worker): void {
    for (const [worker, { binary, listens }] of this.#workers) {
      if (!listens || worker === from) continue;
      this.#tell(worker, {
        sesscache: this.#name,
        type: 'removal',
        bytes: toWire(message, binary),
      });
    }
    for (const listener of this.#listeners) listener(message);
  }

  /** Calls `sent` when the message has been serialized, or cannot be sent. */
  #tell(worker: Worker, message: Message, sent = (): void => {}): void {
    // With a callback, a worker that has just exited causes no error in this process.
    worker.send(message, sent);
  }

  #open(): PrimaryValues {
    if (!this.#closed) return this.#values;
    throw new Error('the store is closed');
  }
}
