// One of the two that are compared: does the calls and writes down what they return, what they
// throw and which callbacks they lead to.

import { SUBJECT } from './calls.ts';
import type { CacheLike, Call, Maker, SessionLike, Slot, Step } from './calls.ts';
import type { RemovalCause, SessionCacheOptions } from '../../bindings/index.ts';
import { hexOf } from '../support/bytes.ts';

const MAX_DEPTH = 3;

/** Told by a callback of the sequence, to see what the cache makes of it. */
class Thrown extends Error {}

export class Side {
  readonly slots: (SessionLike | undefined)[];
  /** Results and callbacks since it was last emptied. */
  log: string[] = [];
  cache: CacheLike;
  isClosed = false;
  readonly #make: Maker<SessionCacheOptions>;
  readonly #options: SessionCacheOptions;
  readonly #clock: { now: number };
  /** Serials as numbers that both sides agree about: in the order of making. */
  readonly #names = new Map<number, number>();
  readonly #external = new Map<string, Slot>();
  #answer: boolean | undefined = true;
  #nested: Call[] = [];
  #subjects: SessionLike[] = [];
  #nextId: Uint8Array | false = false;
  #wanted = { remove: true, new: true, get: true };

  constructor(
    make: Maker<SessionCacheOptions>,
    options: SessionCacheOptions,
    start: { now: number; slots: number },
  ) {
    const clock = { now: start.now };
    this.#make = make;
    this.#clock = clock;
    this.#options = { ...options, now: () => clock.now };
    this.slots = Array.from({ length: start.slots }, () => undefined);
    this.cache = this.open();
  }

  /** A new cache in place of the closed one. */
  open(): CacheLike {
    this.cache = this.#make.cache(this.#options);
    this.isClosed = false;
    this.#install();
    return this.cache;
  }

  /** Does the step; afterwards `log` has the result last. */
  perform(step: Step): void {
    this.log = [];
    this.#nested = [...step.nested];
    this.log.push(`= ${this.#attempt(step.call)}`);
  }

  name(session: SessionLike | undefined): string {
    if (session === undefined) return 'none';
    const { serial } = session;
    let name = this.#names.get(serial);
    if (name === undefined) this.#names.set(serial, (name = this.#names.size));
    return `#${name}`;
  }

