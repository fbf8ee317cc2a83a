// The model's handshake half: lookups, what a finished handshake does, and the counters.

import { isExpired, ModelError, ModelSession, sameBytes } from './session.ts';
import { attempt, UPDATE_TIME } from './entries.ts';
import { ModelStore } from './store.ts';
import type { Connection, SessionCacheOptions } from '../../bindings/index.ts';

const CLIENT = 1;
const SERVER = 2;
const NO_AUTO_CLEAR = 0x80;
const NO_INTERNAL_LOOKUP = 0x100;
const NO_INTERNAL_STORE = 0x200;
const NONE = new Uint8Array();

export type Role = 'server' | 'client';
export type MissCause = keyof ModelCache['counters']['missCauses'];
type NewCallback = (connection: never, session: never) => boolean | void;
type GetCallback = (connection: never, id: Uint8Array) => unknown;
type GenerateCallback = (connection: never, id: Uint8Array) => Uint8Array | false | undefined;

export class ModelCache extends ModelStore {
  context: Uint8Array;
  verifyPeer: boolean;
  newCallback: NewCallback | undefined;
  getCallback: GetCallback | undefined;
  generateCallback: GenerateCallback | undefined;
  #flushPending = false;

  constructor(options: SessionCacheOptions = {}) {
    super(options);
    this.context = options.sessionIdContext ?? NONE;
    this.verifyPeer = options.verifyPeer ?? false;
  }

  resumeSession(id: Uint8Array, connection: Connection = {}): ModelSession | undefined {
    this.checkOpen();
    if (id.length === 0 || (!this.openssl && !(this.mode & SERVER))) return undefined;
    const version = connection.protocolVersion ?? 0x0303;
    const context = connection.sessionIdContext ?? this.context;
    const verify = connection.verifyPeer ?? this.verifyPeer;
    if (!(this.mode & NO_INTERNAL_LOOKUP)) {
      const entry = this.find(version, id);
      if (entry) {
        if (entry.marked && !this.openssl) return this.#miss('notResumable');
        const session = ModelSession.on(entry, this);
        const isHit = this.#judge(session, version, context, verify, connection);
        if (isHit === 'expired') this.removeEntry(entry, 'expired');
        session.sync();
        return isHit === true ? session : undefined;
      }
      this.counters.misses++;
    }
    const given = this.getCallback?.(connection as never, id) as ModelSession | undefined;
    if (this.closed) return undefined;
    if (!given) return this.#miss('absent');
    if (!given.isResumable && given.own.marked) return this.#miss('notResumable');
    if (!this.openssl && given.own.version !== version) return this.#miss('version');
    if (!this.openssl && !sameBytes(given.id, id)) return this.#miss('foreignId');
    if (!this.openssl && this.#isAhead(given.fields)) return this.#miss('future');
    this.counters.cbHits++;
    if (!(this.mode & NO_INTERNAL_STORE)) this.#addIfRoom(given);
    if (this.closed) return undefined;
    const isHit = this.#judge(given, version, context, verify, connection);
    if (isHit === 'expired') this.remove(given, 'expired');
    return isHit === true ? given : undefined;
  }

  #miss(cause: MissCause): undefined {
    this.counters.missCauses[cause]++;
  }

