// Sequences of calls from a seed.

import { pick, type Random } from '../support/random.ts';
import { SUBJECT } from './calls.ts';
import type { Call, Slot, Step } from './calls.ts';
import { CONTEXTS, TAGS, Values, VERSIONS, type Taste } from './values.ts';
import type { Connection, SessionOptions } from '../../bindings/index.ts';

const ROLES = [2, 2, 2, 3, 3, 1, 0];
const MODES = [0x400, 0x100, 0x200, 0x300, 0x80, 0];
const DRAINS = new Set(['flush', 'revoke', 'close']);

/** Makes steps for ever. */
export class Generator {
  readonly #random: Random;
  readonly #taste: Taste;
  readonly #values: Values;
  /** What was made last in each slot: most calls are about these. */
  readonly #known: SessionOptions[] = [];
  #made: Slot | undefined;

  constructor(random: Random, taste: Taste) {
    this.#random = random;
    this.#taste = taste;
    this.#values = new Values(random, taste);
  }

  step(): Step {
    const { limit, nesting, openssl } = this.#taste;
    const nested: Call[] = [];
    const call = this.#next();
    const isNested =
      (call.op === 'iterate' && !limit) || (nesting > 0 && this.#random(nesting) === 0);
    if (isNested) {
      const count = 1 + this.#random(4);
      while (nested.length < count) {
        const inner = openssl ? this.#underLock() : this.#inCallback();
        if (call.op !== 'iterate' || inner.op !== 'throw') nested.push(inner);
      }
    }
    return { call, nested };
  }

  /** A new session is mostly added at once; a large cache is given time to fill. */
  #next(): Call {
    const slot = this.#made;
    this.#made = undefined;
    if (slot !== undefined && this.#random(3) > 0) return { op: 'add', slot };
    const call = this.#call(this.#random(1000));
    const isDrain = DRAINS.has(call.op) && this.#taste.size > 10 && this.#random(10) > 0;
    return isDrain ? this.#newSession() : call;
  }

  #call(dice: number): Call {
    if (dice < 300) return this.#newSession();
    if (dice < 450) return { op: 'add', slot: this.#values.slot() };
    if (dice < 500) return { op: 'remove', slot: this.#values.slot() };
    if (dice < 520) return { op: 'removeById', ...this.#key() };
    if (dice < 560) return this.#flush();
    if (dice < 580) return this.#revoke();
    if (dice < 600) return { op: 'has', ...this.#key() };
    if (dice < 720) return this.#lookup();
    if (dice < 780) return this.#finish();
    if (dice < 785) return this.#start();
    if (dice < 795) return { op: 'abort', slot: this.#values.slot() };
    if (dice < 830) return { op: 'setTime', slot: this.#values.slot(), value: this.#values.time() };
    if (dice < 850) return this.#sessionTimeout();
    if (dice < 900) return { op: 'clock', now: this.#values.clock() };
    if (dice < 915) return { op: 'dup', slot: this.#values.slot(), to: this.#values.slot() };
    if (dice < 930) return this.#setSession();
    if (dice < 945) return this.#external();
    if (dice < 960) return this.#create();
    if (dice < 970) return { op: 'iterate' };
    if (dice < 972) return { op: 'close' };
    return this.#setCache();
  }

  #inCallback(): Call {
    const dice = this.#random(20);
    if (dice === 0) return { op: 'throw' };
    if (dice === 1) return { op: 'close' };
    if (dice < 5) return { op: 'add', slot: SUBJECT };
    if (dice < 7) return { op: 'remove', slot: SUBJECT };
    return this.#call(this.#random(1000));
  }

  /** What libssl allows or refuses quietly inside any callback. */
  #underLock(): Call {
    const slot = this.#random(2) === 0 ? SUBJECT : this.#values.slot();
    const dice = this.#random(9);
    if (dice === 0) return { op: 'add', slot };
    if (dice === 1) return { op: 'remove', slot };
    if (dice === 2) return this.#flush();
    if (dice === 3) return { op: 'has', ...this.#key() };
    if (dice === 4) return { op: 'setTime', slot, value: this.#values.time() };
    if (dice === 5) return { ...this.#sessionTimeout(), slot } as Call;
    return this.#setCache();
  }

  #newSession(): Call {
    const random = this.#random;
    const options: SessionOptions = {
      id: this.#values.id(),
      data: this.#values.data(),
      protocolVersion: pick(random, VERSIONS),
      sessionIdContext: pick(random, CONTEXTS),
      time: this.#values.time(),
      timeout: this.#values.timeout(),
      extendedMasterSecret: random(2) === 0,
      notResumable: random(20) === 0,
      tags: TAGS.filter(() => random(4) === 0),
      appData: random(4) === 0 ? random(100) : undefined,
    };
    const slot = this.#values.slot();
    this.#known[slot] = options;
    this.#made = slot;
    return { op: 'new', slot, options };
  }

  #create(): Call {
    const id = this.#random(20) === 0 ? (false as const) : this.#values.id();
    const connection = this.#values.connection();
    return { op: 'create', slot: this.#values.slot(), connection, length: this.#random(64), id };
  }

  #lookup(): Call {
    const op = this.#random(3) === 0 ? 'view' : 'resume';
    const known = this.#known[this.#values.slot()];
    const to = this.#values.slot();
    if (!known || this.#random(6) === 0) {
      return { op, id: this.#values.id(), connection: this.#values.connection(), to };
    }
    const { id, protocolVersion, sessionIdContext, extendedMasterSecret } = known;
    const connection: Connection = { protocolVersion, sessionIdContext };
    if (this.#random(4) === 0) connection.extendedMasterSecret = extendedMasterSecret;
    return { op, id, connection: { ...connection, ...this.#values.connection(6) }, to };
  }

  #external(): Call {
    const slot = this.#values.slot();
    const known = this.#known[slot];
    if (this.#random(4) === 0) return { op: 'external', id: this.#values.id(), slot: undefined };
    return { op: 'external', id: (this.#random(6) > 0 && known?.id) || this.#values.id(), slot };
  }

  #finish(): Call {
    const random = this.#random;
    return {
      op: 'finish',
      role: random(3) === 0 ? 'client' : 'server',
      slot: random(20) === 0 ? undefined : this.#values.slot(),
      resumed: random(3) === 0,
      offered: random(2) === 0,
      failed: random(20) === 0,
      connection: this.#values.connection(),
    };
  }

  #start(): Call {
    const role = this.#random(2) === 0 ? 'client' : 'server';
    return { op: 'start', role, renegotiation: this.#random(2) === 0 };
  }

  #flush(): Call {
    const budget = this.#values.budget();
    const dice = this.#random(8);
    if (dice === 0) return { op: 'flush', time: 0, ...budget };
    return dice < 4
      ? { op: 'flush', ...budget }
      : { op: 'flush', time: this.#values.time(), ...budget };
  }

  #revoke(): Call {
    return { op: 'revoke', tag: pick(this.#random, TAGS), ...this.#values.budget() };
  }

  #setSession(): Call {
    const slot = this.#values.slot();
    const dice = this.#random(4);
    if (dice === 3) return { op: 'setAppData', slot, value: this.#random(3) };
    if (dice === 0) return { op: 'setId', slot, bytes: this.#values.id() };
    if (dice === 1) return { op: 'setContext', slot, bytes: pick(this.#random, CONTEXTS) };
    return { op: 'setVersion', slot, value: pick(this.#random, VERSIONS) };
  }

  #sessionTimeout(): Call {
    return { op: 'setSessionTimeout', slot: this.#values.slot(), value: this.#values.timeout() };
  }

  #setCache(): Call {
    const random = this.#random;
    const { limit } = this.#taste;
    const dice = random(14);
    if (dice < 5) return { op: 'setMode', value: this.#mode() };
    if (dice < 7) return { op: 'setSize', value: this.#values.size() };
    if (dice < 8) return { op: 'setTimeout', value: this.#values.time() };
    if (dice < 10) return { op: 'setCacheContext', bytes: pick(random, CONTEXTS) };
    if (dice < 11) return { op: 'setVerify', on: random(2) === 0 };
    // One that is refused has cost its victims, and the bytes no longer tell.
    if (dice < 12)
      return { op: 'answer', keep: pick(random, limit ? [true] : [true, false, undefined]) };
    const some = (): boolean => random(4) > 0;
    return { op: 'callbacks', remove: some(), new: some(), get: some() };
  }

  /** When memory is short, a renewal may be left out: none then. */
  #mode(): number {
    const modifier = pick(this.#random, MODES);
    const role = pick(this.#random, ROLES);
    return this.#taste.limit === 'memory' && modifier === 0x400 ? role : role | modifier;
  }

  #key(): { id: Uint8Array; version: number } {
    const known = this.#known[this.#values.slot()];
    if (known && this.#random(2) === 0) {
      return { id: known.id, version: known.protocolVersion ?? 0x0303 };
    }
    return { id: this.#values.id(), version: pick(this.#random, VERSIONS) };
  }
}
