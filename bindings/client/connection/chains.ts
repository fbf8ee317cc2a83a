// The certificates that servers showed in full handshakes, for functions that check a server's
// identity. A session contains the server's certificate, but not those of its issuers. In a resumed
// connection Node could thus pass such a function only the first, and a function that follows the
// chain, as the one in Node's documentation does, would fail.

import { createHash } from 'node:crypto';
import type { DetailedPeerCertificate } from 'node:tls';
import { peekOrNothing } from '../../tls/session-peek.ts';

/** Chains that are remembered, a few kilobytes each; sessions of other servers are not offered. */
const CHAINS_MAX = 256;

/** By the key of the sessions and the server's certificate, the chain used last at the end. */
const chains = new Map<string, DetailedPeerCertificate>();

/** Remembers the chain of a server. */
export function rememberChain(key: Uint8Array, chain: DetailedPeerCertificate): void {
  if (!(chain.raw instanceof Uint8Array)) return; // it showed nothing
  keepLast(nameOf(key, chain.raw), chain);
}

/** The chain that the server of `session` showed. */
export function chainOf(key: Uint8Array, session: Uint8Array): DetailedPeerCertificate | undefined {
  const { hasPeer, peerStart, peerEnd } = peekOrNothing(session) ?? { hasPeer: false };
  if (!hasPeer) return undefined;
  const name = nameOf(key, session.subarray(peerStart, peerEnd));
  const chain = chains.get(name);
  if (chain !== undefined) keepLast(name, chain);
  return chain;
}

function keepLast(name: string, chain: DetailedPeerCertificate): void {
  chains.delete(name);
  chains.set(name, chain);
  if (chains.size <= CHAINS_MAX) return;
  for (const oldest of chains.keys()) {
    chains.delete(oldest);
    return;
  }
}

function nameOf(key: Uint8Array, certificate: Uint8Array): string {
  return createHash('sha256').update(key).update(certificate).digest('base64');
}
