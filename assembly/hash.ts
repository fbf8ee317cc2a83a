// Keyed hash of a record's kind and whole name.
//
// NH (Black, Halevi, Krawczyk, Krovetz, Rogaway: UMAC, CRYPTO 1999) over the name padded to 32
// bytes, its kind and its length, five 32×32→64 products under a secret key, times a secret odd
// number, of which the high bits are used (Dietzfelbinger, Hagerup, Katajainen, Penttonen:
// multiply-shift, 1997). For any two different names, and a random key, NH collides with a
// probability of at most 2^-32; if it does not, the highest b bits agree with a probability of at
// most 2^(1-b). So neither chosen ids nor a common prefix cause long probes (OpenSSL hashes the
// first four bytes of the id, without a key).

import { Header, header, NAME_MAX, SCRATCH_AT } from './layout';

/** Draws the key from 128 random bits: splitmix64 of each half, added. */
export function seedHash(seed0: u64, seed1: u64): void {
  const words = changetype<usize>(header()) + offsetof<Header>('key0');
  assert(offsetof<Header>('keyFinal') === offsetof<Header>('key0') + 40, 'the key is in one piece');
  for (let i: u64 = 0; i < 6; i++) {
    store<u64>(words + ((<usize>i) << 3), splitmix(seed0, i) + splitmix(~seed1, i));
  }
  header().keyFinal |= 1;
}

function splitmix(seed: u64, step: u64): u64 {
  let z = seed + (step + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >>> 27)) * 0x94d049bb133111eb;
  return z ^ (z >>> 31);
}

/** Hash of the zero-padded 32 bytes at `name`. */
export function hashName(name: usize, length: u32, kind: u32): u64 {
  const h = header();
  const sum =
    product(load<u32>(name), h.key0, load<u32>(name, 4), h.key1) +
    product(load<u32>(name, 8), h.key2, load<u32>(name, 12), h.key3) +
    product(load<u32>(name, 16), h.key4, load<u32>(name, 20), h.key5) +
    product(load<u32>(name, 24), h.key6, load<u32>(name, 28), h.key7) +
    product(kind, h.key8, length, h.key9);
  return sum * h.keyFinal;
}

/**
 * The same for a name of 32 bytes in registers. Only lookups call it, so that it is inlined there.
 */
export function hashWords(
  w0: u32,
  w1: u32,
  w2: u32,
  w3: u32,
  w4: u32,
  w5: u32,
  w6: u32,
  w7: u32,
  kind: u32,
): u64 {
  const h = header();
  const sum =
    product(w0, h.key0, w1, h.key1) +
    product(w2, h.key2, w3, h.key3) +
    product(w4, h.key4, w5, h.key5) +
    product(w6, h.key6, w7, h.key7) +
    product(kind, h.key8, NAME_MAX, h.key9);
  return sum * h.keyFinal;
}

function product(a: u32, keyA: u32, b: u32, keyB: u32): u64 {
  return <u64>(a + keyA) * <u64>(b + keyB);
}

/** Hash of a name that is followed by other bytes. */
export function hashStored(name: usize, length: u32, kind: u32): u64 {
  if (length === NAME_MAX) return hashName(name, length, kind);
  memory.fill(SCRATCH_AT, 0, NAME_MAX);
  memory.copy(SCRATCH_AT, name, length);
  return hashName(SCRATCH_AT, length, kind);
}
