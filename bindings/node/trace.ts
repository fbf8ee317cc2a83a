// Publishes the messages about one connection of a server, if there is a listener.

import type { ExternalMissCause } from '../external/stats.ts';
import { TLS1_3, UP_TO_TLS1_2 } from '../protocol.ts';
import {
  areConnectionsTraced,
  areSessionsTraced,
  debug,
  debugHandshake,
  publishHandshake,
  publishLookup,
  publishSession,
} from '../telemetry/channels.ts';
import type { FullHandshakeReason, HandshakeEvent, SessionEvent } from '../telemetry/events.ts';
import type { ServerConnection } from './handshake/connection.ts';
import type { NodeHost } from './host.ts';
import type { NodeMissCause, RefusalCause, SkipCause } from './stats.ts';

type LookupCause = NodeMissCause | SkipCause | 'spent';

/** Follows a connection from when it is accepted, if there is a listener by then. */
export function traceConnection(
  host: NodeHost,
  connection: ServerConnection,
): ConnectionTrace | undefined {
  return areConnectionsTraced() ? new ConnectionTrace(host, connection) : undefined;
}

/** Maximum number of remembered single uses. */
const SPENT_MAX = 4096;
/** Ids of sessions that were handed out for their single use, by attached server. */
const spent = new WeakMap<NodeHost, Set<string>>();

export class ConnectionTrace {
  readonly #host: NodeHost;
  readonly #connection: ServerConnection;
  readonly #start: number = performance.now();
  #lookup = 0;
  #outcome: 'hit' | 'miss' | 'skipped' | undefined;
  #cause: LookupCause | undefined;
  #id: Uint8Array | undefined;
  #source: 'cache' | 'store' = 'cache';
  #store: ExternalMissCause | undefined;
  #evicted: number | undefined;
  #stored = 0;
  readonly #refused: RefusalCause[] = [];

  constructor(host: NodeHost, connection: ServerConnection) {
    this.#host = host;
    this.#connection = connection;
  }

  /** Node asks for the session of this id; see `givesIdentities`. */
  asksFor(id: Uint8Array): void {
    this.#id = id;
  }

  /** The store is asked. */
  asksStore(): void {
    this.#source = 'store';
  }

  /** The store's reason for returning no session. */
  noteStore(cause: ExternalMissCause): void {
    this.#store = cause;
  }

  lookedUp(outcome: 'hit' | 'miss' | 'skipped', cause?: NodeMissCause | SkipCause): void {
    if (this.#cause === 'late') return; // and this is later: the handshake has continued
    this.#outcome = outcome;
    this.#cause = this.#refine(cause);
    this.#lookup = performance.now() - this.#start;
    const { server, cache } = this.#host;
    if (this.#cause === 'absent') this.#evicted = this.#host.evicted;
    publishLookup({
      role: 'server',
      outcome,
      cause: this.#cause,
      source: this.#source,
      store: this.#store,
      evicted: this.#evicted,
      server,
      cache,
    });
  }

  /** A session leaves the cache because its single use begins. */
  spends(id: Uint8Array): void {
    let ids = spent.get(this.#host);
    if (ids === undefined) spent.set(this.#host, (ids = new Set()));
    if (ids.size >= SPENT_MAX) for (const first of ids) if (ids.delete(first)) break;
    ids.add(nameOf(id));
  }

  /** Details beyond the counters: the session is cached for another version, or was used. */
  #refine(cause: NodeMissCause | SkipCause | undefined): LookupCause | undefined {
    const { cache } = this.#host;
    const id = this.#id;
    const psk = this.#connection.hello?.psk ?? id;
    if (cause === 'absent' && psk !== undefined) {
      if (spent.get(this.#host)?.has(nameOf(psk)) === true) return 'spent';
      return cache.hasMatchingSessionId(psk, TLS1_3) ? 'version' : cause;
    }
    const isOld =
      cause === 'noPsk' &&
      id !== undefined &&
      UP_TO_TLS1_2.some((version) => cache.hasMatchingSessionId(id, version));
    return isOld ? 'version' : cause;
  }

  /** @param evicted number of sessions evicted for it */
  stored(evicted: number): void {
    this.#stored++;
    this.#tell('stored', undefined, 1);
    if (evicted > 0) this.#tell('removed', 'evicted', evicted);
  }

  refused(cause: RefusalCause): void {
    this.#refused.push(cause);
    this.#tell('refused', cause, 1);
  }

  /**
   * The handshake is over; published a little later, because OpenSSL makes the sessions of TLS 1.3
   * first.
   */
  ended(outcome: HandshakeEvent['outcome'], error?: string): void {
    const { socket, origin, acceptedAt } = this.#connection;
    const isHit = this.#outcome === 'hit';
    const isResumed = outcome === 'resumed';
    const event: HandshakeEvent = {
      role: 'server',
      outcome,
      protocol: outcome === 'failed' ? undefined : (socket.getProtocol() ?? undefined),
      reason: outcome === 'full' ? this.#reason() : undefined,
      store: isHit ? undefined : this.#store,
      source: isResumed ? (isHit ? this.#source : 'ticket') : undefined,
      age:
        isResumed && origin !== undefined
          ? Math.max(0, Math.floor(acceptedAt / 1000) - Number(origin.authTime))
          : undefined,
      duration: performance.now() - this.#start,
      lookup: this.#lookup,
      stored: 0,
      refused: this.#refused,
      error,
      socket,
      server: this.#host.server,
    };
    setImmediate(() => {
      event.stored = this.#stored;
      publishHandshake(event);
      debugHandshake(event, this.#evicted);
    });
  }

  #reason(): FullHandshakeReason {
    if (this.#outcome === 'hit') return 'declined';
    if (this.#cause !== undefined) return this.#cause;
    // Node does not ask for a session if the client offers a ticket.
    const { policy, hello } = this.#connection;
    const isTicket = policy.context.givesTickets && hello?.tickets !== false;
    return isTicket ? 'tickets' : 'notOffered';
  }

  #tell(action: SessionEvent['action'], cause: SessionEvent['cause'], count: number): void {
    const { server, cache } = this.#host;
    publishSession({ role: 'server', action, cause, count, server, cache });
  }
}

/** Ids are kept for comparisons only. */
function nameOf(id: Uint8Array): string {
  return Buffer.from(id).toString('latin1');
}

/** Publishes the removal of sessions by the adapter. */
export function traceRemoval(host: NodeHost, cause: 'revoked' | 'failed', count: number): void {
  if (count === 0) return;
  debug('%d of the sessions removed (%s)', count, cause);
  if (!areSessionsTraced()) return;
  const { server, cache } = host;
  publishSession({ role: 'server', action: 'removed', cause, count, server, cache });
}
