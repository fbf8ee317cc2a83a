// For how long a client may keep a session, by what the session itself says.

import { peekSession, type SessionPeek } from '../asn1/index.ts';
import { TLS1_0, TLS1_3 } from '../protocol.ts';

/** Why a session says that it must not be kept. */
export type Refusal = 'unreadable' | 'version' | 'lifetime';

/** What OpenSSL takes where a session names no timeout. */
const DEFAULT_TIMEOUT = 3;

/** The session's description; undefined: not one that Node gave. */
export function peekOrNothing(session: Uint8Array): SessionPeek | undefined {
  try {
    return peekSession(session);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * When a session was made and for how many seconds it is good, or why it must not be kept. In TLS
 * 1.3 the ticket's lifetime counts, and none means none (RFC 8446 §4.6.1); before, none leaves it
 * to the client (RFC 5077 §3.3), and OpenSSL's timeout counts.
 */
export function lifetimeOf(
  peek: SessionPeek,
  now: number,
): { time: number; timeout: number } | Refusal {
  const { protocolVersion } = peek;
  if (protocolVersion < TLS1_0 || protocolVersion > TLS1_3) return 'version';
  const hint = Number(peek.ticketLifetimeHint ?? 0);
  const own = protocolVersion === TLS1_3 ? 0 : Number(peek.timeout ?? DEFAULT_TIMEOUT);
  const timeout = hint > 0 ? hint : own;
  if (timeout <= 0) return 'lifetime';
  // A clock that was set back must not make a session live longer.
  const time = Math.min(Number(peek.time ?? now), now);
  return { time, timeout };
}
