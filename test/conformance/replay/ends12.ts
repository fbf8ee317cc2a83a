// The two ends of a TLS 1.2 handshake, as far as sessions go: what OpenSSL's client and server do
// to their session caches, and in which order.

import { SessionCacheMode } from '../../../bindings/index.ts';
import { End, orFatal } from './end.ts';
import type { Entry } from './registry.ts';
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

export class ServerEnd12 extends End {
  answer(hello: ClientHello): ServerHello {
    const { cache, makesNotResumable } = this.context;
    const { connection } = this;
    cache.startHandshake('server');
    connection.extendedMasterSecret = hello.extendedMasterSecret;
    const found =
      hello.id.length > 0 ? orFatal(() => cache.resumeSession(hello.id, connection)) : undefined;
    if (found !== undefined) {
      this.hold(this.registry.of(found));
      this.resumed = true;
      return { id: found.id, data: found.data, resumed: true };
    }
    const options = { connection, data: hello.secret, notResumable: makesNotResumable };
    const session = orFatal(() => cache.createSession(options));
    if ((cache.getSessionCacheMode() & SessionCacheMode.SERVER) === 0) session.setId(NO_ID);
    this.holdNew(session, { hasCipher: false });
    return { id: session.id, data: session.data, resumed: false };
  }

  finish(): void {
    const { connection, resumed, session } = this;
    if (session !== undefined) session.hasCipher = true;
    this.context.cache.finishHandshake('server', session?.session, { resumed, connection });
    this.complete = true;
  }
}

export class ClientEnd12 extends End {
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
    return { id: this.#offered ? this.current.id : NO_ID, extendedMasterSecret, secret };
  }

  /** Reads the ServerHello: did the server take what was offered? */
  receive(hello: ServerHello): void {
    this.resumed = hello.id.length > 0 && equalBytes(hello.id, this.current.id);
    if (!this.resumed) {
      if (this.#offered) this.#startAnew();
      this.registry.change(this.current, (session) => session.setId(hello.id));
      return;
    }
    this.checkContext();
    if (!equalBytes(cipherOf(this.current.data), cipherOf(hello.data))) {
      throw new Fatal(Reason.oldSessionCipherNotReturned, Alert.illegalParameter);
    }
    if (this.current.extendedMasterSecret !== this.connection.extendedMasterSecret) {
      throw new Fatal(Reason.inconsistentExtendedMasterSecret, Alert.handshakeFailure);
    }
  }

  /** Reads what follows the ServerHello: a Certificate, or Finished when the server resumes. */
  receiveRest(hello: ServerHello): void {
    if (this.resumed !== hello.resumed) {
      throw new Fatal(Reason.unexpectedMessage, Alert.unexpectedMessage);
    }
    if (!equalBytes(this.current.data, hello.data)) {
      throw new Fatal(Reason.cipherOperationFailed, Alert.badRecordMac);
    }
  }

  finish(): void {
    const { connection, entry, resumed } = this;
    entry.hasCipher = true;
    const outcome = { resumed, offered: this.#offered, connection };
    this.context.cache.finishHandshake('client', this.current, outcome);
    this.complete = true;
  }

  /** The handshake failed after the ServerHello: a miss was counted by then all the same. */
  countMiss(): void {
    if (!this.#offered || this.resumed) return;
    this.context.cache.finishHandshake('client', undefined, { offered: true, failed: true });
  }

  #startAnew(): void {
    const options = { connection: this.connection, id: NO_ID, data: this.#secret };
    this.holdNew(this.context.cache.createSession(options), { hasCipher: false });
  }
}
