// Backs off from peers that fail or do not answer when they are offered a session, although they
// complete full handshakes: servers behind some load balancers, SQL Server. Such a peer costs one
// failed connection, and is then offered nothing for a while.

import type { Peer } from './peers.ts';

/** A handshake that takes this long after an offer, in ms, has stalled. */
const STALL = 3000;
/** A handshake that its program gives up after this long, in ms, counts as stalled too. */
const GIVEN_UP = 1000;
/** The first and the longest time for which a peer is offered nothing, in seconds. */
const FIRST = 600;
const MOST = 86_400;

/** The peer refuses the handshake, breaks it off, or sends bytes that are not TLS. */
const REFUSED = /^(ECONNRESET|EPIPE|ECONNABORTED|ERR_SSL_)/;

/** Whether to offer the peer a session. */
export function likesOffers(peer: Peer, now: number): boolean {
  return now > peer.shyUntil;
}

/** Whether an earlier offer has waited for an answer so long that none is expected. */
export function hasStalled(peer: Peer): boolean {
  return peer.offers > 0 && performance.now() - peer.offersSince > STALL;
}

/**
 * Whether a failed handshake points to a peer that cannot cope with offers. A refused certificate
 * does not, nor does a program that gave up early.
 *
 * @param since when the ClientHello left, ms
 */
export function looksShy(code: string | undefined, since: number): boolean {
  return REFUSED.test(code ?? '') || performance.now() - since > GIVEN_UP;
}

/** Counts an offer that has been sent. The caller must call `offerEnds` for it. */
export function offerBegins(peer: Peer): void {
  if (peer.offers++ === 0) peer.offersSince = performance.now();
}

export function offerEnds(peer: Peer): void {
  peer.offers--;
  peer.offersSince = performance.now();
}

/**
 * Notes that the peer failed at an offer: it is offered nothing for a while, longer each time.
 * Returns false if it is in such a period already, as when several connections fail together.
 */
export function becomesShy(peer: Peer, now: number): boolean {
  if (!likesOffers(peer, now)) return false;
  peer.shyUntil = now + Math.min(FIRST * 6 ** peer.strikes, MOST);
  peer.strikes++;
  return true;
}

/**
 * Ends the period: the peer completed a handshake with an offer, or fails without one too, so that
 * offers are not the cause.
 */
export function becomesBold(peer: Peer): void {
  peer.shyUntil = 0;
  peer.strikes = 0;
}
