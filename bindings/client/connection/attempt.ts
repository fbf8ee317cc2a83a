// One connection of an adapter: the session that it offers, and the outcome. Nothing here throws
// into the connection: a failure of the cache leads to a full handshake.

import { type EventEmitter, errorMonitor } from 'node:events';
import type { ConnectionOptions, DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { isUint8Array } from 'node:util/types';
import { peekOrNothing } from '../../tls/session-peek.ts';
import { type Hop, keyOf } from '../key/key.ts';
import { opaqueVersionOf } from '../sessions/opaque.ts';
import type { Peer } from '../sessions/peers.ts';
import type { ClientSessionCache, Taken } from '../sessions/sessions.ts';
import { becomesBold, looksShy, offerBegins, offerEnds } from '../sessions/shy.ts';
import { type AttemptTrace, type NoOfferCause, traceAttempt } from '../trace.ts';
import { chainOf, rememberChain } from './chains.ts';
import { listenForSessions } from './events.ts';
import { checkIdentityAgain, hasCustomIdentityCheck } from './identity.ts';

/** An alert, ours or the peer's, or another failure of the TLS library. */
const TLS_ERROR = /^ERR_(SSL|TLS)_/;

/** A method that is documented but missing in the types. */
interface SessionSocket extends TLSSocket {
  setSession(session: Buffer): void;
}

export class Attempt {
  readonly #sessions: ClientSessionCache;
  readonly #key: Uint8Array | undefined;
  /** The offered session; undefined: none, or its outcome is known. */
  #offered: Taken | undefined;
  #peer: Peer | undefined;
  #isSecure = false;
  #isOver = false;
  /** The program has set another session. */
  #isReplaced = false;
  /** When the ClientHello may have been sent, in ms: from then on the offered ticket is used. */
  #sentAt: number | undefined;
  readonly #trace: AttemptTrace | undefined;
  readonly #checksIdentity: boolean;
  /** The certificate of the offered session's server, for `checkServerIdentity`. */
  #chain: DetailedPeerCertificate | undefined;
  /** Why nothing is offered; undefined: a session is. */
  #noOffer: NoOfferCause = 'absent';

  /** @param options those of `tls.connect`, without the session */
  constructor(sessions: ClientSessionCache, options: ConnectionOptions, hop: Hop | undefined) {
    this.#sessions = sessions;
    this.#trace = traceAttempt(sessions);
    this.#checksIdentity = hasCustomIdentityCheck(options);
    this.#key = this.#sessions.guard(() => {
      const result = keyOf(options, hop);
      if ('key' in result) return result.key;
      sessions.countUnkeyable(result);
      return undefined;
    });
    const key = this.#key;
    if (key !== undefined) this.#offered = this.#sessions.guard(() => this.#take(key));
    this.#trace?.lookedUp(this.#noOfferCause());
  }

  #noOfferCause(): NoOfferCause | undefined {
    if (this.#key === undefined) return 'unkeyed';
    if (this.#offered !== undefined) return undefined;
    return this.#noOffer;
  }

  #take(key: Uint8Array): Taken | undefined {
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
    return this.#sessions.takeFor(key);
  }

  /** Whether sessions are kept for the connection. */
  get isKeyed(): boolean {
    return this.#key !== undefined;
  }

  /** The session to offer. */
  get session(): Buffer | undefined {
    return this.#offered?.data;
  }

  /** Follows the connection. The caller calls it as soon as the socket exists. */
  watch(socket: TLSSocket): void {
    if (this.#trace !== undefined) this.#follow(socket, this.#trace);
    const key = this.#key;
    if (key === undefined) return;
    this.#peer = this.#sessions.guard(() => this.#sessions.opened(key));
    if (!socket.connecting) this.#sent();
    socket.once('connect', () => this.#sent());
    socket.prependOnceListener('secureConnect', () =>
      this.#sessions.guard(() => this.#secured(socket)),
    );
    if (this.#chain !== undefined) checkIdentityAgain(socket, this.#chain);
    watchErrors(socket, (error) => this.#sessions.guard(() => this.#failed(socket, error.code)));
    socket.once('close', () => this.#sessions.guard(() => this.#closed()));
    listenForSessions(
      socket,
      (session) => this.#sessions.guard(() => this.#store(socket, session)),
      {
        renewed: () => this.#sessions.guard(() => this.#renew(socket)),
        replaced: (session) => this.#sessions.guard(() => this.#standBack(session)),
      },
    );
  }

  /** Called before the listeners that conclude the offer are added. */
  #follow(socket: TLSSocket, trace: AttemptTrace): void {
    const authTime = this.#offered?.authTime;
    socket.prependOnceListener('secureConnect', () =>
      this.#sessions.guard(() => trace.secured(socket, authTime)),
    );
    watchErrors(socket, (error) => this.#sessions.guard(() => trace.failed(socket, error.code)));
    socket.once('close', () => this.#sessions.guard(() => trace.failed(socket, undefined)));
  }

  /** Puts the offered session back if no connection was made. */
  abandon(): void {
    this.#sessions.guard(() => this.#conclude((offered) => this.#sessions.putBackTaken(offered)));
  }

  /** Drops the offered session if its outcome is unknown. */
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
      if (socket.isSessionReused()) this.#sessions.resumedTaken(offered, socket);
      else this.#sessions.dropFamilyOf(offered);
    });
  }

  /**
   * The program has replaced the offered session with its own. The policy under which that one was
   * verified is unknown, so no session of this connection may be kept.
   */
  #standBack(session: unknown): void {
    if (this.#isReplaced) return;
    if (isUint8Array(session) && this.#offered?.data.equals(session)) return;
    this.#isReplaced = true;
    this.#sessions.countUnkeyable({ blockingOption: 'session' });
    this.#conclude((offered) => {
      if (this.#sentAt === undefined) this.#sessions.putBackTaken(offered);
    });
  }

  #store(socket: TLSSocket, session: Buffer): void {
    if (this.#isReplaced) return;
    // A resumed handshake repeats the result of verifying the certificate chain, which is in the
    // session, but not of checking the name: a connection that failed only by its name would become
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

  /** Decoding a session, at each `setSession`, costs a tenth of the whole connection. */
  #renew(socket: TLSSocket): void {
    if (this.#offered !== undefined) (socket as SessionSocket).setSession(this.#offered.data);
  }

  #failed(socket: TLSSocket, code: string | undefined): void {
    if (!this.#isSecure) this.#broke(code, true);
    // After a fatal alert a session must not be resumed (RFC 5246 §7.2.2).
    if (this.#isSecure && TLS_ERROR.test(code ?? '')) this.#sessions.dropConnection(socket);
  }

  #closed(): void {
    // No error: the program gave up. A ticket that was sent is used, but was not declined.
    if (!this.#isSecure) this.#broke(undefined, false);
    if (this.#peer) this.#peer.open--;
  }

  /** The handshake has failed. */
  #broke(code: string | undefined, isFailure: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const since = this.#sentAt;
    const wasOffered = this.#offered !== undefined;
    this.#conclude((offered) => {
      if (since === undefined) this.#sessions.putBackTaken(offered);
      else if (isFailure) this.#sessions.dropFamilyOf(offered);
    });
    if (since !== undefined && this.#peer && looksShy(code, since)) {
      this.#sessions.handshakeBroke(this.#peer, wasOffered);
    }
  }

  /** Passes the offered session to `decide`, at most once, and then overwrites it. */
  #conclude(decide: (offered: Taken) => void): void {
    const offered = this.#offered;
    if (offered === undefined) return;
    this.#offered = undefined;
    if (this.#sentAt !== undefined && this.#peer) offerEnds(this.#peer);
    try {
      decide(offered);
    } finally {
      offered.data.fill(0);
    }
  }
}

/** Observes errors without handling them: Node must still throw those that have no handler. */
function watchErrors(socket: EventEmitter, listener: (error: NodeJS.ErrnoException) => void): void {
  socket.on(errorMonitor, listener);
}
