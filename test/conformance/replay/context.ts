// One of the two contexts of a script, S or C: a SessionCache of the public API, with callbacks
// that write down what they see, in the words of the recorded events.

import {
  SessionCache,
  type Connection,
  type RemovalCause,
  type Session,
  type SessionCacheOptions,
} from '../../../bindings/index.ts';
import { Hooks, type CallbackKind, type HookRunner } from './hooks.ts';
import type { Leaving } from './leaving.ts';
import { isResumable, type Entry, type Registry } from './registry.ts';
import { equalBytes, hex } from './text.ts';
import type { Trace } from './trace.ts';
import type { TicketSettings } from './ends13.ts';
import type { External } from './external.ts';

export type ContextName = 'S' | 'C';

/** What the `gen` callback is to answer: `bytes` of which `length` count, or a failure. */
export interface GeneratedId {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly fails: boolean;
}

export interface ContextParts {
  readonly trace: Trace;
  readonly registry: Registry;
  readonly external: External;
  readonly hookRunner: HookRunner;
  readonly leaving: Leaving;
}

export class Context {
  readonly name: ContextName;
  readonly cache: SessionCache;
  readonly hooks: Hooks;
  readonly generatedIds: GeneratedId[] = [];
  /** A context shows in the recorded state from its first mention on. */
  isMentioned = false;
  /** What the new callback answers. */
  newAnswer = 0;
  hasGenerator = false;
  /** SSL_CTX_set_not_resumable_session_callback: new sessions are born non-resumable. */
  makesNotResumable = false;
  /** What a server's connections take over when they are made. */
  tickets: TicketSettings = {
    noTicket: true,
    maxEarlyData: 0,
    noAntiReplay: false,
    count: 2,
  };
  /** What the generate callback left in its buffer when it was called last. */
  leftBehind: Uint8Array = new Uint8Array(0);
  /** The connection whose handshake is going on: callbacks must get this very object. */
  handshaking: Connection | undefined;
  /** What the cache has been told: the API has no getter for these two. */
  #sessionIdContext: Uint8Array = new Uint8Array(0);
  #verifyPeer = false;

  readonly #parts: ContextParts;
  #idsMade = 0;

  constructor(name: ContextName, parts: ContextParts, options: SessionCacheOptions) {
    this.name = name;
    this.#parts = parts;
    this.hooks = new Hooks(parts.hookRunner);
    this.cache = new SessionCache(options);
  }

  get number(): number {
    return this.cache.stats().number;
  }

  get sessionIdContext(): Uint8Array {
    return this.#sessionIdContext;
  }

  /**
   * SSL_new copies the context's settings: a handshake that has begun keeps those it began with.
   */
  setSessionIdContext(bytes: Uint8Array): void {
    this.cache.setSessionIdContext(bytes);
    if (this.handshaking) this.handshaking.sessionIdContext ??= this.#sessionIdContext;
    this.#sessionIdContext = bytes;
  }

  setVerifyPeer(on: boolean): void {
    this.cache.setVerifyPeer(on);
    if (this.handshaking) this.handshaking.verifyPeer ??= this.#verifyPeer;
    this.#verifyPeer = on;
  }

  /**
   * Removes a session in some way; another one that is cached under its key leaves in its place.
   */
  remove<T>(session: Session, how: () => T): T {
    return this.#parts.leaving.during(this.#twinOf(session), how);
  }

