// One of the two contexts of a script, S or C: a SessionCache of the public API, with callbacks
// that write down what they see, in the words of the recorded events.

import {
  SessionCache,
  type Connection,
  type RemovalCause,
  type Session,
  type SessionCacheOptions,
} from '../../bindings/index.ts';
import { Hooks, type CallbackKind, type HookRunner } from './hooks.ts';
import type { Registry } from './registry.ts';
import { hex } from './text.ts';
import type { Trace } from './trace.ts';
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

  /** SSL_new copies the context's settings: a handshake that has begun keeps those it began with. */
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
    this.#checkConnection(connection);
    const entry = this.#parts.registry.of(session);
    const ret = this.newAnswer;
    const event = this.#parts.trace.record({ cb: 'new', ...this.#sessionFields(session) });
    this.hooks.run('new', event, entry);
    event['ret'] = ret;
    if (ret !== 0) entry.references++;
    return ret !== 0;
  };

  readonly #onRemove = (cache: SessionCache, session: Session, _cause: RemovalCause): void => {
    if (cache !== this.cache)
      throw new Error(`a remove callback of ${this.name} got another cache`);
    const event = this.#parts.trace.record({ cb: 'remove', ...this.#sessionFields(session) });
    // The generator cannot be set while the lock is held: setting it to what it is asks, no more.
    event['locked'] = Number(!this.#setGenerator());
    this.hooks.run('remove', event, this.#parts.registry.of(session));
  };

  readonly #onGet = (connection: Connection | undefined, id: Uint8Array): Session | undefined => {
    this.#checkConnection(connection);
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
    this.#checkConnection(connection);
    const zeroed = Number(id.every((byte) => byte === 0));
    const { bytes, length, fails } = this.generatedIds.shift() ?? this.#nextId(id.length);
    id.set(bytes.subarray(0, id.length));
    const event = this.#parts.trace.record({ cb: 'gen', ctx: this.name, len: id.length, zeroed });
    event['id'] = hex(length <= id.length ? id.subarray(0, length) : id);
    event['outlen'] = length;
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
    return {
      ctx: this.name,
      sess: this.#parts.registry.labelOf(session),
      num: this.number,
      res: Number(session.isResumable),
    };
  }

  #checkConnection(connection: Connection | undefined): void {
    if (connection !== undefined && connection === this.handshaking) return;
    throw new Error(`a callback of ${this.name} did not get the connection of its handshake`);
  }
}
