// What the two ends of a handshake say to each other, and how they fail. There is no TLS here: a
// session's `data` is its master secret and cipher, so that bytes that got mixed up are noticed
// where a real handshake notices them, at the Finished message.

export const TLS12 = 0x0303;

/** Alert numbers of TLS, as far as these ends send them. */
export const Alert = {
  unexpectedMessage: 10,
  badRecordMac: 20,
  handshakeFailure: 40,
  illegalParameter: 47,
  internalError: 80,
} as const;

/** OpenSSL's reason codes, likewise. The peer reports 1000 plus the alert it received. */
export const Reason = {
  /** The cipher's own error: it comes before the record layer's. */
  cipherOperationFailed: 102,
  inconsistentExtendedMasterSecret: 104,
  oldSessionCipherNotReturned: 197,
  unexpectedMessage: 244,
  differentContext: 272,
  receivedAlert: 1000,
} as const;

export interface ClientHello {
  /** The id of the session that the client would resume, or empty. */
  readonly id: Uint8Array;
  readonly extendedMasterSecret: boolean;
  /** The secret of a full handshake, decided by the client as in the RSA key exchange. */
  readonly secret: Uint8Array;
}

export interface ServerHello {
  readonly id: Uint8Array;
  /** What the server goes on with. The client learns the cipher from it, and later the rest. */
  readonly data: Uint8Array;
  readonly resumed: boolean;
}

/** A handshake that cannot go on: `reason` is the local error, `alert` what the peer is told. */
export class Fatal extends Error {
  readonly reason: number;
  readonly alert: number;

  constructor(reason: number, alert: number) {
    super(`fatal: reason ${reason}, alert ${alert}`);
    this.reason = reason;
    this.alert = alert;
  }
}

const SECRET_SIZE = 48;

/** What every full handshake agrees on here, and what the recorder gave sessions made by `new`. */
const NEGOTIATED_CIPHER = [0xc0, 0x2c];
const SCRIPTED_CIPHER = [0xc0, 0x2b];

/** The data of a session made by `new`: all of them share a secret, as the recorder's do. */
export function scriptedData(): Uint8Array {
  return Uint8Array.from([...new Uint8Array(SECRET_SIZE).fill(0x42), ...SCRIPTED_CIPHER]);
}

/** The data that handshake number `n` agrees on. */
export function negotiatedData(n: number): Uint8Array {
  const data = new Uint8Array(SECRET_SIZE + NEGOTIATED_CIPHER.length);
  new DataView(data.buffer).setUint32(0, n);
  data.set(NEGOTIATED_CIPHER, SECRET_SIZE);
  return data;
}

export function cipherOf(data: Uint8Array): Uint8Array {
  return data.subarray(SECRET_SIZE);
}
