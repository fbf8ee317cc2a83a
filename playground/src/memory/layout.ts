// Addresses and offsets of assembly/layout.ts, records.ts, table.ts, order.ts and arena.ts that the
// picture of the memory needs. test/playground/memory.test.ts holds it against the cache's own counts.

const HEADER = 2048;
export const PAGES = HEADER + 72;
export const DEPTH = HEADER + 76;
export const ROOT = HEADER + 84;
export const OVERFLOW_ROOT = HEADER + 88;
export const SPARE_NODES = HEADER + 92;

export const DIRECTORY_AT = HEADER + 256 + 96 * 8;
export const DIRECTORY_PAGES_MAX = 16;

export const CHUNKS = 64;
export const CHUNK_BYTES = 64;
export const SLOTS = 12;
/** Offset of the addresses of records in a chunk. */
export const ADDRESSES = 16;

/** Offset in any record, and the bit in it that says: scope or group. */
export const META = 28;
export const IS_LABEL = 1 << 21;

export const NODE_LEVEL = 12;
export const NODE_CHILDREN = 24;

export const BLOCK_FREE = 1;
export const BLOCK_FLAGS = 3;
