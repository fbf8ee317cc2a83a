// Sessions as OpenSSL would write them, with random keys, for a cache that has no TLS stack.

import { encodeSession, SESSION_FLAG_EXTENDED_MASTER_SECRET, SessionSecrets } from 'sesscache/asn1';

export const TLS12 = 0x0303;
export const TLS13 = 0x0304;

export interface Made {
  id: Uint8Array;
  protocolVersion: number;
  sessionIdContext: Uint8Array;
  time: number;
  timeout: number;
}

export function makeDER(made: Made): Uint8Array {
  const tls13 = made.protocolVersion === TLS13;
  const secrets = new SessionSecrets({
    masterKey: crypto.getRandomValues(new Uint8Array(tls13 ? 32 : 48)),
  });
  const der = encodeSession({
    ...made,
    cipher: tls13 ? 0x1301 : 0xc02f,
    flags: tls13 ? undefined : SESSION_FLAG_EXTENDED_MASTER_SECRET,
    ticketAgeAdd: tls13 ? crypto.getRandomValues(new Uint32Array(1))[0] : undefined,
    kexGroup: 29,
    secrets,
  });
  secrets.wipe();
  return der;
}