  #attempt(call: Call): string {
    try {
      return this.#do(call);
    } catch (error) {
      return `threw ${errorName(error)}`;
    }
  }

  #session(slot: Slot): SessionLike | undefined {
    return slot === SUBJECT ? this.#subjects.at(-1) : this.slots[slot];
  }

  #keep(slot: Slot, session: SessionLike | undefined): string {
    if (session && slot !== SUBJECT) this.slots[slot] = session;
    return this.name(session);
  }

  #do(call: Call): string {
    const { cache } = this;
    switch (call.op) {
      case 'new':
        return this.#keep(call.slot, this.#make.session(call.options));
      case 'create':
        return this.#create(call);
      case 'removeById':
        return `${cache.removeSessionById(call.id, call.version)}`;
      case 'has':
        return `${cache.hasMatchingSessionId(call.id, call.version)}`;
      case 'flush':
        return `${cache.flushSessions(call.time, budget(call))}`;
      case 'revoke':
        return `${cache.revoke({ tag: call.tag, ...budget(call) })}`;
      case 'resume':
        return this.#keep(call.to, cache.resumeSession(call.id, call.connection));
      case 'view':
        return this.#view(cache.viewSession(call.id, call.connection));
      case 'start':
        return `${cache.startHandshake(call.role, { renegotiation: call.renegotiation })}`;
      case 'finish': {
        const session = call.slot === undefined ? undefined : this.#session(call.slot);
        return `${cache.finishHandshake(call.role, session, call)}`;
      }
      case 'setMode':
        return `${cache.setSessionCacheMode(call.value)}`;
      case 'setSize':
        return `${cache.setCacheSize(call.value)}`;
      case 'setTimeout':
        return `${cache.setTimeout(call.value)}`;
      case 'setCacheContext':
        return `${cache.setSessionIdContext(call.bytes)}`;
      case 'setVerify':
        return `${cache.setVerifyPeer(call.on)}`;
      case 'callbacks':
        this.#wanted = call;
        return this.#install();
      case 'answer':
        this.#answer = call.keep;
        return 'done';
      case 'external':
        if (call.slot === undefined) this.#external.delete(hexOf(call.id));
        else this.#external.set(hexOf(call.id), call.slot);
        return 'done';
      case 'clock':
        this.#clock.now = call.now;
        return 'done';
      case 'iterate':
        return this.#iterate();
      case 'throw':
        throw new Thrown();
      case 'close':
        this.isClosed = true;
        return `${cache.close()}`;
      default:
        return this.#doToSession(call);
    }
  }

  #doToSession(call: Extract<Call, { slot: Slot }>): string {
    const { cache } = this;
    const session = this.#session(call.slot);
    if (session === undefined) return 'nothing there';
    switch (call.op) {
      case 'dup':
        return this.#keep(call.to, session.dup());
      case 'add':
        return `${cache.addSession(session)}`;
      case 'remove':
        return `${cache.removeSession(session)}`;
      case 'abort':
        return `${cache.abortSession(session)}`;
      case 'setTime':
        return `${session.setTime(call.value)}`;
      case 'setSessionTimeout':
        return `${session.setTimeout(call.value)}`;
      case 'setId':
        return `${this.#alone(call.slot, session).setId(call.bytes)}`;
      case 'setContext':
        return `${session.setSessionIdContext(call.bytes)}`;
      case 'setAppData':
        session.appData = call.value === 0 ? undefined : call.value;
        return 'done';
      case 'setVersion':
        return `${this.#alone(call.slot, session).setProtocolVersion(call.value)}`;
      default:
        throw new Error(`unknown call ${call.op}`);
    }
  }

  /**
   * A session without another handle, unless it is cached: the library promises nothing about
   * handles that disagree about the id of one session.
   */
  #alone(slot: Slot, session: SessionLike): SessionLike {
    if (session.isCached) return session;
    const copy = session.dup();
    this.#keep(slot, copy);
    return copy;
  }

  #create(call: Extract<Call, { op: 'create' }>): string {
    this.#nextId = call.id;
    const data = new Uint8Array(call.length).fill(call.length);
    return this.#keep(call.slot, this.cache.createSession({ connection: call.connection, data }));
  }

  #view(session: SessionLike | undefined): string {
    return session ? `${this.name(session)} ${digest(session.data)}` : 'none';
  }

  /** Sessions seen must be cached when they are seen, whatever the nested calls do. */
  #iterate(): string {
    let seen = 0;
    for (const session of { [Symbol.iterator]: () => this.cache[Symbol.iterator]() }) {
      if (!session.isCached) return `saw ${this.name(session)}, which is not cached`;
      if (seen++ === 0) for (const call of this.#nested.splice(0)) this.#nest(call, session);
      if (seen > 5000) return 'no end';
    }
    return seen > 0 ? 'seen' : 'empty';
  }

  #install(): string {
    const { remove, new: wantsNew, get } = this.#wanted;
    this.cache.setRemoveSessionCallback(remove ? this.#onRemove : undefined);
    this.cache.setNewSessionCallback(wantsNew ? this.#onNew : undefined);
    this.cache.setGetSessionCallback(get ? this.#onGet : undefined);
    this.cache.setGenerateSessionIdCallback(() => this.#nextId);
    return 'done';
  }

  #onRemove = (cache: unknown, session: SessionLike, cause: RemovalCause): void => {
    const where = cache === this.cache ? '' : ' of another cache';
    this.#note(`remove ${this.name(session)} ${cause}${where}`, session);
  };

  #onNew = (_connection: unknown, session: SessionLike): boolean | void => {
    const answer = this.#answer;
    this.#note(`new ${this.name(session)}`, session);
    return answer;
  };

  #onGet = (_connection: unknown, id: Uint8Array): never => {
    this.#note(`get ${hexOf(id)}`, undefined);
    const slot = this.#external.get(hexOf(id));
    return (slot === undefined ? undefined : this.slots[slot]) as never;
  };

  /** Logs the callback and what it sees, then does the next nested call, which may throw. */
  #note(event: string, session: SessionLike | undefined): void {
    const state = session ? ` ${session.isResumable} ${session.isCached}` : '';
    const number = this.isClosed ? '' : (this.cache.stats() as { number: number }).number;
    this.log.push(`${event}${state} number ${number}`);
    const call = this.#nested.shift();
    if (call && this.#subjects.length < MAX_DEPTH) this.#nest(call, session);
  }

  #nest(call: Call, session: SessionLike | undefined): void {
    if (call.op === 'throw') throw new Thrown();
    if (session) this.#subjects.push(session);
    try {
      this.log.push(`  ${call.op} ${this.#attempt(call)}`);
    } finally {
      if (session) this.#subjects.pop();
    }
  }
}

function budget(call: { budget?: number }): { budget?: number } {
  return call.budget === undefined ? {} : { budget: call.budget };
}

/** Code of a SessionCacheError, or the class of an error that a sequence may expect. */
export function errorName(error: unknown): string {
  if (error instanceof Thrown || error instanceof RangeError) return error.constructor.name;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && /^ERR_(SESS|INCONSISTENT_EXTMS)/.test(code)) return code;
  throw error; // a trap, a failed assert of the debug core, a mistake in the tests
}

/** Enough to tell two sessions' bytes apart. */
export function digest(data: Uint8Array): string {
  let sum = data.length;
  for (const byte of data) sum = (Math.imul(sum, 31) + byte) | 0;
  return `${data.length}:${sum}`;
}
