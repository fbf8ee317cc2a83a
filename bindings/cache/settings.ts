import * as ARGS from '../core/fields/args.generated.ts';
import * as HEADER from '../core/fields/header.generated.ts';
import { checkBoolean, checkBytes, checkCallback, checkSeconds, type Seconds } from '../checks.ts';
import { internContext } from '../session/state.ts';
import type { Engine } from './engine.ts';
import { checkMode, checkSize, setMode } from './options.ts';
import type {
  GenerateSessionIdCallback,
  GetSessionCallback,
  NewSessionCallback,
  Profile,
  RemoveSessionCallback,
} from './types.ts';

/** What can be set on a cache, and read back: the part of `SessionCache` that moves no session. */
export abstract class SessionCacheSettings {
  readonly #engine: Engine;

  /** @internal */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Whether the cache follows OpenSSL's manual pages or the code of libssl 3.0. */
  get profile(): Profile {
    return this.#engine.profile;
  }

  // ---- Settings ----

  /**
   * Sets `SessionCacheMode` flags; any 32-bit number. Sessions stay.
   *
   * @returns the previous mode.
   * @see SSL_CTX_set_session_cache_mode(3)
   */
  setSessionCacheMode(mode: number): number {
    const engine = this.#engine.open();
    const previous = engine.mode;
    setMode(engine, checkMode(mode));
    return previous;
  }

  /** @see SSL_CTX_get_session_cache_mode(3) */
  getSessionCacheMode(): number {
    return this.#engine.open().mode;
  }

  /**
   * Sets how many sessions the cache holds at most; 0: no limit. Takes effect at the next add,
   * which evicts all that are too many: 0.1 ms for each thousand.
   *
   * @returns the previous size.
   * @see SSL_CTX_sess_set_cache_size(3)
   */
  setCacheSize(size: number): number {
    const previous = this.getCacheSize();
    this.#engine.memory.core.setCapacity(checkSize(size));
    return previous;
  }

  /** @see SSL_CTX_sess_get_cache_size(3) */
  getCacheSize(): number {
    return Number(this.#engine.open().memory.headerLong(HEADER.capacity));
  }

  /**
   * Sets the timeout that new sessions get, seconds. Existing sessions keep theirs.
   *
   * @returns the previous timeout.
   * @see SSL_CTX_set_timeout(3)
   */
  setTimeout(seconds: Seconds): Seconds {
    const previous = this.getTimeout();
    this.#engine.memory.stageSeconds(ARGS.timeout, checkSeconds(seconds, 'seconds'));
    this.#engine.memory.core.setTimeout();
    return previous;
  }

  /** @see SSL_CTX_get_timeout(3) */
  getTimeout(): Seconds {
    return this.#engine.open().memory.headerLong(HEADER.timeout);
  }

  /**
   * Sets the context of sessions and connections that name none: 0 to 32 bytes, copied. Sessions
   * are resumed only by connections of their own context. With `verifyPeer` one is needed.
   *
   * @see SSL_CTX_set_session_id_context(3)
   */
  setSessionIdContext(context: Uint8Array): void {
    this.#engine.open().context = internContext(checkBytes(context, 'context'));
  }

  /** Sets whether clients are asked for certificates: SSL_VERIFY_PEER. */
  setVerifyPeer(on: boolean): void {
    this.#engine.open().verifyPeer = checkBoolean(on, 'on');
  }

  // ---- Callbacks ----

  /** Sets, or with `undefined` unsets, the callback for new sessions. */
  setNewSessionCallback(callback: NewSessionCallback | undefined): void {
    this.#engine.open().onNew = checkCallback(callback, 'callback');
  }

  /** The callback for new sessions. */
  getNewSessionCallback(): NewSessionCallback | undefined {
    return this.#engine.open().onNew;
  }

  /** Sets, or with `undefined` unsets, the callback for sessions that leave. */
  setRemoveSessionCallback(callback: RemoveSessionCallback | undefined): void {
    this.#engine.open().onRemove = checkCallback(callback, 'callback');
  }

  /** The callback for sessions that leave. */
  getRemoveSessionCallback(): RemoveSessionCallback | undefined {
    return this.#engine.open().onRemove;
  }

  /** Sets, or with `undefined` unsets, the callback that finds sessions elsewhere. */
  setGetSessionCallback(callback: GetSessionCallback | undefined): void {
    this.#engine.open().onGet = checkCallback(callback, 'callback');
  }

  /** The callback that finds sessions elsewhere. */
  getGetSessionCallback(): GetSessionCallback | undefined {
    return this.#engine.open().onGet;
  }

  /**
   * Sets, or with `undefined` unsets, the callback that makes session ids.
   *
   * @returns true; false only in a callback that profile `openssl-3.0` runs under its lock.
   */
  setGenerateSessionIdCallback(callback: GenerateSessionIdCallback | undefined): boolean {
    const engine = this.#engine.open();
    checkCallback(callback, 'callback');
    if (engine.locked) return false;
    engine.onGenerate = callback;
    return true;
  }

  /** The callback that makes session ids. */
  getGenerateSessionIdCallback(): GenerateSessionIdCallback | undefined {
    return this.#engine.open().onGenerate;
  }
}
