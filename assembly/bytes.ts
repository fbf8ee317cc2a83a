// Copies in steps of 16 bytes: for a few hundred bytes this takes a third of the time of
// memory.copy, for which V8 calls a function. Reading past the end is always allowed:
// SENTINEL_BYTES in arena.ts.

/** Beyond this memory.copy is faster. */
const FEW: u32 = 1024;

/** Copies `length` bytes, and up to 15 more after both ends. */
export function copyOver(to: usize, from: usize, length: u32): void {
  if (length > FEW) {
    memory.copy(to, from, length);
    return;
  }
  for (let i: u32 = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
}

/** Copies exactly `length` bytes. */
export function copyExactly(to: usize, from: usize, length: u32): void {
  if (length > FEW) {
    memory.copy(to, from, length);
  } else if (length >= 16) {
    const last = length - 16;
    for (let i: u32 = 0; i < last; i += 16) v128.store(to + i, v128.load(from + i));
    v128.store(to + last, v128.load(from + last));
  } else {
    storeFirst(to, load<u64>(from), load<u64>(from, 8), length);
  }
}

/** Stores the first `length` of 16 bytes, fewer than all. */
export function storeFirst(to: usize, low: u64, high: u64, length: u32): void {
  let rest = low;
  if (length & 8) {
    store<u64>(to, low);
    rest = high;
    to += 8;
  }
  if (length & 4) {
    store<u32>(to, <u32>rest);
    rest >>>= 32;
    to += 4;
  }
  if (length & 2) {
    store<u16>(to, <u16>rest);
    rest >>>= 16;
    to += 2;
  }
  if (length & 1) store<u8>(to, <u8>rest);
}

/** Overwrites `length` bytes with zeros. */
export function wipe(at: usize, length: u32): void {
  const zeros = i64x2.splat(0);
  if (length > FEW) {
    memory.fill(at, 0, length);
  } else if (length >= 16) {
    const last = length - 16;
    for (let i: u32 = 0; i < last; i += 16) v128.store(at + i, zeros);
    v128.store(at + last, zeros);
  } else {
    storeFirst(at, 0, 0, length);
  }
}

/** Copies a name of 32 bytes. */
export function copyName(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
}

/** Whether two names of 32 bytes are equal. */
export function sameName(a: usize, b: usize): bool {
  const first = v128.xor(v128.load(a), v128.load(b));
  return !v128.any_true(v128.or(first, v128.xor(v128.load(a, 16), v128.load(b, 16))));
}
