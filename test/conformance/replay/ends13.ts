// The two ends of a TLS 1.3 handshake with stateful tickets, as far as sessions go. A ticket is a
// session id: the server keeps a session for each that it sends, after the handshake, and looks it
// up when a client offers it as a PSK identity.

import { Session, SessionCacheMode } from '../../../bindings/index.ts';
import { End, orFatal, type EndParts } from './end.ts';
import type { Library } from './library.ts';
import { isResumable, type Entry } from './registry.ts';
import { equalBytes } from './text.ts';
import {
  Fatal,
  hashOf,
  Reason,
  ticketData,
  TLS13,
  TLS13_HASH,
  type ClientHello13,
  type ServerHello13,
  type Ticket,
} from './wire.ts';

const NO_ID = new Uint8Array(0);
/** A client may keep a ticket no longer (RFC 8446 section 4.6.1). */
const ONE_WEEK = 604_800;

/** What the server's side of a connection takes over from its context when it is made. */
export interface TicketSettings {
  /** SSL_OP_NO_TICKET: tickets are stateful. */
  readonly noTicket: boolean;
  /** With early data, and without SSL_OP_NO_ANTI_REPLAY, they are too, and for single use. */
  readonly maxEarlyData: number;
  readonly noAntiReplay: boolean;
  readonly count: number;
}

export interface ServerEnd13Parts extends EndParts {
  readonly tickets: TicketSettings;
  readonly library: Library;
  readonly now: () => number;
}

export class ServerEnd13 extends End {
  readonly #tickets: TicketSettings;
  readonly #library: Library;
  readonly #now: () => number;
  /** The PSK that a ticket stands for comes from this and the number of the ticket. */
  #secret: Uint8Array = NO_ID;
  #sent = 0;
  #sendsTickets = true;

  constructor(parts: ServerEnd13Parts) {
    super(parts);
    this.#tickets = parts.tickets;
    this.#library = parts.library;
    this.#now = parts.now;
  }

  answer({ ticket, secret }: ClientHello13): ServerHello13 {
    const { cache, makesNotResumable } = this.context;
    const { connection } = this;
    cache.startHandshake('server');
    this.#secret = secret;
    this.resumed = ticket !== undefined && this.#accept(ticket);
    if (!this.resumed) {
      const options = { connection, id: NO_ID, data: secret, notResumable: makesNotResumable };
      this.holdNew(cache.createSession(options), {});
    }
    return { resumed: this.resumed };
  }

  /** Resumes the session of a ticket, if there is one and this connection may. */
  #accept({ identity, data }: Ticket): boolean {
    const { cache } = this.context;
    const { connection } = this;
    if (identity.length !== 32) return false;
    const found = cache.findSession(identity, connection);
    if (found === undefined) return false;
    // Its callbacks may change a session that has left: the script's handle knows of that.
    const entry = this.registry.of(found);
    const { session } = entry;
    // Only the connection that removed the session from the cache may use it.
    if (this.#isSingleUse && !cache.removeSession(session)) return false;
    if (hashOf(session.data) !== TLS13_HASH) {
      this.#sendsTickets = this.#library.sendsTicketsAfterOtherHash;
      return false;
    }
    if (!equalBytes(session.data, data)) {
      throw new Fatal(Reason.binderDoesNotVerify, this.#library.binderAlert);
    }
    this.hold(entry);
    return orFatal(() => cache.acceptSession(session, connection));
  }

  /**
   * A handshake that fails over the session it would resume removes that, and is left with none.
   */
  override fail(reason: number): void {
    super.fail(reason);
    if (reason === Reason.contextUninitialized) this.hold(undefined);
  }

  get #isSingleUse(): boolean {
    return this.#tickets.maxEarlyData > 0 && !this.#tickets.noAntiReplay;
  }

  finish(): void {
    const { connection, resumed } = this;
    this.context.cache.finishHandshake('server', undefined, { resumed, connection });
    this.complete = true;
  }

