// What a session must be before it is kept or served. The cache has compared its own notes by then;
// this compares the bytes that OpenSSL is going to read.

import type { SessionPeek } from '../../asn1/index.ts';
import { AHEAD_MAX } from '../../cache/internal.ts';
import { timeoutIn } from '../../tls/session-peek.ts';
import { notAfter } from '../certificates/certificate.ts';

/** Why a session is neither kept nor served. */
export type RejectionReason =
  | 'unreadable'
  | 'id'
  | 'version'
  | 'context'
  | 'future'
  | 'expired'
  | 'noCertificate'
  | 'unverified';

/** What the connection, or the server, demands. */
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

/** What is wrong with a session for this connection; undefined: nothing. */
export function rejectionReason(
  data: Uint8Array,
  peek: SessionPeek | undefined,
  requirements: Requirements,
): RejectionReason | undefined {
  // A session with anything before it is not one that Node gave.
  if (peek === undefined || peek.derStart !== 0) return 'unreadable';
  if (!equals(data, peek.idStart, peek.idEnd, requirements.id)) return 'id';
  if (requirements.version !== undefined && peek.protocolVersion !== requirements.version)
    return 'version';
  if (!equals(data, peek.contextStart, peek.contextEnd, requirements.context)) return 'context';
  if (Number(peek.time ?? 0) > requirements.now + AHEAD_MAX) return 'future';
  if (!(remaining(data, peek, requirements.now) >= 0)) return 'expired';
  // Where a certificate is asked for, a session without one would pass for authorized in Node 20
  // and 22, even on the server that had found it unauthorized.
  if (requirements.requestCert && !peek.hasPeer) return 'noCertificate';
  if (requirements.requestCert && requirements.rejectUnauthorized && peek.verifyResult !== 0) {
    return 'unverified';
  }
  return undefined;
}

/**
 * Seconds that the session may still be taken for: OpenSSL takes it so long, but does not look
 * whether the certificate that let its client in has ended since.
 */
export function remaining(data: Uint8Array, peek: SessionPeek, now: number): number {
  // One that was made by a clock that is ahead lives no longer for it.
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
