// Checks of a session before it is stored or resumed. The cache has compared its own fields by
// then; these checks compare the bytes that OpenSSL will read.

import type { SessionPeek } from '../../asn1/index.ts';
import { AHEAD_MAX } from '../../cache/internal.ts';
import { timeoutIn } from '../../tls/session-peek.ts';
import { notAfter } from '../certificates/certificate.ts';

/** Why a session is neither stored nor resumed. */
export type RejectionReason =
  | 'unreadable'
  | 'id'
  | 'version'
  | 'context'
  | 'future'
  | 'expired'
  | 'noCertificate'
  | 'unverified';

/** The requirements of the connection and the server. */
interface Requirements {
  id: Uint8Array;
  /** undefined: any. */
  version: number | undefined;
  /** The server's own session id context. */
  context: Uint8Array;
  requestCert: boolean;
  rejectUnauthorized: boolean;
  /** Seconds since the epoch. */
  now: number;
}

/** Why a session is rejected for this connection; undefined if it is not. */
export function rejectionReason(
  data: Uint8Array,
  peek: SessionPeek | undefined,
  requirements: Requirements,
): RejectionReason | undefined {
  // Sessions from Node begin with it.
  if (peek === undefined || peek.derStart !== 0) return 'unreadable';
  if (!equals(data, peek.idStart, peek.idEnd, requirements.id)) return 'id';
  if (requirements.version !== undefined && peek.protocolVersion !== requirements.version)
    return 'version';
  if (!equals(data, peek.contextStart, peek.contextEnd, requirements.context)) return 'context';
  if (Number(peek.time ?? 0) > requirements.now + AHEAD_MAX) return 'future';
  if (!(remaining(data, peek, requirements.now) >= 0)) return 'expired';
  // If the server requests certificates, Node 20 and 22 would report a session without one as
  // authorized, even on the server that had found its client unauthorized.
  if (requirements.requestCert && !peek.hasPeer) return 'noCertificate';
  if (requirements.requestCert && requirements.rejectUnauthorized && peek.verifyResult !== 0) {
    return 'unverified';
  }
  return undefined;
}

/**
 * Seconds for which the session may still be resumed. OpenSSL checks its timeout, but not whether
 * the client's certificate has expired since.
 */
export function remaining(data: Uint8Array, peek: SessionPeek, now: number): number {
  // A session made by a clock that is ahead lives no longer for that.
  const age = Math.max(0, now - Number(peek.time ?? now));
  const timeout = timeoutIn(peek) - age;
  const vouches = peek.hasPeer && peek.verifyResult === 0;
  return vouches ? Math.min(timeout, notAfter(data, peek.peerStart, peek.peerEnd) - now) : timeout;
}

function equals(data: Uint8Array, start: number, end: number, other: Uint8Array): boolean {
  if (end - start !== other.length) return false;
  for (let i = 0; i < other.length; i++) if (data[start + i] !== other[i]) return false;
  return true;
}
