// The messages and the debug line of one connection of a client, while there is a listener.

import type { TLSSocket } from 'node:tls';
import {
  areConnectionsTraced,
  areSessionsTraced,
  debug,
  debugHandshake,
  publishHandshake,
  publishLookup,
  publishSession,
} from '../telemetry/channels.ts';
import type { HandshakeEvent, SessionEvent } from '../telemetry/events.ts';
import type { ClientSessionCache } from './sessions/sessions.ts';
import type { RefusalCause } from './sessions/stats.ts';

/** Why a connection offers no session. */
export type NoOfferCause = 'absent' | 'unkeyed' | 'identity' | 'shy';

/** Follows a connection from before it is opened, if there is a listener at that time. */
export function traceAttempt(sessions: ClientSessionCache): AttemptTrace | undefined {
  return areConnectionsTraced() ? new AttemptTrace(sessions) : undefined;
}

export class AttemptTrace {
  readonly #sessions: ClientSessionCache;
  readonly #start: number = performance.now();
  #lookup = 0;
  #cause: NoOfferCause | undefined;
  #isOver = false;
  #stored = 0;
  readonly #refused: RefusalCause[] = [];

  constructor(sessions: ClientSessionCache) {
    this.#sessions = sessions;
  }

  /** @param cause why no session is offered; undefined: one is offered */
  lookedUp(cause: NoOfferCause | undefined): void {
    this.#lookup = performance.now() - this.#start;
    this.#cause = cause;
    publishLookup({
      role: 'client',
      outcome: cause === undefined ? 'hit' : cause === 'absent' ? 'miss' : 'skipped',
      cause,
      source: 'cache',
      store: undefined,
      evicted: undefined,
      server: undefined,
      cache: this.#sessions.cache,
    });
  }

  stored(): void {
    this.#stored++;
  }

  refused(cause: RefusalCause): void {
    this.#refused.push(cause);
    if (this.#isOver) debug('client session not stored (%s)', cause);
  }

  /** @param authTime of the session that was offered, seconds since the epoch */
  secured(socket: TLSSocket, authTime: number | undefined): void {
    const isResumed = socket.isSessionReused();
    this.#ended(socket, isResumed ? 'resumed' : 'full', { authTime });
  }

  failed(socket: TLSSocket, error: string | undefined): void {
    this.#ended(socket, 'failed', { error });
  }

  #ended(
    socket: TLSSocket,
    outcome: HandshakeEvent['outcome'],
    { authTime, error }: { authTime?: number | undefined; error?: string | undefined },
  ): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const isResumed = outcome === 'resumed';
    const event: HandshakeEvent = {
      role: 'client',
      outcome,
      protocol: outcome === 'failed' ? undefined : (socket.getProtocol() ?? undefined),
      reason: outcome === 'full' ? (this.#cause ?? 'declined') : undefined,
      store: undefined,
      source: isResumed && this.#cause === undefined ? 'cache' : undefined,
      age:
        isResumed && authTime !== undefined
          ? Math.max(0, Math.floor(Date.now() / 1000) - authTime)
          : undefined,
      duration: performance.now() - this.#start,
      lookup: this.#lookup,
      stored: this.#stored,
      refused: [...this.#refused],
      error,
      socket,
      server: undefined,
    };
    publishHandshake(event);
    debugHandshake(event, undefined);
  }
}

/** Reports that sessions of a client were stored, refused or removed. */
export function traceSessions(
  { cache }: ClientSessionCache,
  action: SessionEvent['action'],
  cause: SessionEvent['cause'],
  count = 1,
): void {
  if (count === 0 || !areSessionsTraced()) return;
  publishSession({ role: 'client', action, cause, count, server: undefined, cache });
}
