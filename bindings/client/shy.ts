// Peers that fail, or do not answer, when they are offered a session, and do without: servers
// behind some load balancers, SQL Server. One try is what it costs; then they are offered nothing
// for a while.

import type { Peer } from './peers.ts';

/** A handshake that takes this long after an offer, in ms, has stalled. */
const STALL = 3000;
/**
 * One that is given up after this long, in ms, had stalled too, as far as its program was
 * concerned.
 */
const GIVEN_UP = 1000;
/** For how many seconds a peer is offered nothing: first, and at most. */
const FIRST = 600;
const MOST = 86_400;

/** What the peer does: it refuses the handshake, breaks it off, or sends what is no TLS. */
const REFUSED = /^(ECONNRESET|EPIPE|ECONNABORTED|ERR_SSL_)/;

/** Whether a peer is to be offered a session. */
export function likesOffers(peer: Peer, now: number): boolean {
  return now > peer.shyUntil;
}

/** Whether an earlier offer has had no answer for so long that it will have none. */
export function hasStalled(peer: Peer): boolean {
  return peer.offers > 0 && performance.now() - peer.offersSince > STALL;
}

/**
 * Whether a handshake has failed as it does with a peer that does not like to be offered. Not so if
 * its certificate was refused, or if its program gave up early.
 *
 * @param since when the ClientHello left, ms
 */
export function looksShy(code: string | undefined, since: number): boolean {
  return REFUSED.test(code ?? '') || performance.now() - since > GIVEN_UP;
}

/** An offer is on its way. It ends by `offerEnds`. */
export function offerBegins(peer: Peer): void {
  if (peer.offers++ === 0) peer.offersSince = performance.now();
}

export function offerEnds(peer: Peer): void {
  peer.offers--;
  peer.offersSince = performance.now();
}

/**
 * The peer has failed at an offer: for a while, longer each time, it is offered nothing. Returns
 * whether that is news: connections that began at the same time fail at the same time.
 */
export function becomesShy(peer: Peer, now: number): boolean {
  if (!likesOffers(peer, now)) return false;
  peer.shyUntil = now + Math.min(FIRST * 6 ** peer.strikes, MOST);
  peer.strikes++;
  return true;
}

/**
 * The peer has made a handshake with an offer, or fails without one too: the offer is not the
 * cause.
 */
export function becomesBold(peer: Peer): void {
  peer.shyUntil = 0;
  peer.strikes = 0;
}
