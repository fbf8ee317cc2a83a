// One connection of an adapter: which session it offers, and what becomes of it. Nothing here throws
// into the connection: trouble with the cache means a full handshake.

import { type EventEmitter, errorMonitor } from 'node:events';
import type { ConnectionOptions, DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { chainOf, rememberChain } from './chains.ts';
import { listenForSessions } from './events.ts';
import { checkIdentityAgain, hasOwnIdentityCheck } from './identity.ts';
import { type Hop, keyOf } from './key.ts';
import { peekOrNothing } from './lifetime.ts';
import type { ClientSessionCache } from './sessions.ts';

/** An alert, ours or the peer's, or another failure of the TLS library. */
const TLS_ERROR = /^ERR_(SSL|TLS)_/;

/** A method that Node documents, and its types leave out. */
interface SessionSocket extends TLSSocket {
  setSession(session: Buffer): void;
}

export class Attempt {
  readonly #sessions: ClientSessionCache;
  readonly #key: Uint8Array | undefined;
  /** What is offered; undefined: nothing, or it is settled what became of it. */
  #offered: Buffer | undefined;
  #isSecure = false;
  /** Whether the ClientHello may have left: what it offered is used then. */
  #wasSent = false;
  readonly #checksIdentity: boolean;
  /** What the server of the offered session showed, for the function that checks its identity. */
  #chain: DetailedPeerCertificate | undefined;

  /** @param options as they will be handed to `tls.connect`, but for the session */
  constructor(sessions: ClientSessionCache, options: ConnectionOptions, hop: Hop | undefined) {
    this.#sessions = sessions;
    this.#checksIdentity = hasOwnIdentityCheck(options);
    this.#key = this.#guard(() => {
      const result = keyOf(options, hop);
      if ('key' in result) return result.key;
      sessions.noteUnkeyed(result);
      return undefined;
    });
    const key = this.#key;
    if (key !== undefined) this.#offered = this.#guard(() => this.#take(key));
  }

  #take(key: Uint8Array): Buffer | undefined {
    if (this.#checksIdentity) {
      const newest = this.#sessions.peek(key);
      if (newest !== undefined) {
        this.#chain = chainOf(key, newest);
        newest.fill(0);
        if (this.#chain === undefined) return undefined;
      }
    }
    return this.#sessions.take(key);
  }

  /** The session to offer. */
  get session(): Buffer | undefined {
    return this.#offered;
  }

  /** Follows the connection. To be called as soon as its socket exists. */
  watch(socket: TLSSocket): void {
    if (this.#key === undefined) return;
    const offered = this.#offered;
    if (offered !== undefined) {
      this.#wasSent = !socket.connecting;
      socket.once('connect', () => (this.#wasSent = true));
    }
    socket.prependOnceListener('secureConnect', () => this.#guard(() => this.#secured(socket)));
    if (this.#chain !== undefined) checkIdentityAgain(socket, this.#chain);
    listenForSessions(socket, (session) => {
      this.#guard(() => this.#keep(socket, session));
    });
    socket.on('connectionAttempt', () => this.#guard(() => this.#renew(socket)));
    watchErrors(socket, (error) =>
      this.#guard(() => this.#failed(socket, error as NodeJS.ErrnoException)),
    );
    socket.once('close', () => this.#guard(() => this.#closed()));
  }

  /** Settles what was offered if there is no connection at all. */
  abandon(): void {
    this.#guard(() => this.#settle((offered) => this.#sessions.putBack(offered)));
  }

  /** Lets go of what was offered, where nobody can tell what became of it. */
  lose(): void {
    this.#offered = undefined;
  }

  #secured(socket: TLSSocket): void {
    this.#isSecure = true;
    if (this.#checksIdentity && !socket.isSessionReused()) {
      rememberChain(this.#key!, socket.getPeerCertificate(true));
    }
    this.#settle((offered) => {
      if (socket.isSessionReused()) this.#sessions.resumed(offered, socket);
      else this.#sessions.dropFamily(offered);
    });
  }

  #keep(socket: TLSSocket, session: Buffer): void {
    // A resumed handshake repeats the verdict on the certificate chain, which is in the session, but
    // not that on the name: a connection that failed by its name alone would come back authorized.
    const lies = !socket.authorized && peekOrNothing(session)?.verifyResult === 0;
    if (lies) this.#sessions.refuse('unauthorized');
    else this.#sessions.put(this.#key!, session, socket);
  }

  /** For each further address that it tries, Node makes a new handle, which has no session to offer. */
  #renew(socket: TLSSocket): void {
    if (this.#offered !== undefined) (socket as SessionSocket).setSession(this.#offered);
  }

  #failed(socket: TLSSocket, error: NodeJS.ErrnoException): void {
    if (!this.#isSecure) {
      this.#settle((offered) => {
        if (this.#wasSent) this.#sessions.dropFamily(offered);
        else this.#sessions.putBack(offered);
      });
    }
    // After a fatal alert a session must not be resumed (RFC 5246 §7.2.2).
    if (this.#isSecure && TLS_ERROR.test(error.code ?? '')) this.#sessions.dropConnection(socket);
  }

  #closed(): void {
    // Without an error: its user gave up. What was sent is used, but nobody declined it.
    this.#settle((offered) => {
      if (!this.#wasSent) this.#sessions.putBack(offered);
    });
  }

  /** Decides on what was offered, once, and overwrites it. */
  #settle(decide: (offered: Buffer) => void): void {
    const offered = this.#offered;
    if (offered === undefined) return;
    this.#offered = undefined;
    try {
      decide(offered);
    } finally {
      offered.fill(0);
    }
  }

  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch {
      this.#sessions.noteError();
      return undefined;
    }
  }
}

/** Sees errors without handling them: those that nobody handles must still be thrown. */
function watchErrors(socket: EventEmitter, listener: (error: NodeJS.ErrnoException) => void): void {
  socket.on(errorMonitor, listener);
}