  #twinOf({ id, protocolVersion, isCached }: Session): Entry | undefined {
    if (isCached || !this.cache.hasMatchingSessionId(id, protocolVersion)) return undefined;
    for (const cached of this.cache) {
      const isTwin = cached.protocolVersion === protocolVersion && equalBytes(cached.id, id);
      if (isTwin) return this.#parts.registry.of(cached);
    }
    return undefined;
  }

  /** Installs or removes a callback. Answers 1 if one is set afterwards, as the script expects. */
  setCallback(kind: CallbackKind, on: boolean): number {
    const { cache } = this;
    switch (kind) {
      case 'new':
        cache.setNewSessionCallback(on ? this.#onNew : undefined);
        return Number(cache.getNewSessionCallback() !== undefined);
      case 'remove':
        cache.setRemoveSessionCallback(on ? this.#onRemove : undefined);
        return Number(cache.getRemoveSessionCallback() !== undefined);
      case 'get':
        cache.setGetSessionCallback(on ? this.#onGet : undefined);
        return Number(cache.getGetSessionCallback() !== undefined);
      case 'gen':
        this.hasGenerator = on;
        return Number(this.#setGenerator());
    }
  }

  #setGenerator(): boolean {
    return this.cache.setGenerateSessionIdCallback(
      this.hasGenerator ? this.#onGenerate : undefined,
    );
  }

  readonly #onNew = (connection: Connection | undefined, session: Session): boolean => {
    this.#begin(connection);
    const entry = this.#parts.registry.of(session);
    const ret = this.newAnswer;
    const event = this.#parts.trace.record({ cb: 'new', ...this.#sessionFields(session) });
    this.hooks.run('new', event, entry);
    event['ret'] = ret;
    if (ret !== 0) entry.references++;
    return ret !== 0;
  };

  readonly #onRemove = (cache: SessionCache, session: Session, cause: RemovalCause): void => {
    if (cache !== this.cache)
      throw new Error(`a remove callback of ${this.name} got another cache`);
    const { trace, registry, leaving, hookRunner } = this.#parts;
    // The generator cannot be set while the lock is held: setting it to what it is asks, no more.
    const locked = !this.#setGenerator();
    const isFlush = locked && cause !== 'evicted';
    if (!isFlush) leaving.flushed(hookRunner.depth);
    const entry = registry.of(session);
    leaving.during(entry, () => {
      const event = trace.record({ cb: 'remove', ...this.#sessionFields(session) });
      event['locked'] = Number(locked);
      this.hooks.run('remove', event, entry);
    });
    if (isFlush) leaving.untilFlushed(entry, hookRunner.depth);
  };

  readonly #onGet = (connection: Connection | undefined, id: Uint8Array): Session | undefined => {
    this.#begin(connection);
    const { trace, registry, external } = this.#parts;
    const event = trace.record({ cb: 'get', ctx: this.name, id: hex(id), num: this.number });
    this.hooks.run('get', event);
    const found = external.find(hex(id), registry);
    event['ret'] = found === undefined ? null : registry.label(found.entry);
    if (found !== undefined) event['copy'] = found.copy;
    return found?.entry.session;
  };

  readonly #onGenerate = (
    connection: Connection | undefined,
    id: Uint8Array,
  ): Uint8Array | false => {
    this.#begin(connection);
    const zeroed = Number(id.every((byte) => byte === 0));
    const { bytes, length, fails } = this.generatedIds.shift() ?? this.#nextId(id.length);
    id.set(bytes.subarray(0, id.length));
    const event = this.#parts.trace.record({ cb: 'gen', ctx: this.name, len: id.length, zeroed });
    event['id'] = hex(length <= id.length ? id.subarray(0, length) : id);
    event['outlen'] = length;
    this.leftBehind =
      !fails && length > 0 && length <= id.length ? id.slice(0, length) : id.slice();
    this.hooks.run('gen', event);
    event['ret'] = Number(!fails);
    if (fails) return false;
    return length <= id.length ? id.subarray(0, length) : new Uint8Array(length);
  };

  /** The id when the script queued none: a counter, then 0x5e to the end. */
  #nextId(size: number): GeneratedId {
    const bytes = new Uint8Array(size).fill(0x5e);
    new DataView(bytes.buffer).setUint32(0, ++this.#idsMade);
    return { bytes, length: size, fails: false };
  }

  #sessionFields(session: Session): { ctx: string; sess: string; num: number; res: number } {
    const entry = this.#parts.registry.of(session);
    return {
      ctx: this.name,
      sess: this.#parts.registry.label(entry),
      num: this.number,
      res: Number(isResumable(entry, session)),
    };
  }

  /** The callbacks of a handshake get its connection; a flush does not call them. */
  #begin(connection: Connection | undefined): void {
    this.#parts.leaving.flushed(this.#parts.hookRunner.depth);
    if (connection !== undefined && connection === this.handshaking) return;
    throw new Error(`a callback of ${this.name} did not get the connection of its handshake`);
  }
}
