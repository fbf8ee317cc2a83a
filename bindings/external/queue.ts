// Write-behind: writes are sent after the handshake, a bounded number of them at a time. For one
// name they are sent in order, each when the one before has been answered or given up.
//
// A removal beats a session that was made before it. `remove` takes the place of a session that
// waits, and follows one that was sent. `withdraw` does so for a removal by another process, which
// writes to the store itself: it drops a session that waits, and removes one that was sent, when
// the store has answered that write and when its deadline has passed, for then it may still arrive.

import { sameBytes } from '../checks.ts';
import { areStoresTraced } from '../telemetry/channels.ts';
import type { Breaker } from './breaker.ts';
import { type Deadline, Deadlines } from './deadlines.ts';
import type { ExternalSettings } from './options.ts';
import type { DropCause, ExternalStats } from './stats.ts';
import { type Outcome, send } from './sending.ts';
import type { ExternalStore } from './store.ts';
import { TOMBSTONE } from './tombstones.ts';

/** The kind of a write. Removals are `deletion` and `mark`: they are retried, and dropped last. */
type WriteKind = 'session' | 'deletion' | 'mark';

export interface Write {
  readonly kind: WriteKind;
  readonly name: string;
  /** The value to store; of a deletion, the tombstone. */
  readonly value: Uint8Array;
  /** When the write will be of no use any more, on the clock of `performance.now()`. */
  readonly until: number;
  /**
   * Name of the session's second tombstone (tombstones.ts). A deletion writes it; the write of a
   * session that was made anew deletes it.
   */
  readonly tombstone?: string | undefined;
  /** Whether the session is stored only if its name has no value yet. */
  readonly guarded?: boolean;
  /** Of a session: its tags, and the time of its full handshake, ms since the epoch. */
  readonly tags?: readonly Uint8Array[];
  readonly authTime?: number;
  /** Whether the session was removed after its write was sent. */
  removed?: boolean;
  /** Sends the value, to be kept for `ttl` ms; undefined: the call follows from the kind. */
  readonly send?: (ttl: number) => Promise<unknown>;
  /** How many attempts deleted the session without leaving a tombstone. */
  attempts?: number;
  /** When it was sent, on the same clock; undefined: it was not sent, or is not reported. */
  sentAt?: number | undefined;
  /** Called once the store has answered or the write is given up. */
  waiters?: (() => void)[];
}

/** Most writes that wait for the store's answer at a time. */
const RUNNING_MAX = 128;
/** Most attempts of a removal that deletes the session but leaves no tombstone. */
const ATTEMPTS = 4;
/** Approximate memory of a write besides its value, bytes. */
const WRITE_BYTES = 200;

const OPERATION = { session: 'set', deletion: 'delete', mark: 'mark' } as const;
const COUNTER = { session: 'sessions', deletion: 'deletions', mark: 'marks' } as const;

export class WriteBehind {
  readonly #store: ExternalStore;
  readonly #breaker: Breaker;
  readonly #settings: ExternalSettings;
  readonly #stats: ExternalStats;
  readonly #report: (error: unknown) => void;
  /** Whether values are unsealed secrets, and so are overwritten once they are written. */
  readonly #wipes: boolean;
  readonly #deadlines: Deadlines;
  /** Waiting writes, oldest first, one for each name. */
  readonly #sessions = new Map<string, Write>();
  readonly #removals = new Map<string, Write>();
  /** Removals that failed, until they are tried again. */
  readonly #again = new Map<string, Write>();
  readonly #running = new Map<string, Write>();
  /** Sessions that were sent, by name, and that the store may yet receive, late ones included. */
  readonly #unsettled = new Map<string, Write>();
  /** Called with each write that was confirmed or dropped, and the ms it took. Must not throw. */
  onWrite:
    | ((
        operation: 'set' | 'delete' | 'mark',
        cause: DropCause | undefined,
        duration: number | undefined,
      ) => void)
    | undefined;
  #bytes = 0;
  #soon: NodeJS.Immediate | undefined;
  #later: NodeJS.Timeout | undefined;
  #whenEmpty: (() => void)[] = [];

