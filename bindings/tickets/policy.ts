// Which tickets a server may accept: those of servers that let in the same clients.

import { createHash } from 'node:crypto';
import { defaultAuthorities } from '../node/authorities.ts';
import type { TicketServer } from './server.ts';

/** A digest of all that decides which clients a server lets in; the same in every process. */
export function policyOf(server: TicketServer): Buffer {
  const hash = createHash('sha256');
  const add = (part: string | Uint8Array): void => {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  const { requestCert, rejectUnauthorized, ca, crl, pfx } = server;
  add(`${Boolean(requestCert)} ${Boolean(requestCert && rejectUnauthorized)}`);
  // Without client certificates it makes no difference who would be trusted.
  if (!requestCert) return hash.digest();
  const parts = [...partsOf(ca), 'crl', ...partsOf(crl), 'pfx', ...partsOf(pfx)];
  for (const part of parts) add(part);
  if (ca === undefined || ca === null) add(defaultAuthorities());
  add(JSON.stringify([server.ciphers, server.sigalgs, server.minVersion, server.secureProtocol]));
  return hash.digest();
}

/** The certificates or lists of an option of `createServer`, as it was given. */
function partsOf(value: unknown): (string | Uint8Array)[] {
  if (value === undefined || value === null) return [];
  const parts = (Array.isArray(value) ? value : [value]) as unknown[];
  return parts.map((part) => {
    const bytes = (part as { buf?: unknown } | undefined)?.buf ?? part; // a pfx and its passphrase
    return bytes instanceof Uint8Array ? bytes : String(bytes);
  });
}
