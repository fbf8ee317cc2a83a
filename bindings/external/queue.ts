// Write-behind: what goes to the store goes after the handshake, a bounded amount of it.

import type { Breaker } from './breaker.ts';
import { type Deadline, Deadlines } from './deadlines.ts';
import type { Settings } from './options.ts';
import type { DropCause, ExternalStats } from './stats.ts';
import type { ExternalStore } from './store.ts';

/** What a write is of. Removals are `deletion` and `mark`: they are tried again, and dropped last. */
export type WriteKind = 'session' | 'deletion' | 'mark';

export interface Write {
  readonly kind: WriteKind;
  readonly name: string;
  /** Of a deletion: empty. */
  readonly value: Uint8Array;
  /** When it has become pointless, on the clock of `performance.now()`. */
  readonly until: number;
  /** Called when the store has answered, or will not any more. */
  waiters?: (() => void)[];
}

/** So many writes wait for the store's answer at most. */
const RUNNING_MAX = 128;
/** What a write costs beside its value, about. */
const WRITE_BYTES = 200;

const COUNTER = { session: 'sessions', deletion: 'deletions', mark: 'marks' } as const;

export class WriteBehind {
  readonly #store: ExternalStore;
  readonly #breaker: Breaker;
  readonly #settings: Settings;
  readonly #stats: ExternalStats;
  readonly #report: (error: unknown) => void;
  /** Values hold secrets: they are overwritten once they are written. */
  readonly #wipes: boolean;
  readonly #deadlines: Deadlines;
  /** What waits, oldest first, one write for a name. */
  readonly #sessions = new Map<string, Write>();
  readonly #removals = new Map<string, Write>();
  /** Removals that failed, until they are tried again. */
  readonly #again = new Map<string, Write>();
  readonly #running = new Map<string, Write>();
  #bytes = 0;
  #soon: NodeJS.Immediate | undefined;
  #later: NodeJS.Timeout | undefined;
  #whenEmpty: (() => void)[] = [];

  constructor(
    store: ExternalStore,
    breaker: Breaker,
    settings: Settings,
    stats: ExternalStats,
    report: (error: unknown) => void,
    wipes: boolean,
  ) {
    this.#store = store;
    this.#breaker = breaker;
    this.#settings = settings;
    this.#stats = stats;
    this.#report = report;
    this.#wipes = wipes;
    this.#deadlines = new Deadlines(settings.writeDeadline);
  }

