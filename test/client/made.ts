// Sessions encoded here, for tests that need one which no server would give.

import { randomBytes } from 'node:crypto';
import { encodeSession, SessionSecrets } from '../../bindings/asn1/index.ts';

export const TLS1_2 = 0x0303;
export const TLS1_3 = 0x0304;

export interface Wanted {
  protocolVersion?: number;
  /** Seconds since the epoch. */
  time: number;
  /** OpenSSL's timeout, seconds. */
  timeout?: number;
  /** The lifetime hint of the ticket, seconds; undefined: none. */
  hint?: number | undefined;
  /** The server's certificate, DER. */
  peer?: Uint8Array;
  /** Bytes of the ticket. */
  length?: number;
}

/** A client's session as OpenSSL writes it, with a random ticket. */
export function makeSession(wanted: Wanted): Uint8Array {
  const { protocolVersion = TLS1_3, time, timeout = 7200, hint, length = 32, peer } = wanted;
  return encodeSession({
    protocolVersion,
    cipher: protocolVersion === TLS1_3 ? 0x1301 : 0xc02f,
    id: randomBytes(32),
    time,
    timeout,
    peer,
    ticketLifetimeHint: hint,
    secrets: new SessionSecrets({ masterKey: randomBytes(32), ticket: randomBytes(length) }),
  });
}

/** A key for each number. */
export function keyFor(number: number): Uint8Array {
  const key = new Uint8Array(32).fill(0x5a);
  new DataView(key.buffer).setUint32(0, number);
  return key;
}
