// Copies in steps of 16 bytes: for a few hundred bytes a third of the time of memory.copy, which V8
// calls out for. Reading past the end is allowed everywhere: see SENTINEL_BYTES in arena.ts.

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
    for (let i: u32 = 0; i < length; i++) store<u8>(to + i, load<u8>(from + i));
  }
}
