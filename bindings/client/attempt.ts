// One connection of an adapter: which session it offers, and what becomes of it. Nothing here
// throws into the connection: trouble with the cache means a full handshake.

import { type EventEmitter, errorMonitor } from 'node:events';
import type { ConnectionOptions, DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { isUint8Array } from 'node:util/types';
import { chainOf, rememberChain } from './chains.ts';
import { listenForSessions } from './events.ts';
import { checkIdentityAgain, hasOwnIdentityCheck } from './identity.ts';
import { type Hop, keyOf } from './key.ts';
import { peekOrNothing } from './lifetime.ts';
import { opaqueVersionOf } from './opaque.ts';
import type { Peer } from './peers.ts';
import type { ClientSessionCache } from './sessions.ts';
import { becomesBold, looksShy, offerBegins, offerEnds } from './shy.ts';
import { type AttemptTrace, type NoOfferCause, traceAttempt } from './trace.ts';

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
  #peer: Peer | undefined;
  #isSecure = false;
  #isOver = false;
  /** The program has set a session of its own. */
  #isReplaced = false;
  /** When the ClientHello may have left, in ms: what it offered is used then. */
  #sentAt: number | undefined;
  readonly #trace: AttemptTrace | undefined;
  readonly #checksIdentity: boolean;
  /** What the server of the offered session showed, for the function that checks its identity. */
  #chain: DetailedPeerCertificate | undefined;
  /** Why nothing is offered, unless something is. */
  #noOffer: NoOfferCause = 'absent';

  /** @param options as they will be handed to `tls.connect`, but for the session */
  constructor(sessions: ClientSessionCache, options: ConnectionOptions, hop: Hop | undefined) {
    this.#sessions = sessions;
    this.#trace = traceAttempt(sessions);
    this.#checksIdentity = hasOwnIdentityCheck(options);
    this.#key = this.#guard(() => {
      const result = keyOf(options, hop);
      if ('key' in result) return result.key;
      sessions.countUnkeyable(result);
      return undefined;
    });
    const key = this.#key;
    if (key !== undefined) this.#offered = this.#guard(() => this.#take(key));
    this.#trace?.lookedUp(this.#noOfferCause());
  }

  #noOfferCause(): NoOfferCause | undefined {
    if (this.#key === undefined) return 'unkeyed';
    if (this.#offered !== undefined) return undefined;
    return this.#noOffer;
  }

  #take(key: Uint8Array): Buffer | undefined {
    if (!this.#sessions.mayOffer(key)) {
      this.#noOffer = 'shy';
      return undefined;
    }
    if (this.#checksIdentity) {
      const newest = this.#sessions.peek(key);
      if (newest !== undefined) {
        this.#chain = chainOf(key, newest);
        newest.fill(0);
        if (this.#chain === undefined) {
          this.#noOffer = 'identity';
          return undefined;
        }
      }
    }
    return this.#sessions.take(key);
  }

  /** Whether sessions are kept for the connection. */
  get isKeyed(): boolean {
    return this.#key !== undefined;
  }

  /** The session to offer. */
  get session(): Buffer | undefined {
    return this.#offered;
  }

  /** Follows the connection. To be called as soon as its socket exists. */
  watch(socket: TLSSocket): void {
    if (this.#trace !== undefined) this.#follow(socket, this.#trace);
    const key = this.#key;
    if (key === undefined) return;
    this.#peer = this.#guard(() => this.#sessions.opened(key));
    if (!socket.connecting) this.#sent();
    socket.once('connect', () => this.#sent());
    socket.prependOnceListener('secureConnect', () => this.#guard(() => this.#secured(socket)));
    if (this.#chain !== undefined) checkIdentityAgain(socket, this.#chain);
    watchErrors(socket, (error) => this.#guard(() => this.#failed(socket, error.code)));
    socket.once('close', () => this.#guard(() => this.#closed()));
    listenForSessions(socket, (session) => this.#guard(() => this.#store(socket, session)), {
      renewed: () => this.#guard(() => this.#renew(socket)),
      replaced: (session) => this.#guard(() => this.#standBack(session)),
    });
  }

  /** Ahead of what settles the offer. */
  #follow(socket: TLSSocket, trace: AttemptTrace): void {
    const authTime = this.#offered && this.#sessions.authTimeOf(this.#offered);
    socket.prependOnceListener('secureConnect', () =>
      this.#guard(() => trace.secured(socket, authTime)),
    );
    watchErrors(socket, (error) => this.#guard(() => trace.failed(socket, error.code)));
    socket.once('close', () => this.#guard(() => trace.failed(socket, undefined)));
  }

  /** Settles what was offered if there is no connection at all. */
  abandon(): void {
    this.#guard(() => this.#conclude((offered) => this.#sessions.putBack(offered)));
  }

  /** Forgets what was offered, if its outcome is not known. */
  lose(): void {
    this.#offered = undefined;
  }

  #sent(): void {
    if (this.#sentAt !== undefined) return;
    this.#sentAt = performance.now();
    if (this.#offered !== undefined && this.#peer) offerBegins(this.#peer);
  }

  #secured(socket: TLSSocket): void {
    this.#isSecure = true;
    if (this.#checksIdentity && !socket.isSessionReused()) {
      rememberChain(this.#key!, socket.getPeerCertificate(true));
    }
    this.#conclude((offered) => {
      if (this.#peer) becomesBold(this.#peer);
      if (socket.isSessionReused()) this.#sessions.resumed(offered, socket);
      else this.#sessions.dropFamily(offered);
    });
  }

  /**
   * The program offers a session of its own in place of ours. For whom that was verified is not
   * known, so that none which comes of it may be kept.
   */
  #standBack(session: unknown): void {
    if (this.#isReplaced) return;
    if (isUint8Array(session) && this.#offered?.equals(session)) return;
    this.#isReplaced = true;
    this.#sessions.countUnkeyable({ blockingOption: 'session' });
    this.#conclude((offered) => {
      if (this.#sentAt === undefined) this.#sessions.putBack(offered);
    });
  }

  #store(socket: TLSSocket, session: Buffer): void {
    if (this.#isReplaced) return;
    // A resumed handshake repeats the verdict on the certificate chain, which is in the session,
    // but not that on the name: a connection that failed by its name alone would come back
    // authorized.
    const peek = peekOrNothing(session);
    const verdict = peek ? peek.verifyResult : opaqueVersionOf(session) && 0; // which does not tell it
    const lies = !socket.authorized && verdict === 0;
    const isStored = lies
      ? this.#sessions.refuse('unauthorized')
      : this.#sessions.putPeeked(this.#key!, session, peek, socket);
    if (isStored) this.#trace?.stored();
    else this.#trace?.refused(this.#sessions.lastRefusal!);
  }

  /** A session is decoded each time it is set, which costs a tenth of the whole connection. */
  #renew(socket: TLSSocket): void {
    if (this.#offered !== undefined) (socket as SessionSocket).setSession(this.#offered);
  }

  #failed(socket: TLSSocket, code: string | undefined): void {
    if (!this.#isSecure) this.#broke(code, true);
    // After a fatal alert a session must not be resumed (RFC 5246 §7.2.2).
    if (this.#isSecure && TLS_ERROR.test(code ?? '')) this.#sessions.dropConnection(socket);
  }

  #closed(): void {
    // Without an error: its user gave up. What was sent is used, but was not declined.
    if (!this.#isSecure) this.#broke(undefined, false);
    if (this.#peer) this.#peer.open--;
  }

  /** The handshake has come to nothing. */
  #broke(code: string | undefined, isFailure: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const since = this.#sentAt;
    const wasOffered = this.#offered !== undefined;
    this.#conclude((offered) => {
      if (since === undefined) this.#sessions.putBack(offered);
      else if (isFailure) this.#sessions.dropFamily(offered);
    });
    if (since !== undefined && this.#peer && looksShy(code, since)) {
      this.#sessions.handshakeBroke(this.#peer, wasOffered);
    }
  }

  /** Decides on what was offered, once, and overwrites it. */
  #conclude(decide: (offered: Buffer) => void): void {
    const offered = this.#offered;
    if (offered === undefined) return;
    this.#offered = undefined;
    if (this.#sentAt !== undefined && this.#peer) offerEnds(this.#peer);
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

/** Sees errors without handling them: those without a handler must still be thrown. */
function watchErrors(socket: EventEmitter, listener: (error: NodeJS.ErrnoException) => void): void {
  socket.on(errorMonitor, listener);
}
