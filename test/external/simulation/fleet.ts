// Processes that share a store, the events that befall them, and the invariants that must hold.

import * as assert from 'uvu/assert';
import { CLOCK_SKEW } from '../../../bindings/external/clock.ts';
import { attachExternal, type External } from '../../../bindings/external/index.ts';
import { decodeRemovals, type Removal } from '../../../bindings/external/message.ts';
import { aadOfMessage } from '../../../bindings/external/associated-data.ts';
import { KeyRing } from '../../../bindings/external/key-ring.ts';
import { Session, SessionCache, SessionCacheMode } from '../../../bindings/index.ts';
import type { Random } from '../../support/random.ts';
import { id, keysAt } from '../support.ts';
import { type Backend, Network, type Port } from './network.ts';
import { drain, VirtualTime } from './virtual-time.ts';

export interface FleetOptions {
  /** Which processes have stores with `add` and `replace`. */
  guards: 'all' | 'none' | 'some';
  /** One of this many messages is lost; 0: none. */
  losesMessages: number;
  /** Sessions are in the store only: the mode is NO_INTERNAL. */
  outside: boolean;
  /** Some sessions may be used once only. */
  singleUse: boolean;
  /** The number of events in a run. */
  steps: number;
}

const PROCESSES = 3;
const TAGS = 3;
const START = 1_800_000_000_000;
const TLS1_2 = 0x0303;
const TLS1_3 = 0x0304;
const TLS12 = { protocolVersion: TLS1_2 };
/** A sealed time. */
const MARK_BYTES = 53;
const SINGLE = { protocolVersion: TLS1_3, singleUse: true };

/** A removal of a session, or a revocation of a tag. */
interface Act {
  /** Its name: `s` and the session, or `t` and the tag. */
  readonly what: string;
  readonly at: number;
  readonly by: Process;
  /** How many removals of this process the store had refused for good by then. */
  readonly drops: number;
}

interface Made {
  readonly n: number;
  readonly isSingle: boolean;
  readonly tag: string | undefined;
  /** The time of the full handshake. */
  readonly authTime: number;
  /** A renewal keeps that time in whole seconds only. */
  readonly isRenewal: boolean;
  /** Which key of the fleet sealed it. */
  readonly key: number;
  /** How often it was offered, and has resumed. */
  offers: number;
  uses: number;
}

class Process {
  readonly cache: SessionCache;
  readonly external: External;
  readonly port: Port;
  /** Sessions that were ever in its cache. */
  readonly had = new Set<number>();
  /** Removals that it made or heard. */
  readonly knows = new Map<string, number>();
  readonly startedAt: number;
  phase: number;

  constructor(network: Network, guards: boolean, phase: number, skew: number, outside: boolean) {
    this.port = network.connect(guards);
    this.phase = phase;
    this.startedAt = Date.now() + skew * 1000;
    const { SERVER, NO_INTERNAL } = SessionCacheMode;
    this.cache = new SessionCache({
      timeout: 300,
      now: () => Math.floor(Date.now() / 1000) + skew,
      mode: outside ? SERVER | NO_INTERNAL : SERVER,
    });
    this.external = attachExternal(this.cache, this.port.store, {
      keys: keysAt(phase),
      deadline: 25,
      writeDeadline: 60,
      cooldown: 80,
      failures: 2,
      absentFor: 0,
      onError() {},
    });
  }

  /** How many removals were dropped, and whether the queue is empty. */
  get writes(): { drops: number; isIdle: boolean } {
    const { droppedRemovals, queue } = this.external.stats();
    const { late, failed, full, expired, detached } = droppedRemovals;
    const drops = late + failed + full + expired + detached;
    return { drops, isIdle: queue.entries + queue.running === 0 };
  }
}

/** The number of the key that seals in a phase. */
function sealingKey(phase: number): number {
  return Math.floor(phase / 3) + (phase % 3 === 2 ? 1 : 0);
}

export class Fleet {
  readonly #random: Random;
  readonly #options: FleetOptions;
  readonly #time = new VirtualTime(START);
  readonly #network: Network;
  readonly #processes: Process[] = [];
  readonly #sessions: Made[] = [];
  /** Removals on their way to the store. */
  readonly #pending = new Set<Act>();
  /** Removals that are in force, and since when. */
  readonly #inForce = new Map<string, number>();
  /** Tags whose revocation in the store is one of several. */
  readonly #tangled = new Set<string>();
  /** The first time that each was removed or revoked. */
  readonly #acts = new Map<string, number>();
  #asking = 0;
  #trace: string[] = [];
  /** Sessions that resumed, and that were refused. */
  hits = 0;
  misses = 0;

