// The ClientHello with which a runtime is tried: TLS 1.3, in the compatibility mode of RFC 8446
// appendix D.4, so that its legacy session id is one thing and its PSK identity another.

/** The identity of its only PSK. */
export const PROBE_IDENTITY = Buffer.alloc(32, 0x70);
/** Its legacy session id. */
const PROBE_SESSION_ID = Buffer.alloc(32, 0x1d);

const X25519 = [0, 0x1d];
const ECDSA_SECP256R1_SHA256 = [4, 3];
const TLS_AES_128_GCM_SHA256 = [0x13, 1];
const PSK_DHE_KE = 1;

/** The hello in one record. Its binder fits no key: no server resumes anything for it. */
export function probeHello(): Buffer {
  const extensions = [
    extension(10, vector(2, X25519)), // supported_groups
    extension(13, vector(2, ECDSA_SECP256R1_SHA256)), // signature_algorithms
    extension(43, vector(1, [3, 4])), // supported_versions
    extension(45, vector(1, [PSK_DHE_KE])), // psk_key_exchange_modes
    extension(51, vector(2, [...X25519, ...vector(2, Buffer.alloc(32, 9))])), // key_share
    extension(41, preSharedKey()), // the last, as it must be
  ].flat();
  const message = [
    3,
    3,
    ...Buffer.alloc(32), // random
    ...vector(1, PROBE_SESSION_ID),
    ...vector(2, TLS_AES_128_GCM_SHA256),
    ...vector(1, [0]), // compression
    ...vector(2, extensions),
  ];
  return Buffer.from([22, 3, 1, ...vector(2, [1, 0, ...vector(2, message)])]);
}

function preSharedKey(): number[] {
  const age = [0, 0, 0, 0];
  const binder = vector(1, Buffer.alloc(32));
  return [...vector(2, [...vector(2, PROBE_IDENTITY), ...age]), ...vector(2, binder)];
}

function extension(type: number, content: readonly number[]): number[] {
  return [0, type, ...vector(2, content)];
}

/** Bytes with their length before them, in `size` bytes. */
function vector(size: 1 | 2, content: Iterable<number>): number[] {
  const bytes = [...content];
  return [...(size === 2 ? [bytes.length >> 8] : []), bytes.length & 0xff, ...bytes];
}