  constructor(
    store: ExternalStore,
    breaker: Breaker,
    settings: ExternalSettings,
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

  /**
   * Queues a write, and takes ownership of its value. It replaces the write waiting under its name.
   */
  add(write: Write): void {
    for (const queue of this.#queues()) {
      const replaced = this.#unqueue(queue, write.name);
      if (replaced === undefined) continue;
      if (replaced.kind === 'session' && write.kind === 'deletion') this.#drop(replaced, 'removed');
      else this.#wipe(replaced);
    }
    if (!this.#makeRoom(write)) {
      this.#drop(write, 'full');
      return;
    }
    this.#queue(write);
    this.#soon ??= setImmediate(this.#onSoon);
  }

  /**
   * Removes the session under a name. `until`: when it would have expired. `tombstone`: the name of
   * its second tombstone, if one is to be written.
   */
  remove(name: string, until: number, tombstone?: string): void {
    const sent = this.#unsettled.get(name);
    if (sent !== undefined) sent.removed = true; // it may arrive after what is sent now
    this.add({ kind: 'deletion', name, value: TOMBSTONE, until, tombstone });
  }

  /** Whether `withdraw` could find a session. */
  get holdsSessions(): boolean {
    return this.#sessions.size + this.#unsettled.size > 0;
  }

  /** Keeps the session under a name out of the store: another process has removed it. */
  withdraw(name: string): void {
    this.#withdraw(this.#sessions.get(name));
    const sent = this.#unsettled.get(name);
    if (sent !== undefined) sent.removed = true;
  }

  /** As `withdraw`, for all sessions of a tag that were made before it was revoked. */
  withdrawTagged(tag: Uint8Array, isRevoked: (authTime: number) => boolean): void {
    const isMeant = ({ tags = [], authTime = -Infinity }: Write): boolean =>
      tags.some((each) => sameBytes(each, tag)) && isRevoked(authTime);
    for (const write of this.#sessions.values()) if (isMeant(write)) this.#withdraw(write);
    for (const write of this.#unsettled.values()) if (isMeant(write)) write.removed = true;
  }

  #withdraw(write: Write | undefined): void {
    if (write === undefined) return;
    this.#unqueue(this.#sessions, write.name);
    this.#drop(write, 'removed');
  }

  /**
   * The value that the store will have under a name once all writes are done: null if none;
   * undefined if no write is waiting or running.
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

  /** Withdraws and returns a session that has not been sent: no other process can have seen it. */
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

  /** Sends as many writes as may run. */
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

  /** Drops all waiting writes, and stops waiting for answers. */
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
    this.#unsettled.clear();
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
    if (areStoresTraced()) write.sentAt = performance.now();
    this.#running.set(write.name, write);
    if (write.kind === 'session') this.#unsettled.set(write.name, write);
    const deadline = this.#deadlines.start(() => this.#done(write, 'late'));
    send(this.#store, write, this.#report).then(
      (outcome) => this.#answered(write, deadline, outcome),
      (error: unknown) => {
        this.#report(error);
        this.#answered(write, deadline, 'failed');
      },
    );
  }

  #answered(write: Write, deadline: Deadline, outcome: Outcome | 'failed'): void {
    const inTime = this.#deadlines.end(deadline);
    if (inTime) this.#done(write, outcome);
    if (this.#unsettled.get(write.name) === write) {
      this.#unsettled.delete(write.name);
      if (write.removed && !inTime) this.#removeSent(write, outcome);
    }
    this.#wipe(write);
  }

  #done(write: Write, outcome: Outcome | 'failed' | 'late'): void {
    if (!this.#running.delete(write.name)) return; // stopped meanwhile
    if (outcome === 'failed' || outcome === 'late') {
      this.#breaker.failed();
      this.#failed(write, outcome);
    } else {
      this.#breaker.succeeded();
      if (outcome === 'exists') this.#count(write, outcome);
      else if (outcome === 'deleted') this.#buryAgain(write);
      else this.#written(write);
    }
    if (write.removed) this.#removeSent(write, outcome);
    wake(write);
    this.pump();
  }

  /** Tries a few times to leave a tombstone: a store that is full may have room soon. */
  #buryAgain(write: Write): void {
    write.attempts = (write.attempts ?? 0) + 1;
    if (write.attempts < ATTEMPTS) this.#failed(write, 'failed');
    else this.#count(write, 'failed');
  }

  /** A session is not retried: the first attempt may have arrived, and been used since. */
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

  /**
   * Removes a session that was sent, unless the store has not kept it or another write follows it.
   */
  #removeSent({ name, until }: Write, outcome: Outcome | 'failed' | 'late'): void {
    if (outcome !== 'exists' && this.peek(name) === undefined) this.remove(name, until);
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

  /** Drops the oldest writes until there is room. No removal is dropped for a session. */
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

  #written(write: Write): void {
    this.#stats.written[COUNTER[write.kind]]++;
    this.#tell(write, undefined);
  }

  #count(write: Write, cause: DropCause): void {
    this.#stats[write.kind === 'session' ? 'dropped' : 'droppedRemovals'][cause]++;
    this.#tell(write, cause);
  }

  #tell({ kind, sentAt }: Write, cause: DropCause | undefined): void {
    if (!areStoresTraced()) return;
    const duration = sentAt === undefined ? undefined : performance.now() - sentAt;
    this.onWrite?.(OPERATION[kind], cause, duration);
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