  constructor(random: Random, backend: (time: VirtualTime) => Backend, options: FleetOptions) {
    this.#random = random;
    this.#options = options;
    const { losesMessages, guards, singleUse } = options;
    // As documented: a mark that is sent twice may overwrite a later one, and without `add` a
    // session for a single use may be back.
    const repeats = (value: Uint8Array): boolean =>
      value.length !== MARK_BYTES && (guards === 'all' || !singleUse);
    const store = backend(this.#time);
    this.#network = new Network(store, random, { losesMessages, repeats });
    this.#network.onMessage = (port, message) => this.#onMessage(port, message);
  }

  trace(line: string): void {
    this.#trace.push(line);
  }

  /** Runs all events. Throws if an invariant does not hold; the error lists the events. */
  async run(): Promise<void> {
    this.#time.install();
    try {
      for (let i = 0; i < PROCESSES; i++) this.#processes.push(this.#start(i, 0));
      for (let step = 0; step < this.#options.steps; step++) await this.#step();
      this.#trace.push('everything works again');
      await this.#settle();
      await this.#judge();
    } catch (error) {
      (error as Error).message += `\n${this.#trace.join('\n')}`;
      throw error;
    } finally {
      for (const { cache } of this.#processes) cache.close();
      this.#time.uninstall();
    }
  }

  #start(i: number, phase: number): Process {
    const { guards, outside } = this.#options;
    const has = guards === 'all' || (guards === 'some' && this.#random(2) === 0);
    // Clocks differ by up to a second.
    return new Process(this.#network, has, phase, i % 2, outside);
  }

  async #step(): Promise<void> {
    const what = this.#random(100);
    const process = this.#processes[this.#random(PROCESSES)]!;
    if (what < 38) await this.#network.deliver();
    else if (what < 52) this.#time.runNext();
    else if (what < 62) this.#make(process);
    else if (what < 78) this.#ask(process, this.#random(this.#sessions.length + 1));
    else if (what < 84) this.#remove(process);
    else if (what < 87) this.#revoke(process);
    else if (what < 90)
      this.#note(process, 'down', () => (process.port.isDown = !process.port.isDown));
    else if (what < 92) this.#restart(this.#processes.indexOf(process));
    else if (what < 94) this.#rotate();
    else if (what < 97) this.#replay(process);
    else this.#time.now += this.#random(2500);
    await drain();
    this.#take();
  }

  #note<T>(process: Process, what: string, act: () => T): T {
    const name = this.#processes.indexOf(process);
    this.#trace.push(`${this.#time.now - START} ms, process ${name}: ${what}`);
    return act();
  }

  #make(process: Process): void {
    const n = this.#sessions.length;
    this.#time.now++;
    // Some are renewals: they keep the tag of a session before, and the time of its full handshake.
    const from = this.#random(4) === 0 ? this.#sessions[this.#random(n + 1)] : undefined;
    const tag = from ? from.tag : [undefined, undefined, `t${this.#random(TAGS)}`][this.#random(3)];
    const isSingle = this.#options.singleUse && this.#random(2) === 0;
    const now = process.cache.createSession({ id: id(n) }).time;
    const authTime = from ? from.authTime : this.#time.now;
    const version = isSingle ? TLS1_3 : TLS1_2;
    const session = new Session({
      id: numbered(n),
      data: dataOf(n),
      timeout: 300,
      protocolVersion: version,
      time: from ? Number(now) - Math.floor((this.#time.now - authTime) / 1000) : now,
      tags: tag === undefined ? [] : [tag],
    });
    if (from) session.setTime(now);
    this.#sessions.push({
      n,
      isSingle,
      tag,
      authTime,
      isRenewal: from !== undefined,
      key: sealingKey(process.phase),
      offers: 0,
      uses: 0,
    });
    this.#note(process, `makes ${n}${tag ? ` with ${tag}` : ''}${isSingle ? ', single' : ''}`, () =>
      process.cache.finishHandshake('server', session, {
        connection: isSingle ? SINGLE : TLS12,
      }),
    );
    process.had.add(n);
  }

  #ask(process: Process, n: number): void {
    const made = this.#sessions[n];
    if (made === undefined) return;
    const refusal = this.#mustRefuse(process, made);
    made.offers++;
    const asked = this.#note(process, `is offered ${n}`, () =>
      made.isSingle
        ? process.external.take(numbered(n), SINGLE)
        : process.cache.resumeSessionAsync(numbered(n), TLS12),
    );
    this.#asking++;
    void asked.then((found) => {
      this.#asking--;
      if (found === undefined) this.misses++;
      else this.#resumed(process, made, found, refusal);
    });
  }

  #resumed(process: Process, made: Made, found: Session, refusal: string | undefined): void {
    const { n } = made;
    this.#note(process, `resumes ${n}`, () => {});
    this.hits++;
    process.had.add(n);
    if (refusal !== undefined) this.#fail(`process resumes ${n}: ${refusal}`);
    if (!Buffer.from(found.data).equals(dataOf(n))) this.#fail(`other bytes than those of ${n}`);
    made.uses++;
    if (made.isSingle && made.uses > 1) this.#fail(`${n} is used twice`);
  }

  #failures: string[] = [];

  /** Asserts later: what throws in a promise of the cache's would not be seen. */
  #fail(why: string): void {
    this.#failures.push(why);
  }

  #take(): void {
    if (this.#failures.length > 0) assert.unreachable(this.#failures.join('\n'));
    if (this.#pending.size === 0) return;
    const writes = new Map(this.#processes.map((each) => [each, each.writes]));
    for (const act of this.#pending) {
      const { drops = -1, isIdle = true } = writes.get(act.by) ?? {}; // the process may have ended before
      const isLost = drops !== act.drops;
      if (!isLost && !isIdle) continue;
      this.#pending.delete(act);
      // As documented: of two revocations whose writes overtake each other the earlier may stay.
      const others = [...this.#pending].some(({ what }) => what === act.what);
      if (act.what.startsWith('t') && (isLost || others)) this.#tangled.add(act.what);
      if (isLost || this.#tangled.has(act.what)) continue;
      this.#inForce.set(act.what, Math.max(act.at, this.#inForce.get(act.what) ?? 0));
      this.#trace.push(`   ${act.what} is removed in the store`);
    }
  }

  /** Why a session must not resume if it is offered to a process now. */
  #mustRefuse(process: Process, made: Made): string | undefined {
    const names = [`s${made.n}`, ...(made.tag ? [made.tag] : [])];
    for (const what of names) {
      const isBefore = (at: number | undefined): boolean =>
        at !== undefined &&
        (what.startsWith('s') || made.authTime < at - (made.isRenewal ? 1000 : 0));
      if (isBefore(process.knows.get(what))) return `it knows that ${what} is removed`;
      if (process.had.has(made.n) || this.#tangled.has(what)) continue; // it may have a copy, and the message may be lost
      if (isBefore(this.#inForce.get(what))) return `the store has that ${what} is removed`;
    }
    return undefined;
  }

  #remove(process: Process): void {
    const made = this.#sessions[this.#random(this.#sessions.length + 1)];
    if (made === undefined) return;
    const version = made.isSingle ? TLS1_3 : TLS1_2;
    this.#act(process, `s${made.n}`, () =>
      process.cache.removeSessionById(numbered(made.n), version),
    );
  }

  #revoke(process: Process): void {
    const tag = `t${this.#random(TAGS)}`;
    this.#act(process, tag, () => process.cache.revoke({ tag }));
  }

  #act(process: Process, what: string, act: () => void): void {
    const { drops } = process.writes;
    this.#time.now++; // so that times give the order
    this.#note(process, `removes ${what}`, act);
    const at = this.#time.now;
    if (!this.#acts.has(what) || what.startsWith('t')) this.#acts.set(what, at);
    process.knows.set(what, at);
    this.#pending.add({ what, at, by: process, drops });
  }

  #onMessage(port: Port, message: Uint8Array): void {
    const process = this.#processes.find((each) => each.port === port);
    if (process === undefined) return;
    for (const removal of this.#read(process, message)) {
      const [what, at] = this.#whatOf(process, removal);
      this.#note(process, `hears that ${what} is removed`, () => {});
      process.knows.set(what, Math.max(at, process.knows.get(what) ?? 0));
    }
  }

  #read(process: Process, message: Uint8Array): readonly Removal[] {
    const ring = new KeyRing(keysAt(process.phase));
    const opened = ring.open(aadOfMessage(new Uint8Array(0)), message);
    if (typeof opened === 'string') return [];
    return decodeRemovals(opened.plain) ?? [];
  }

  /** What a removal is of, and the time on our clock before which it counts in any case. */
  #whatOf(process: Process, removal: Removal): [string, number] {
    if ('tag' in removal) {
      // Clocks may be a second ahead of ours; and of a revocation before it began, a process that
      // hears it late takes for later what was made in the same second on such a clock.
      const { revoked } = removal;
      const isEarly = revoked < process.startedAt;
      const at = revoked - (isEarly ? 2 : 1) * CLOCK_SKEW;
      return [Buffer.from(removal.tag).toString(), at];
    }
    return [`s${Buffer.from(removal.id).readUInt32BE(0)}`, Infinity];
  }

  #restart(i: number): void {
    const before = this.#processes[i]!;
    this.#note(before, 'ends', () => {
      before.port.isDead = true;
      this.#network.disconnect(before.port);
      before.cache.close();
    });
    this.#processes[i] = this.#start(i, before.phase);
  }

  /** The process that is behind moves to the next phase. */
  #rotate(): void {
    const behind = this.#processes.reduce((a, b) => (b.phase < a.phase ? b : a));
    const next = behind.phase + 1;
    // The old key is dropped when all that it sealed has expired.
    if (next % 3 === 0) {
      for (const made of this.#sessions) if (made.key < next / 3) this.#expire(made);
    }
    this.#note(behind, `has the keys of phase ${next}`, () => {
      behind.phase = next;
      behind.external.setKeys(keysAt(next));
    });
  }

  #expired = new Set<number>();

  #expire(made: Made): void {
    this.#expired.add(made.n);
  }

  /** An attacker replays a recorded message. */
  #replay(process: Process): void {
    const { recorded } = this.#network;
    const message = recorded[this.#random(recorded.length)];
    if (message === undefined) return;
    const before = new Set(copies(process.cache));
    const removals = this.#read(process, message);
    this.#note(process, 'is played a recorded message', () =>
      this.#network.replay(process.port, message),
    );
    const after = new Set(copies(process.cache));
    for (const n of before) {
      const made = this.#sessions[n]!;
      if (after.has(n)) continue;
      const isMeant = removals.some((removal) => {
        if (!('tag' in removal)) return true; // ids are never made again
        const tag = Buffer.from(removal.tag).toString();
        return tag === made.tag && made.authTime <= removal.revoked + 2 * CLOCK_SKEW;
      });
      if (!isMeant) this.#fail(`a replayed message removes ${n}, which is younger`);
    }
  }

  /** Ends all faults, and waits until nothing is under way. */
  async #settle(): Promise<void> {
    for (const { port } of this.#processes) port.isDown = false;
    for (let turn = 0; turn < 5000; turn++) {
      await drain();
      this.#take();
      if (this.#network.size > 0) await this.#network.deliver();
      else if (this.#isQuiet()) return;
      else if (!this.#time.runNext()) break;
    }
    const states = this.#processes.map(({ external }) => external.stats());
    assert.ok(this.#isQuiet(), `everything comes to its end: ${JSON.stringify(states)}`);
  }

  #isQuiet(): boolean {
    return this.#asking === 0 && this.#processes.every(({ writes }) => writes.isIdle);
  }

  /**
   * A process that starts now refuses every removed session, and none because of an earlier
   * removal.
   */
  async #judge(): Promise<void> {
    const late = this.#start(0, Math.max(...this.#processes.map(({ phase }) => phase)));
    this.#processes.push(late);
    for (const made of this.#sessions) {
      if (this.#expired.has(made.n)) continue;
      const { revoked, removed } = late.external.stats().misses;
      this.#ask(late, made.n);
      await this.#settle();
      const { misses } = late.external.stats();
      const revokedAt = made.tag === undefined ? undefined : this.#acts.get(made.tag);
      const isRevoked = revokedAt !== undefined && made.authTime <= revokedAt + 3 * CLOCK_SKEW;
      if (misses.revoked > revoked) {
        assert.ok(isRevoked, `${made.n} is refused for a revocation before it was made`);
      }
      if (misses.removed > removed) {
        // A lost answer has used the session up.
        const isUsed = made.isSingle && made.offers > 1;
        const isMeant = isRevoked || this.#acts.has(`s${made.n}`) || isUsed;
        assert.ok(isMeant, `${made.n} is refused, though it was neither removed nor used`);
      }
    }
    this.#take();
  }
}

/** An id that says which session it is of. */
function numbered(n: number): Uint8Array {
  const bytes = Buffer.from(id(n % 256));
  bytes.writeUInt32BE(n, 0);
  return bytes;
}

function dataOf(n: number): Uint8Array {
  const bytes = Buffer.alloc(60, 0x5a);
  bytes.writeUInt32BE(n, 0);
  return bytes;
}

/** The sessions in a cache. */
function copies(cache: SessionCache): number[] {
  return [...cache].map((session) => Buffer.from(session.id).readUInt32BE(0));
}
