// What the two ends of a handshake say to each other, and how they fail. There is no TLS here: a
// session's `data` is its master secret and cipher, so that bytes that got mixed up are noticed
// where a real handshake notices them, at the Finished message.

export const TLS12 = 0x0303;
export const TLS13 = 0x0304;

/** Alert numbers of TLS, as far as these ends send them. */
export const Alert = {
  unexpectedMessage: 10,
  badRecordMac: 20,
  handshakeFailure: 40,
  illegalParameter: 47,
  decryptError: 51,
  internalError: 80,
} as const;

/** OpenSSL's reason codes, likewise. The peer reports 1000 plus the alert it received. */
export const Reason = {
  /** The cipher's own error: it comes before the record layer's. */
  cipherOperationFailed: 102,
  inconsistentExtendedMasterSecret: 104,
  oldSessionCipherNotReturned: 197,
  unexpectedMessage: 244,
  binderDoesNotVerify: 253,
  differentContext: 272,
  contextUninitialized: 277,
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

/** What a client keeps of a NewSessionTicket of TLS 1.3. */
export interface Ticket {
  /** Stateful tickets are session ids. */
  readonly identity: Uint8Array;
  /** The secret that it stands for, and the cipher. */
  readonly data: Uint8Array;
  /** Seconds, an unsigned number of 32 bits. */
  readonly lifetime: number;
}

export interface ClientHello13 {
  /** The identity that the client would resume, with what its binder is made from. */
  readonly ticket: Ticket | undefined;
  readonly secret: Uint8Array;
}

export interface ServerHello13 {
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
const NEGOTIATED_CIPHER = { [TLS12]: [0xc0, 0x2c], [TLS13]: [0x13, 0x02] };
const SCRIPTED_CIPHER = [0xc0, 0x2b];

/** The hash of the TLS 1.3 cipher: a PSK can only be used with a cipher of the same hash. */
export const TLS13_HASH = 'sha384';

/** The data of a session made by `new`: all of them share a secret, as the recorder's do. */
export function scriptedData(): Uint8Array {
  return Uint8Array.from([...new Uint8Array(SECRET_SIZE).fill(0x42), ...SCRIPTED_CIPHER]);
}

/** The data that handshake number `n` agrees on. */
export function negotiatedData(n: number, version: typeof TLS12 | typeof TLS13): Uint8Array {
  const cipher = NEGOTIATED_CIPHER[version];
  const data = new Uint8Array(SECRET_SIZE + cipher.length);
  new DataView(data.buffer).setUint32(0, n);
  data.set(cipher, SECRET_SIZE);
  return data;
}

/** The data of ticket number `n` of a connection: of the first one, what was agreed on. */
export function ticketData(agreed: Uint8Array, n: number): Uint8Array {
  const data = agreed.slice();
  data[4] = n;
  return data;
}

export function cipherOf(data: Uint8Array): Uint8Array {
  return data.subarray(SECRET_SIZE);
}

export function hashOf(data: Uint8Array): string {
  const cipher = cipherOf(data);
  return cipher.every((byte, i) => byte === SCRIPTED_CIPHER[i]) ? 'sha256' : 'sha384';
}
