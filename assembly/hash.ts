// Keyed hash of a record's kind and whole name.
//
// NH (Black, Halevi, Krawczyk, Krovetz, Rogaway: UMAC, CRYPTO 1999) over the name padded to 32
// bytes, its kind and its length, five 32×32→64 products under a secret key, then a bijective
// mixer. For any two different names the chance over the key that NH collides is at most 2^-32,
// whatever the names: choosing ids, or a common prefix, buys nobody a long probe (OpenSSL hashes
// the first four bytes of the id, without a key).

import { Header, header, NAME_MAX, SCRATCH_AT } from './layout';

/** Draws the key from 128 random bits: splitmix64 of each half, added. */
export function seedHash(seed0: u64, seed1: u64): void {
  const words = changetype<usize>(header()) + offsetof<Header>('key0');
  for (let i: u64 = 0; i < 5; i++) {
    store<u64>(words + ((<usize>i) << 3), splitmix(seed0, i) + splitmix(~seed1, i));
  }
  header().keyFinal = splitmix(seed0, 5) + splitmix(~seed1, 5);
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
  let sum =
    <u64>(load<u32>(name) + h.key0) * <u64>(load<u32>(name, 4) + h.key1) +
    <u64>(load<u32>(name, 8) + h.key2) * <u64>(load<u32>(name, 12) + h.key3) +
    <u64>(load<u32>(name, 16) + h.key4) * <u64>(load<u32>(name, 20) + h.key5) +
    <u64>(load<u32>(name, 24) + h.key6) * <u64>(load<u32>(name, 28) + h.key7) +
    <u64>(kind + h.key8) * <u64>(length + h.key9);
  sum ^= h.keyFinal;
  sum = (sum ^ (sum >>> 32)) * 0xd6e8feb86659fd93;
  sum = (sum ^ (sum >>> 32)) * 0xd6e8feb86659fd93;
  return sum ^ (sum >>> 32);
}

/** Hash of a name that is followed by other bytes. */
export function hashStored(name: usize, length: u32, kind: u32): u64 {
  if (length === NAME_MAX) return hashName(name, length, kind);
  memory.fill(SCRATCH_AT, 0, NAME_MAX);
  memory.copy(SCRATCH_AT, name, length);
  return hashName(SCRATCH_AT, length, kind);
}
