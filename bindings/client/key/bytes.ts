// The bytes of a key: the digest of a peer and its policy, with a mark.

export const KEY_BYTES = 32;

/**
 * Whether a key is valid in this process only, because the identity of an object is part of it. The
 * lowest bit of its first byte is then 1.
 */
export function isLocalKey(key: Uint8Array): boolean {
  return (key[0]! & 1) === 1;
}

/** Sets or clears that bit in the key. */
export function markKey(key: Uint8Array, isLocal: boolean): Uint8Array {
  key[0] = (key[0]! & ~1) | Number(isLocal);
  return key;
}