  get entries(): number {
    return this.#sessions.size + this.#removals.size + this.#again.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Takes a write over, value included. It replaces what waits under its name. */
  add(write: Write): void {
    for (const waiting of this.#queues()) this.#unqueue(waiting, write.name);
    if (!this.#makeRoom(write)) {
      this.#drop(write, 'full');
      return;
    }
    this.#queue(write);
    this.#soon ??= setImmediate(this.#onSoon);
  }

  /**
   * What the store will have under a name once all is written: a value, null if none, undefined if
   * nothing is to be written.
   */
  peek(name: string): Uint8Array | null | undefined {
    const write =
      this.#removals.get(name) ??
      this.#again.get(name) ??
      this.#sessions.get(name) ??
      this.#running.get(name);
    if (write === undefined) return undefined;
    return write.kind === 'deletion' ? null : write.value;
  }

  /** Takes back a session that has not been sent: nobody else can have seen it. */
  claim(name: string): Uint8Array | undefined {
    if (this.#running.has(name)) return undefined;
    return this.#unqueue(this.#sessions, name)?.value;
  }

  /** Waits until the store has answered what was sent under a name. */
  idle(name: string): Promise<void> | undefined {
    const write = this.#running.get(name);
    return write && new Promise((resolve) => (write.waiters ??= []).push(resolve));
  }

  /** Waits until everything has been written or dropped. */
  empty(): Promise<void> {
    if (this.entries === 0 && this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  /** Sends as much as may be sent. */
  pump(): void {
    for (const queue of [this.#removals, this.#sessions]) {
      for (const write of queue.values()) {
        if (this.#running.size >= RUNNING_MAX) return;
        if (this.#running.has(write.name)) continue; // or the later could overtake the earlier
        if (write.until <= performance.now()) {
          this.#unqueue(queue, write.name);
          this.#drop(write, 'expired');
          continue;
        }
        if (!this.#breaker.enter()) {
          // A probe under way pumps when it has been answered.
          if (this.#breaker.state === 'open') this.#pumpLater(this.#breaker.wait);
          return;
        }
        this.#unqueue(queue, write.name);
        this.#run(write);
      }
    }
    this.#tellIfEmpty();
  }

  /** Drops what waits, and waits for nothing any more. */
  stop(): void {
    clearImmediate(this.#soon);
    clearTimeout(this.#later);
    this.#deadlines.stop();
    for (const queue of this.#queues()) {
      for (const write of queue.values()) {
        this.#unqueue(queue, write.name);
        this.#drop(write, 'detached');
      }
    }
    for (const write of this.#running.values()) {
      this.#count(write, 'detached');
      wake(write);
    }
    this.#running.clear();
    this.#tellIfEmpty();
  }

  readonly #onSoon = (): void => {
    this.#soon = undefined;
    this.pump();
  };

  readonly #onLater = (): void => {
    this.#later = undefined;
    for (const write of this.#again.values()) {
      this.#unqueue(this.#again, write.name);
      this.#queue(write);
    }
    this.pump();
  };

  #pumpLater(after: number): void {
    this.#later ??= setTimeout(this.#onLater, Math.max(1, Math.ceil(after))).unref();
  }

  #run(write: Write): void {
    this.#running.set(write.name, write);
    const deadline = this.#deadlines.start(() => this.#done(write, 'late'));
    const done = (cause: DropCause | undefined): void => this.#answered(write, deadline, cause);
    this.#send(write).then(
      () => done(undefined),
      (error: unknown) => {
        this.#report(error);
        done('failed');
      },
    );
  }

  async #send({ kind, name, value, until }: Write): Promise<unknown> {
    if (kind === 'deletion') return this.#store.delete(name);
    return this.#store.set(name, value, Math.max(1, Math.floor(until - performance.now())));
  }

  #answered(write: Write, deadline: Deadline, cause: DropCause | undefined): void {
    if (this.#deadlines.end(deadline)) this.#done(write, cause);
    this.#wipe(write);
  }

  #done(write: Write, cause: DropCause | undefined): void {
    if (!this.#running.delete(write.name)) return; // stopped meanwhile
    if (cause === undefined) {
      this.#stats.written[COUNTER[write.kind]]++;
      this.#breaker.succeeded();
    } else {
      this.#breaker.failed();
      this.#failed(write, cause);
    }
    wake(write);
    this.pump();
  }

  /**
   * A session is not sent again: nobody knows whether it arrived, and somebody may have taken it for
   * its single use since.
   */
  #failed(write: Write, cause: DropCause): void {
    const { name, kind, until } = write;
    if (kind === 'session' || this.peek(name) !== undefined || until <= performance.now()) {
      this.#count(write, cause);
      return;
    }
    if (!this.#makeRoom(write)) {
      this.#count(write, 'full');
      return;
    }
    this.#again.set(name, write);
    this.#bytes += sizeOf(write);
    this.#pumpLater(this.#settings.cooldown);
  }

  #queues(): Map<string, Write>[] {
    return [this.#sessions, this.#removals, this.#again];
  }

  #queue(write: Write): void {
    (write.kind === 'session' ? this.#sessions : this.#removals).set(write.name, write);
    this.#bytes += sizeOf(write);
  }

  #unqueue(queue: Map<string, Write>, name: string): Write | undefined {
    const write = queue.get(name);
    if (write === undefined) return undefined;
    queue.delete(name);
    this.#bytes -= sizeOf(write);
    return write;
  }

  /** Drops the oldest until there is room; no removal makes room for a session. */
  #makeRoom(write: Write): boolean {
    const { maxQueue, maxQueueBytes } = this.#settings;
    const isFull = (): boolean =>
      this.entries >= maxQueue || this.#bytes + sizeOf(write) > maxQueueBytes;
    while (isFull() && this.entries > 0) {
      if (write.kind === 'session' && this.#sessions.size === 0) return false;
      this.#dropOldest();
    }
    return !isFull();
  }

  #dropOldest(): void {
    for (const queue of this.#queues()) {
      for (const write of queue.values()) {
        this.#unqueue(queue, write.name);
        this.#drop(write, 'full');
        return;
      }
    }
  }

  #drop(write: Write, cause: DropCause): void {
    this.#count(write, cause);
    this.#wipe(write);
  }

  #wipe(write: Write): void {
    if (this.#wipes && write.kind === 'session') write.value.fill(0);
  }

  #count(write: Write, cause: DropCause): void {
    this.#stats[write.kind === 'session' ? 'dropped' : 'droppedRemovals'][cause]++;
  }

  #tellIfEmpty(): void {
    if (this.entries > 0 || this.#running.size > 0) return;
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }
}

function sizeOf(write: Write): number {
  return write.value.length + WRITE_BYTES;
}

function wake(write: Write): void {
  for (const waiter of write.waiters?.splice(0) ?? []) waiter();
}
