// Sessions to try the page with, made on the spot: their keys are random and open nothing.

import {
  encodePEM,
  encodeSession,
  SESSION_FLAG_EXTENDED_MASTER_SECRET,
  SessionSecrets,
} from 'sesscache/asn1';

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** As a TLS 1.2 server keeps it. */
export function tls12Example(): string {
  return pem({
    protocolVersion: 0x0303,
    cipher: 0xc02f,
    id: random(32),
    time: Math.floor(Date.now() / 1000),
    timeout: 7200,
    sessionIdContext: ascii('shop.example'),
    flags: SESSION_FLAG_EXTENDED_MASTER_SECRET,
    secrets: new SessionSecrets({ masterKey: random(48) }),
  });
}

/** As a TLS 1.3 client keeps it. */
export function tls13Example(): string {
  return pem({
    protocolVersion: 0x0304,
    cipher: 0x1302,
    id: random(32),
    time: Math.floor(Date.now() / 1000),
    timeout: 7200,
    hostname: ascii('shop.example'),
    ticketLifetimeHint: 7200,
    ticketAgeAdd: new DataView(random(4).buffer).getUint32(0),
    maxEarlyData: 16_384,
    alpn: ascii('h2'),
    kexGroup: 29,
    secrets: new SessionSecrets({ masterKey: random(48), ticket: random(192) }),
  });
}

function pem(fields: Parameters<typeof encodeSession>[0]): string {
  return new TextDecoder().decode(encodePEM(encodeSession(fields)));
}