  #addIfRoom(session: ModelSession): void {
    try {
      this.addSession(session);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
    }
  }

  /** The tests of ssl_get_prev_session, counted. */
  #judge(
    session: ModelSession,
    version: number,
    context: Uint8Array,
    verify: boolean,
    connection: Connection,
  ): boolean | 'expired' | undefined {
    const ems = connection.extendedMasterSecret;
    const now = BigInt(this.now());
    const entry = session.owner === this ? session.entry : undefined;
    const fields = entry ?? session.fields;
    if (fields.marked && !this.openssl) return this.#miss('notResumable');
    if (fields.version !== version) return this.#miss('version');
    if (!sameBytes(fields.context, context)) return this.#miss('context');
    if (verify && context.length === 0) {
      throw new ModelError('ERR_SESSION_ID_CONTEXT_UNINITIALIZED');
    }
    if (isExpired(fields, this, now)) {
      this.counters.timeouts++;
      this.counters.missCauses.expired++;
      return 'expired';
    }
    if (!this.openssl && this.#isAhead(fields)) return this.#miss('future');
    if (ems === false && fields.extms) throw new ModelError('ERR_INCONSISTENT_EXTMS');
    if (ems === true && !fields.extms) return this.#miss('extendedMasterSecret');
    this.counters.hits++;
    this.#countAge(BigInt.asIntN(64, now - fields.authTime));
    if (entry && !this.openssl && this.mode & UPDATE_TIME) this.retime(entry, now);
    return true;
  }

  /** Whether the time of a session is more than a minute ahead. */
  #isAhead({ time }: { time: bigint }): boolean {
    return time > BigInt(this.now()) + 60n;
  }

  #countAge(age: bigint): void {
    const bucket = age < 1n ? 0 : Math.min(age.toString(2).length, 31);
    const ages = this.counters.resumptionAges;
    ages[bucket] = (ages[bucket] ?? 0) + 1;
  }

  viewSession(id: Uint8Array, connection?: Connection): ModelSession | undefined {
    return this.resumeSession(id, connection);
  }

  startHandshake(role: Role, options: { renegotiation?: boolean } = {}): void {
    this.checkOpen();
    if (role === 'client')
      this.counters[options.renegotiation ? 'connectRenegotiate' : 'connect']++;
    else this.counters[options.renegotiation ? 'acceptRenegotiate' : 'accept']++;
  }

  finishHandshake(
    role: Role,
    session: ModelSession | undefined,
    options: {
      resumed?: boolean;
      offered?: boolean;
      failed?: boolean;
      connection?: Connection;
    } = {},
  ): void {
    this.checkOpen();
    const { resumed = false, offered = resumed, failed = false, connection = {} } = options;
    const isClient = role === 'client';
    if (isClient && offered && !resumed && this.openssl) this.counters.misses++;
    if (failed) return;
    const errors: unknown[] = [];
    this.#update(isClient, session, resumed, connection, errors);
    if (!this.closed) {
      if (isClient && resumed) this.counters.hits++;
      this.counters[isClient ? 'connectGood' : 'acceptGood']++;
    }
    if (errors.length > 0) throw errors[0];
  }

  /** ssl_update_cache. Whatever is thrown, the rest is done. */
  #update(
    isClient: boolean,
    session: ModelSession | undefined,
    resumed: boolean,
    connection: Connection,
    errors: unknown[],
  ): void {
    const { mode } = this;
    const isOn = (mode & (isClient ? CLIENT : SERVER)) !== 0;
    const verify = connection.verifyPeer ?? this.verifyPeer;
    const isWorth =
      session !== undefined &&
      session.isResumable &&
      (isClient || !verify || session.sessionIdContext.length > 0);
    if (isWorth && isOn && (!resumed || isTls13(session))) {
      if (!(mode & NO_INTERNAL_STORE)) attempt(errors, () => this.#addIfRoom(session));
      attempt(errors, () => {
        const kept = this.newCallback?.(connection as never, session as never);
        if (kept === false && !this.openssl && !this.closed) this.remove(session, 'refused');
      });
    }
    if (!isOn || mode & NO_AUTO_CLEAR || this.closed || (this.openssl && !isWorth)) return;
    attempt(errors, () => this.#autoFlush(isClient));
  }

  #autoFlush(isClient: boolean): void {
    const good = isClient ? this.counters.connectGood : this.counters.acceptGood;
    const now = BigInt(this.now());
    if (this.openssl) {
      if ((good & 255) === 255) this.flush(now, Infinity);
    } else if (this.#flushPending || (good + 1) % 255 === 0) {
      this.#flushPending = false;
      this.#flushPending = this.flush(now === 0n ? -1n : now, 1024) === 1024;
    }
  }

  abortSession(session: ModelSession): void {
    this.checkOpen();
    this.remove(session, 'aborted');
  }

  generateSessionId(connection: Connection = {}): Uint8Array {
    this.checkOpen();
    const buffer = new Uint8Array(32);
    if (!this.generateCallback) throw new Error('the model has no randomness');
    const id = this.generateCallback(connection as never, buffer);
    if (id === false) throw new ModelError('ERR_SESSION_ID_CALLBACK_FAILED');
    const made = id ?? buffer;
    if (made.length === 0 || made.length > 32) {
      throw new ModelError('ERR_SESSION_ID_HAS_BAD_LENGTH');
    }
    if (this.find(connection.protocolVersion ?? 0x0303, made)) {
      throw new ModelError('ERR_SESSION_ID_CONFLICT');
    }
    return made;
  }

  createSession(options: { connection?: Connection; data?: Uint8Array } = {}): ModelSession {
    const { connection = {}, data = NONE } = options;
    const id = this.generateSessionId(connection);
    return new ModelSession({
      id,
      data,
      protocolVersion: connection.protocolVersion ?? 0x0303,
      sessionIdContext: connection.sessionIdContext ?? this.context,
      time: this.now(),
      timeout: this.timeout === 0n ? 7200 : this.timeout,
      extendedMasterSecret: connection.extendedMasterSecret ?? false,
    });
  }

  stats(): object {
    this.checkOpen();
    this.counters.number = this.entries.length;
    return this.counters;
  }

  setSessionIdContext(context: Uint8Array): void {
    this.checkOpen();
    this.context = context;
  }
  setVerifyPeer(on: boolean): void {
    this.checkOpen();
    this.verifyPeer = on;
  }
  setNewSessionCallback(fn: NewCallback | undefined): void {
    this.checkOpen();
    this.newCallback = fn;
  }
  setRemoveSessionCallback(fn: ModelStore['removeCallback']): void {
    this.checkOpen();
    this.removeCallback = fn;
  }
  setGetSessionCallback(fn: GetCallback | undefined): void {
    this.checkOpen();
    this.getCallback = fn;
  }
  setGenerateSessionIdCallback(fn: GenerateCallback | undefined): boolean {
    this.checkOpen();
    if (this.locked) return false;
    this.generateCallback = fn;
    return true;
  }
}

function isTls13(session: ModelSession): boolean {
  return session.own.version === 0x0304 || session.own.version === 0xfefc;
}
