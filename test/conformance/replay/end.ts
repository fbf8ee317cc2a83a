// What the ends of a handshake have in common: a context, at most one session, and an outcome.

import { SessionCacheError, type Connection, type Session } from '../../../bindings/index.ts';
import type { Context } from './context.ts';
import type { Entry, EntryOptions, Registry } from './registry.ts';
import { equalBytes } from './text.ts';
import { Alert, Fatal, Reason } from './wire.ts';

export interface EndParts {
  readonly context: Context;
  readonly registry: Registry;
  readonly connection: Connection;
  /** Label of the sessions that this end makes. */
  readonly base: string;
  /** The ids of the sessions that this end makes are random. */
  readonly randomId: boolean;
}

export abstract class End {
  readonly context: Context;
  readonly connection: Connection;
  protected readonly registry: Registry;
  readonly #base: string;
  readonly #randomId: boolean;
  #session: Entry | undefined;
  resumed = false;
  /** The handshake is finished, and nothing fatal has happened since. */
  complete = false;
  /** SSL_clear has taken it back to before the handshake. */
  cleared = false;
  /** Reason code of the first error. */
  error: number | undefined;

  constructor(parts: EndParts) {
    this.context = parts.context;
    this.registry = parts.registry;
    this.connection = parts.connection;
    this.#base = parts.base;
    this.#randomId = parts.randomId;
  }

  get session(): Entry | undefined {
    return this.#session;
  }

  /** An end holds a reference to its session. */
  protected hold(entry: Entry | undefined): void {
    if (entry !== undefined) entry.connections++;
    if (this.#session !== undefined) this.#session.connections--;
    this.#session = entry;
  }

  protected holdNew(session: Session, options: EntryOptions): void {
    this.hold(this.registry.add(this.#base, session, { randomId: this.#randomId, ...options }));
  }

  /** The entry of the session, at a time when there is one. */
  protected get entry(): Entry {
    if (this.#session === undefined) throw new Error('this end has no session');
    return this.#session;
  }

  protected get current(): Session {
    return this.entry.session;
  }

  /** A client resumes only in the context of its session. */
  protected checkContext(): void {
    const expected = this.connection.sessionIdContext ?? this.context.sessionIdContext;
    if (equalBytes(this.current.sessionIdContext, expected)) return;
    throw new Fatal(Reason.differentContext, Alert.illegalParameter);
  }

  /** Ends with a fatal alert, sent or received: the session leaves the cache. */
  breakOff(): void {
    this.complete = false;
    this.#abort();
  }

  fail(reason: number): void {
    this.error = reason;
    this.breakOff();
  }

  receiveAlert(alert: number): void {
    this.fail(Reason.receivedAlert + alert);
  }

  /** Reads what ends the connection. An end that was cleared begins a handshake for that. */
  readFatal(role: 'server' | 'client'): void {
    if (this.cleared) {
      this.context.cache.startHandshake(role);
      if (role === 'client' && !this.#offers) this.hold(undefined);
    }
    if (this.complete || this.cleared) this.breakOff();
  }

  /** Frees the connection. One that was not shut down takes its session along. */
  free(shutDown: boolean): void {
    if (this.complete && !shutDown) this.#abort();
    this.hold(undefined);
  }

  /** SSL_set_session: what an open connection held until now is taken for bad. */
  setSession(entry: Entry | undefined): void {
    if (this.complete) this.#abort();
    this.hold(entry);
  }

  /** SSL_clear: the same, and the connection begins anew. */
  clear(): void {
    if (this.complete) this.setSession(undefined);
    this.complete = false;
    this.cleared = true;
  }

  /** Whether a hello has this end's session in it; else a client makes a new one. */
  get #offers(): boolean {
    const { protocolVersion, isResumable } = this.#session?.session ?? {};
    return isResumable === true && protocolVersion === this.connection.protocolVersion;
  }

  #abort(): void {
    if (this.#session === undefined) return;
    const { session } = this.#session;
    this.context.remove(session, () => this.context.cache.abortSession(session));
  }
}

/** Makes a call on a cache; what the cache refuses ends the handshake. */
export function orFatal<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof SessionCacheError) || error.reason === undefined) throw error;
    const isMismatch = error.reason === Reason.inconsistentExtendedMasterSecret;
    throw new Fatal(error.reason, isMismatch ? Alert.handshakeFailure : Alert.internalError);
  }
}
