// The model's session: what a handle knows by itself, and the entry that it reads while cached.

import { compareExpiry, earlier, expiryOf, isOver, toSeconds, type Expiry } from './expiry.ts';
import type { Seconds, SessionOptions } from '../../bindings/index.ts';
import type { ModelEntries } from './entries.ts';

/** Thrown where the library throws a SessionCacheError with this code. */
export class ModelError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** All there is to say about a session. */
export type Fields = {
  id: Uint8Array;
  data: Uint8Array;
  version: number;
  context: Uint8Array;
  extms: boolean;
  tags: Uint8Array[];
  time: bigint;
  timeout: bigint;
  /** Where the absolute lifetime begins. */
  authTime: bigint;
  marked: boolean;
};

/** A cached session. Greater `placed` (in the order), `joined` (its groups): later. */
export type Entry = Fields & {
  serial: number;
  appData: unknown;
  placed: number;
  joined: number;
  /** Its times do not fit 32 bits. */
  isWide: boolean;
};

const encoder = new TextEncoder();
let serials = 0;

export class ModelSession {
  serial: number;
  readonly own: Fields;
  /** The cache that it is in, or was in last. */
  owner: ModelEntries | undefined;
  #appData: unknown;
  /** When last looked at; a session that leaves marks its handles once. */
  #wasIn = false;

  constructor(options: SessionOptions) {
    const authTime = BigInt(options.time ?? Math.floor(Date.now() / 1000));
    this.serial = ++serials;
    this.own = {
      id: options.id,
      data: options.data ?? new Uint8Array(),
      version: options.protocolVersion ?? 0x0303,
      context: options.sessionIdContext ?? new Uint8Array(),
      extms: options.extendedMasterSecret ?? false,
      tags: distinct((options.tags ?? []).map(tagBytes)),
      time: authTime,
      timeout: BigInt(options.timeout ?? 304),
      authTime,
      marked: options.notResumable ?? false,
    };
    this.#appData = options.appData;
  }

  /** Another handle on the session of an entry. */
  static on(entry: Entry, owner: ModelEntries): ModelSession {
    const handle = new ModelSession({ id: entry.id });
    serials--;
    Object.assign(handle, { serial: entry.serial, own: { ...entry } });
    handle.#appData = entry.appData;
    handle.join(owner);
    return handle;
  }

  join(owner: ModelEntries): void {
    this.owner = owner;
    this.#wasIn = true;
  }

  /** The entry, if it is still cached. One that has left leaves its handles marked. */
  get entry(): Entry | undefined {
    if (!this.owner) return undefined;
    const entry = this.owner.entryOf(this);
    if (entry) this.own.marked = entry.marked;
    else if (this.#wasIn && !this.owner.spared.has(this.serial)) this.own.marked = true;
    this.#wasIn = entry !== undefined;
    return entry;
  }

  /** The entry's while it is cached, else what the handle knows. */
  get fields(): Fields {
    return this.entry ?? this.own;
  }

  get id(): Uint8Array {
    return this.own.id;
  }
  get data(): Uint8Array {
    return this.own.data;
  }
  get protocolVersion(): number {
    return this.own.version;
  }
  get sessionIdContext(): Uint8Array {
    return this.fields.context;
  }
  get extendedMasterSecret(): boolean {
    return this.own.extms;
  }
  get tags(): Uint8Array[] {
    return this.own.tags;
  }
  get time(): Seconds {
    return toSeconds(this.fields.time);
  }
  get timeout(): Seconds {
    return toSeconds(this.fields.timeout);
  }
  get isCached(): boolean {
    return this.entry !== undefined;
  }
  get isResumable(): boolean {
    return !this.fields.marked && this.own.id.length > 0;
  }
  get appData(): unknown {
    return this.entry ? this.entry.appData : this.#appData;
  }
  set appData(value: unknown) {
    this.#appData = value;
    if (this.entry) this.entry.appData = value;
  }

  setTime(time: Seconds): boolean {
    return this.#setTimes({ time: BigInt(time) });
  }
  setTimeout(timeout: Seconds): boolean {
    if (BigInt(timeout) < 0n) throw new RangeError('negative timeout');
    return this.#setTimes({ timeout: BigInt(timeout) });
  }

  #setTimes(times: { time?: bigint; timeout?: bigint }): boolean {
    const { entry } = this;
    if (entry) this.owner?.checkMemory();
    if (entry && this.owner?.locked && entry !== this.owner.newcomer) return false;
    for (const fields of entry ? [entry, this.own] : [this.own]) {
      Object.assign(fields, times);
      if (fields.time < fields.authTime) fields.authTime = fields.time;
    }
    if (entry) this.owner?.retimed(entry);
    return true;
  }

  /** Takes over what other handles may have changed in the entry. */
  sync(): void {
    const { entry, own } = this;
    if (!entry) return;
    const { time, timeout, authTime, context } = entry;
    Object.assign(own, { time, timeout, authTime, context });
  }

  setId(id: Uint8Array): void {
    if (this.isCached) throw new ModelError('ERR_SESSCACHE_CACHED');
    this.own.id = id;
    this.serial = ++serials;
  }
  setProtocolVersion(version: number): void {
    if (this.isCached) throw new ModelError('ERR_SESSCACHE_CACHED');
    this.own.version = version;
    this.serial = ++serials;
  }
  setSessionIdContext(context: Uint8Array): void {
    if (this.entry) this.owner?.checkMemory();
    this.own.context = context;
    if (this.entry) this.entry.context = context;
  }

  dup(): ModelSession {
    this.sync();
    const copy = new ModelSession({ id: this.id, appData: this.appData });
    Object.assign(copy.own, this.own);
    return copy;
  }
}

/** When the cache `home` lets an entry go. */
export function endOf(entry: Fields, owner: ModelEntries): Expiry {
  const own = expiryOf(entry.time, entry.timeout);
  const life = owner.lifetimeOf(entry.version);
  if (life === undefined) return own;
  const last = expiryOf(entry.authTime, life);
  return last.late ? own : earlier(own, last);
}

export function isExpired(entry: Fields, owner: ModelEntries, now: bigint): boolean {
  return isOver(endOf(entry, owner), now);
}

/** The order of eviction: by expiry, then by placement. */
export function leavesBefore(a: Entry, b: Entry, owner: ModelEntries): boolean {
  const order = compareExpiry(endOf(a, owner), endOf(b, owner));
  return order === 0 ? a.placed < b.placed : order < 0;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export function tagBytes(tag: string | Uint8Array): Uint8Array {
  return typeof tag === 'string' ? encoder.encode(tag) : tag;
}

/** Whether the times need more than 32 bits each. */
export function isWide({ time, timeout, authTime }: Fields): boolean {
  return [time, timeout, authTime].some((value) => value !== BigInt.asUintN(32, value));
}

function distinct(tags: Uint8Array[]): Uint8Array[] {
  return tags.filter((tag, i) => tags.findIndex((other) => sameBytes(other, tag)) === i);
}
