// How long a client may keep a session, according to the session itself.

import type { SessionPeek } from '../../asn1/index.ts';
import { TLS1_0, TLS1_3 } from '../../protocol.ts';
import { timeoutIn } from '../../tls/session-peek.ts';

/** Why a session must not be kept. */
export type Refusal = 'unreadable' | 'version' | 'lifetime';

/**
 * When a session was made and its lifetime in seconds, or why it must not be kept. In TLS 1.3 the
 * lifetime is that of the ticket, and a ticket without one must not be kept (RFC 8446 §4.6.1). In
 * earlier versions a ticket may leave the lifetime to the client (RFC 5077 §3.3): OpenSSL's timeout
 * then applies.
 */
export function lifetimeOf(
  peek: SessionPeek,
  now: number,
): { time: number; timeout: number } | Refusal {
  const { protocolVersion } = peek;
  if (protocolVersion < TLS1_0 || protocolVersion > TLS1_3) return 'version';
  const hint = Number(peek.ticketLifetimeHint ?? 0);
  const fallback = protocolVersion === TLS1_3 ? 0 : timeoutIn(peek);
  const timeout = hint > 0 ? hint : fallback;
  if (timeout <= 0) return 'lifetime';
  // A clock that was set back must not make a session live longer.
  const time = Math.min(Number(peek.time ?? now), now);
  return { time, timeout };
}
