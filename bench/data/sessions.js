// The sessions: i2d_SSL_SESSION as a server of OpenSSL writes it, of four sizes. The id, the master
// secret, the time and the certificate are those of one session; the rest is the same in all.

import { Ids } from './ids.js';

/**
 * TLS 1.2 with a session id context of 32 bytes: what nginx, HAProxy and Apache were filled with.
 */
export const TLS12_BYTES = 158;
/**
 * The same with a timeout of a day and a hybrid key exchange group: the size of all figures of
 * time.
 */
export const DATA_BYTES = 160;
/** With a client's certificate. */
export const CERTIFICATE_BYTES = 800;
/** With a client's certificate of RSA and its chain. */
export const CHAIN_BYTES = 4096;

/** The session id context, which tells the sessions of a server from those of others. */
export const CONTEXT = new Uint8Array(32).fill(0xc7);

const TIME = 1_763_700_000;
/** Sessions per second: a million in an hour. */
const PER_SECOND = 256;
const SECRETS = 0x40000000;
const CERTIFICATES = 0x50000000;

/** @type {Map<number, { bytes: Uint8Array, id: number, secret: number, time: number, certificate: number }>} */
const templates = new Map(
  [TLS12_BYTES, DATA_BYTES, CERTIFICATE_BYTES, CHAIN_BYTES].map((length) => [
    length,
    template(length),
  ]),
);

const ids = new Ids();

/**
 * A new array with the session `index`.
 * @param {number} index
 * @param {number} [length] one of the four above
 * @returns {Uint8Array}
 */
export function dataOf(index, length = DATA_BYTES) {
  const { bytes, certificate, id, secret, time } =
    /** @type {NonNullable<ReturnType<typeof templates.get>>} */ (templates.get(length));
  const data = new Uint8Array(bytes);
  // Each session has its own secret and certificate; their content does not matter.
  const random = ids.at(index + SECRETS);
  data.set(random, secret);
  data.copyWithin(secret + 32, secret + 8, secret + 24);
  if (length >= CERTIFICATE_BYTES) {
    const end = certificate + length - 200;
    for (let at = certificate; at < end; at += 32) data.set(ids.at(index + at + CERTIFICATES), at);
  }
  data.set(ids.at(index), id);
  const seconds = TIME + Math.floor(index / PER_SECOND);
  data[time] = seconds >>> 24;
  data[time + 1] = seconds >>> 16;
  data[time + 2] = seconds >>> 8;
  data[time + 3] = seconds;
  return data;
}

/**
 * Gives `data` the id of another session.
 * @param {Uint8Array} data
 * @param {Uint8Array} id
 * @returns {Uint8Array} data
 */
export function withId(data, id) {
  const { length } = data;
  data.set(id, length < CERTIFICATE_BYTES ? SHORT_ID : length === CHAIN_BYTES ? CHAIN_ID : LONG_ID);
  return data;
}

/** Where the id begins in a session of each size. */
const [SHORT_ID, LONG_ID, CHAIN_ID] = [DATA_BYTES, CERTIFICATE_BYTES, CHAIN_BYTES].map(
  (length) => templates.get(length)?.id ?? 0,
);

/**
 * Whether `data` is what `dataOf(index, length)` makes.
 * @param {Uint8Array | undefined} data
 * @param {number} index
 * @param {number} [length]
 * @returns {boolean}
 */
export function isDataOf(data, index, length = DATA_BYTES) {
  // A view from lmdb is an array that is longer than its `length`.
  return (
    data?.length === length && Buffer.compare(data.subarray(0, length), dataOf(index, length)) === 0
  );
}

/**
 * @param {number} length
 */
function template(length) {
  const long = length > TLS12_BYTES;
  const fields = (/** @type {Uint8Array} */ certificate) => [
    der(0x02, [1]),
    der(0x02, [3, 3]),
    der(0x04, [0xc0, 0x2b]),
    der(0x04, new Uint8Array(32)),
    der(0x04, new Uint8Array(48).fill(0x5e)),
    der(0xa1, der(0x02, [TIME >>> 24, (TIME >>> 16) & 255, (TIME >>> 8) & 255, TIME & 255])),
    der(0xa2, der(0x02, long ? [0x01, 0x51, 0x80] : [0x1c, 0x20])),
    certificate,
    der(0xa4, der(0x04, CONTEXT)),
    der(0xad, der(0x02, [1])),
    der(0xb3, der(0x02, long ? [0x11, 0xec] : [0x1d])),
  ];
  const lengthOf = (/** @type {Uint8Array[]} */ all) => der(0x30, Buffer.concat(all)).length;
  let parts = fields(new Uint8Array());
  // The certificate's own head has at most ten bytes.
  let fill = Math.max(0, length - lengthOf(parts) - 10);
  for (; lengthOf(parts) < length; fill++) {
    parts = fields(der(0xa3, der(0x30, new Uint8Array(fill).fill(0x33))));
  }
  const bytes = der(0x30, Buffer.concat(parts));
  if (bytes.length !== length) throw new Error(`no session has ${length} bytes`);
  const start = bytes.length - Buffer.concat(parts).length;
  const before = (/** @type {number} */ part) => Buffer.concat(parts.slice(0, part)).length;
  return {
    bytes,
    id: start + before(3) + 2,
    secret: start + before(4) + 2,
    time: start + before(5) + 4,
    certificate: start + before(7) + 8,
  };
}

/**
 * @param {number} tag
 * @param {ArrayLike<number>} content
 * @returns {Uint8Array}
 */
function der(tag, content) {
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]; // prettier-ignore
  return Uint8Array.from([tag, ...head, ...Array.from(content)]);
}
