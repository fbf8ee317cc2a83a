// The two ends of a TLS 1.2 handshake, as far as sessions go: what OpenSSL's client and server do
// to their session caches, and in which order.

import {
  SessionCacheError,
  SessionCacheMode,
  type Connection,
  type Session,
} from '../../bindings/index.ts';
import type { Context } from './context.ts';
import type { Entry, Registry } from './registry.ts';
import { equalBytes } from './text.ts';
import {
  Alert,
  cipherOf,
  Fatal,
  Reason,
  TLS12,
  type ClientHello,
  type ServerHello,
} from './wire.ts';

const NO_ID = new Uint8Array(0);

export interface EndParts {
  readonly context: Context;
  readonly registry: Registry;
  readonly connection: Connection;
  /** Label of the sessions that this end makes. */
  readonly base: string;
  /** The server makes ids without a generator callback: nobody can predict them. */
  readonly randomId: boolean;
}

/** What both ends have: a context, at most one session, and an outcome. */
abstract class End {
  readonly context: Context;
  readonly connection: Connection;
  protected readonly registry: Registry;
  readonly #base: string;
  readonly #randomId: boolean;
  #session: Entry | undefined;
  resumed = false;
  /** The handshake is finished, and nothing fatal has happened since. */
  complete = false;
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

  protected holdNew(session: Session): void {
    const options = { randomId: this.#randomId, hasCipher: false };
    this.hold(this.registry.add(this.#base, session, options));
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

  /** Frees the connection. One that was not shut down takes its session along. */
  free(shutDown: boolean): void {
    if (this.complete && !shutDown) this.#abort();
    this.hold(undefined);
  }

  #abort(): void {
    if (this.#session !== undefined) this.context.cache.abortSession(this.#session.session);
  }
}

export class ServerEnd extends End {
  answer(hello: ClientHello): ServerHello {
    const { cache, makesNotResumable } = this.context;
    const { connection } = this;
    cache.startHandshake('server');
    connection.extendedMasterSecret = hello.extendedMasterSecret;
    const found =
      hello.id.length > 0 ? this.#try(() => cache.resumeSession(hello.id, connection)) : undefined;
    if (found !== undefined) {
      this.hold(this.registry.of(found));
      this.resumed = true;
      return { id: found.id, data: found.data, resumed: true };
    }
    const options = { connection, data: hello.secret, notResumable: makesNotResumable };
    const session = this.#try(() => cache.createSession(options));
    if ((cache.getSessionCacheMode() & SessionCacheMode.SERVER) === 0) session.setId(NO_ID);
    this.holdNew(session);
    return { id: session.id, data: session.data, resumed: false };
  }

  finish(): void {
    const { connection, resumed, session } = this;
    if (session !== undefined) session.hasCipher = true;
    this.context.cache.finishHandshake('server', session?.session, { resumed, connection });
    this.complete = true;
  }

  /** What the cache refuses ends the handshake. */
  #try<T>(lookup: () => T): T {
    try {
      return lookup();
    } catch (error) {
      if (!(error instanceof SessionCacheError) || error.reason === undefined) throw error;
      const isMismatch = error.reason === Reason.inconsistentExtendedMasterSecret;
      throw new Fatal(error.reason, isMismatch ? Alert.handshakeFailure : Alert.internalError);
    }
  }
}

export class ClientEnd extends End {
  #offered = false;
  #secret: Uint8Array = NO_ID;

  /** Offers `wanted`, if a client may: it is resumable and of the version spoken. */
  hello(wanted: Entry | undefined, secret: Uint8Array): ClientHello {
    this.#secret = secret;
    this.context.cache.startHandshake('client');
    const session = wanted?.session;
    if (session?.isResumable === true && session.protocolVersion === TLS12) {
      this.hold(wanted);
      this.#offered = true;
    } else {
      this.#startAnew();
    }
    const extendedMasterSecret = this.connection.extendedMasterSecret ?? false;
    return { id: this.#offered ? this.#current.id : NO_ID, extendedMasterSecret, secret };
  }

  /** Reads the ServerHello: did the server take what was offered? */
  receive(hello: ServerHello): void {
    this.resumed = hello.id.length > 0 && equalBytes(hello.id, this.#current.id);
    if (!this.resumed) {
      if (this.#offered) this.#startAnew();
      this.registry.change(this.#current, (session) => session.setId(hello.id));
      this.#entry.hasCipher = true;
      return;
    }
    this.#checkContext();
    if (!equalBytes(cipherOf(this.#current.data), cipherOf(hello.data))) {
      throw new Fatal(Reason.oldSessionCipherNotReturned, Alert.illegalParameter);
    }
    if (this.#current.extendedMasterSecret !== this.connection.extendedMasterSecret) {
      throw new Fatal(Reason.inconsistentExtendedMasterSecret, Alert.handshakeFailure);
    }
  }

  /** Reads what follows the ServerHello: a Certificate, or Finished when the server resumes. */
  receiveRest(hello: ServerHello): void {
    if (this.resumed !== hello.resumed) {
      throw new Fatal(Reason.unexpectedMessage, Alert.unexpectedMessage);
    }
    if (!equalBytes(this.#current.data, hello.data)) {
      throw new Fatal(Reason.cipherOperationFailed, Alert.badRecordMac);
    }
  }

  finish(): void {
    const { connection, resumed } = this;
    const outcome = { resumed, offered: this.#offered, connection };
    this.context.cache.finishHandshake('client', this.#current, outcome);
    this.complete = true;
  }

  /** The handshake failed after the ServerHello: a miss was counted by then all the same. */
  countMiss(): void {
    if (!this.#offered || this.resumed) return;
    this.context.cache.finishHandshake('client', undefined, { offered: true, failed: true });
  }

  get #entry(): Entry {
    if (this.session === undefined) throw new Error('the client said no hello');
    return this.session;
  }

  get #current(): Session {
    return this.#entry.session;
  }

  #startAnew(): void {
    const options = { connection: this.connection, id: NO_ID, data: this.#secret };
    this.holdNew(this.context.cache.createSession(options));
  }

  #checkContext(): void {
    const expected = this.connection.sessionIdContext ?? this.context.sessionIdContext;
    if (equalBytes(this.#current.sessionIdContext, expected)) return;
    throw new Fatal(Reason.differentContext, Alert.illegalParameter);
  }
}
