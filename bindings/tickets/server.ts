// The properties of Node's TLS servers that ticket keys need, and sesscache/node does not.

import { createHash } from 'node:crypto';
import type { Policy, PolicyTracker } from '../node/policy/policy.ts';
import type { TlsServer } from '../node/runtime/server.ts';

/** A tls.Server with more of the properties that Node gives it, none of them documented. */
export interface TicketServer extends TlsServer {
  sessionTimeout?: number;
  /** The option of that name; `setTicketKeys` does not set it. */
  ticketKeys?: unknown;
}

/**
 * A digest of the settings that decide which clients a server lets in and how it protects them; the
 * same in all processes with the same settings, whatever their certificates.
 */
export function policyDigest(tracker: PolicyTracker, policy: Policy): Buffer {
  const { requestCert, rejectUnauthorized, context } = policy;
  const hash = createHash('sha256').update(context.protection);
  hash.update(`${requestCert} ${requestCert && rejectUnauthorized}`);
  // Without client certificates it makes no difference which ones would be trusted.
  if (requestCert) hash.update(context.trust);
  // The clients that a callback lets in are not known either.
  if (tracker.usesPskCallback) hash.update(tracker.unique);
  return hash.digest();
}
