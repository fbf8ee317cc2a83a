// Reads the bytes of a session, for the adapters of servers and clients.

import { peekSession, type SessionPeek } from '../asn1/index.ts';

/** Seconds that OpenSSL assumes for a session that contains no timeout. */
const DEFAULT_TIMEOUT = 3;

/** The session's fields; undefined if the bytes are not a session. */
export function peekOrNothing(session: Uint8Array): SessionPeek | undefined {
  try {
    return peekSession(session);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The session's timeout, in seconds. */
export function timeoutIn({ timeout = DEFAULT_TIMEOUT }: SessionPeek): number {
  return Number(timeout);
}