  /** The tickets of a handshake that is finished, each as soon as its session is kept. */
  *tickets(): Generator<Ticket, void, undefined> {
    // The callback that makes a session non-resumable keeps it from having tickets.
    if (!this.#sendsTickets || (!this.resumed && this.context.makesNotResumable)) return;
    const count = this.resumed ? Math.min(1, this.#tickets.count) : this.#tickets.count;
    while (this.#sent < count) yield this.#sendTicket();
  }

  #sendTicket(): Ticket {
    const { cache } = this.context;
    const { connection, resumed } = this;
    // A session that may be in the cache does not change: the ticket gets a copy of its own.
    const mustCopy = this.#sent > 0 || resumed;
    const data = mustCopy ? ticketData(this.#secret, this.#sent) : this.current.data;
    const original = this.current;
    if (mustCopy) this.holdNew(copyOf(original, original.id, data), {});
    const identity = this.#makeId(mustCopy ? original : undefined);
    const time = this.#now();
    this.registry.change(this.current, (session) => {
      session.setId(identity);
      session.setTime(time);
    });
    const lifetime = Math.min(Number(this.current.timeout), ONE_WEEK) >>> 0;
    this.#sent++;
    cache.finishHandshake('server', this.current, { resumed, further: true, connection });
    return { identity, data, lifetime };
  }

  /**
   * An id for the ticket. When that fails the session has what the callback left behind, and still
   * the secret of the one that it is a copy of.
   */
  #makeId(original: Session | undefined): Uint8Array {
    const { cache } = this.context;
    try {
      return orFatal(() => cache.generateSessionId(this.connection));
    } catch (error) {
      const { leftBehind } = this.context;
      if (original !== undefined) this.holdNew(copyOf(original, leftBehind, original.data), {});
      else this.registry.change(this.current, (session) => session.setId(leftBehind));
      throw error;
    }
  }
}

/** ssl_session_dup, but for what is given: the copy is resumable, whatever the original is. */
function copyOf(original: Session, id: Uint8Array, data: Uint8Array): Session {
  const { protocolVersion, sessionIdContext, time, timeout } = original;
  return new Session({ id, data, protocolVersion, sessionIdContext, time, timeout });
}

export interface ClientEnd13Parts extends EndParts {
  readonly library: Library;
  readonly now: () => number;
}

export class ClientEnd13 extends End {
  readonly #library: Library;
  readonly #now: () => number;
  #secret: Uint8Array = NO_ID;
  /** The session that it began with had an id: a refusal counts as a miss. */
  #hadId = false;

  constructor(parts: ClientEnd13Parts) {
    super(parts);
    this.#library = parts.library;
    this.#now = parts.now;
  }

  /** Goes on with `wanted` if it is resumable and of the version spoken, and offers its ticket. */
  hello(wanted: Entry | undefined, secret: Uint8Array): ClientHello13 {
    this.#secret = secret;
    this.context.cache.startHandshake('client');
    if (wanted === undefined || !mayOffer(wanted)) {
      this.#startAnew();
      return { ticket: undefined, secret };
    }
    this.hold(wanted);
    this.#hadId = this.current.id.length > 0;
    return { ticket: this.#ticketToOffer(), secret };
  }

  /** The ticket of the session, unless it is older than it may be. */
  #ticketToOffer(): Ticket | undefined {
    const { ticket, session } = this.entry;
    if (ticket === undefined) return undefined;
    const passed = BigInt(this.#now()) - BigInt(session.time);
    if (passed < 0n && !this.#library.futureIsOld) return ticket;
    const seconds = Number(BigInt.asUintN(32, passed));
    const age = Math.max(0, seconds - 1);
    const isRepresentable = age * 1000 < 2 ** 32;
    return ticket.lifetime >= age && isRepresentable ? ticket : undefined;
  }

  receive({ resumed }: ServerHello13): void {
    this.resumed = resumed;
    if (resumed) this.checkContext();
    else if (this.#hadId) this.#startAnew();
  }

  /** A ticket is used once: the session leaves the cache. */
  finish(): void {
    const { cache } = this.context;
    const { connection, resumed } = this;
    if (cache.getSessionCacheMode() & SessionCacheMode.CLIENT) {
      this.context.remove(this.current, () => cache.removeSession(this.current));
    }
    const outcome = { resumed, offered: this.#hadId, connection };
    cache.finishHandshake('client', undefined, outcome);
    this.complete = true;
  }

  /** Makes a session of each ticket. */
  receiveTicket(ticket: Ticket): void {
    const { connection, resumed } = this;
    const { protocolVersion, sessionIdContext, timeout } = this.current;
    const session = new Session({
      id: clientId(ticket),
      data: ticket.data,
      protocolVersion,
      sessionIdContext,
      time: this.#now(),
      timeout,
    });
    this.holdNew(session, { randomId: true, ticket });
    this.context.cache.finishHandshake('client', session, { resumed, further: true, connection });
  }

  #startAnew(): void {
    const options = { connection: this.connection, id: NO_ID, data: this.#secret };
    this.holdNew(this.context.cache.createSession(options), {});
  }
}

/** Stands for the SHA-256 of the ticket: 32 bytes, another one for each, and no id of a server. */
function clientId({ identity }: Ticket): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => (identity[i] ?? identity.length) ^ 0xa5);
}

function mayOffer(entry: Entry): boolean {
  return entry.session.protocolVersion === TLS13 && isResumable(entry, entry.session);
}
