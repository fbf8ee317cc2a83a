// Layout of the core's linear memory. Everything that changes lives in it, under the header at a
// fixed address, and nothing in Wasm globals: a second instance over the same memory is the same
// cache. All multi-byte values are little-endian; an address is a u32 and 0 stands for "none".
//
//   0      1024     2048       ARENA_HEADS_AT           65536                          memory.size
//   ├unused┼ Args  ─┼ Header  ─┼ heads of free lists  ──┼ pages of 64 KiB, in any order ──┤
//
// Static data, which only debug builds have (texts of asserts), begins at 16384: asconfig.json.
//
//   page kinds   arena     blocks of any size: sessions, scopes, groups, nodes of the order
//                index     16 segments of 4 KiB; a segment is 64 chunks of 64 bytes
//                directory 16,384 addresses of segments
//
// A view of a session's bytes that the bindings hand out is good until the next call.

// ---- Args: what the bindings stage before a call, and what a call leaves for them -------------

/** Ids, contexts and names of groups are at most this long. */
export const NAME_MAX: u32 = 32;
/** Longest session, in bytes. */
export const DATA_MAX: u32 = 16384;
/** Most groups a session may belong to. */
export const TAGS_MAX: u32 = 8;

export const ARGS_AT: usize = 1024;

/** Arguments and results that do not fit an i32. Names are padded with zero bytes to 32. */
@unmanaged
export class Args {
  /** Id of the session asked for, or name of the group. */
  id0!: u64;
  id1!: u64;
  id2!: u64;
  id3!: u64;
  /** Session id context. */
  context0!: u64;
  context1!: u64;
  context2!: u64;
  context3!: u64;
  /** Seconds since the epoch. */
  time!: i64;
  /** Seconds. */
  timeout!: i64;
  /** Seconds since the epoch: where the absolute lifetime begins. */
  born!: i64;
  /** Identity of the session to be added. */
  serial!: u32;
  version!: u32;
  idLength!: u32;
  contextLength!: u32;
  dataLength!: u32;
  /** Flags of the session to be added: NOT_RESUMABLE, EXTENDED_MASTER_SECRET. */
  flags!: u32;
  tagCount!: u32;
  /** Out: the entry that the call is about. */
  entry!: u32;
  /** Out: serial of the session that an add replaced, or 0. */
  replaced!: u32;
  unused!: u32;
}

/** Scratch for one zero-padded name, after Args. */
export const SCRATCH_AT: usize = ARGS_AT + 160;
/** TAGS_MAX staged names of groups, each padded to 32 bytes… */
export const TAGS_AT: usize = ARGS_AT + 192;
/** …and their lengths, one byte each. */
export const TAG_LENGTHS_AT: usize = TAGS_AT + 8 * 32;

// ---- Header ------------------------------------------------------------------------------------

export const HEADER_AT: usize = 2048;

/** The state of the cache. Counters follow it at COUNTERS_AT. */
@unmanaged
export class Header {
  /** Default lifetime of a session, seconds; any value, as SSL_CTX_set_timeout. */
  timeout!: i64;
  /** Most sessions; 0: no limit. */
  capacity!: u64;
  /** Most bytes of sessions (blocks, see arena.ts); 0: no limit. */
  maxBytes!: u64;
  /** Bytes of the blocks of all sessions. */
  bytes!: u64;
  /** Seconds an entry may live whatever its time and timeout say; negative: no limit. */
  maxLifetime12!: i64;
  maxLifetime13!: i64;
  /** SSL_SESS_CACHE_* bits. */
  mode!: u32;
  /** Profile bits of mode.ts. */
  profile!: u32;
  /** Cached sessions. */
  count!: u32;
  /** Entry in the index but not yet in the order (openssl-3.0, during an add), or 0. */
  unplaced!: u32;
  /** Automatic flush still has expired sessions to remove. */
  flushPending!: u32;
  /** Pages that may be used at most, and pages in use: [0, pages) of memory.size(). */
  maxPages!: u32;
  pages!: u32;
  /** Index: directory entries are 1 << depth. */
  depth!: u32;
  /** Next unused segment of the newest index page; 0 at its end. */
  nextSegment!: u32;
  /** Roots of the order: expiry that fits 63 bits, and expiry that overflowed. */
  root!: u32;
  overflowRoot!: u32;
  /** Spare nodes, linked through their first word. */
  spareNodes!: u32;
  spareCount!: u32;
  /** End of the newest arena region (address of its sentinel), or 0. */
  arenaEnd!: u32;
  /** Free lists: which first levels have blocks. */
  firstLevels!: u32;
  /** Records in the index: sessions, scopes and groups. */
  records!: u32;
  /** Keys of the hash: ten words and a final one. */
  key0!: u32;
  key1!: u32;
  key2!: u32;
  key3!: u32;
  key4!: u32;
  key5!: u32;
  key6!: u32;
  key7!: u32;
  key8!: u32;
  key9!: u32;
  keyFinal!: u64;
}

/** u64 each; the order is counters.ts's. */
export const COUNTERS_AT: usize = HEADER_AT + 256;
export const COUNTERS_MAX: u32 = 96;
/** Addresses of the pages of the directory. */
export const DIRECTORY_AT: usize = COUNTERS_AT + 96 * 8;
export const DIRECTORY_PAGES_MAX: u32 = 16;
/** Free lists of the arena: second-level bitmaps, then heads. */
export const ARENA_BITMAPS_AT: usize = DIRECTORY_AT + 16 * 4;
export const ARENA_HEADS_AT: usize = ARENA_BITMAPS_AT + 32 * 4;
export const FIRST_PAGE: u32 = 1;
export const PAGE_BYTES: usize = 65536;

// ---- Records -----------------------------------------------------------------------------------
// Three kinds of record are found by name through the index and share their last two words:
//
//   session (Entry)  name = id,      kind = protocol version   (kept once, in its scope)
//   scope            name = context, kind = KIND_SCOPE | protocol version
//   group            name = tag,     kind = KIND_GROUP

export const KIND_SCOPE: u32 = 1 << 24;
export const KIND_GROUP: u32 = 2 << 24;
/** Protocol versions are below this. */
export const VERSION_LIMIT: u32 = 1 << 24;

// meta of a record
//   31        26 25 24 23 22 21 20       15 14                 0
//   ├ unused ────┼ T┼ W┼ E┼ R┼ K┼ id length ┼ length of the data ┤
//   K sort: 1 = scope or group   R not resumable   E extended master secret
//   W wide times                 T has memberships

export const DATA_LENGTH_MASK: u32 = 0x7fff;
export const NAME_LENGTH_SHIFT: u32 = 15;
export const NAME_LENGTH_MASK: u32 = 0x3f;
export const IS_LABEL: u32 = 1 << 21;
export const NOT_RESUMABLE: u32 = 1 << 22;
export const EXTENDED_MASTER_SECRET: u32 = 1 << 23;
export const WIDE: u32 = 1 << 24;
export const TAGGED: u32 = 1 << 25;

/**
 * A cached session. After the fields come the id, the data, and — from the next multiple of 4 —
 * Wide if the times do not fit 32 bits, then the number of memberships and the memberships if it
 * has any.
 */
@unmanaged
export class Entry {
  serial!: u32;
  /** Later neighbour among those of equal expiry; 0 for the last. */
  next!: u32;
  /** Earlier neighbour; for the first of its expiry: the last, plus 1. */
  prev!: u32;
  time!: u32;
  timeout!: u32;
  born!: u32;
  /** Scope: protocol version and session id context. */
  scope!: u32;
  meta!: u32;
}

/** Times of an entry that has WIDE set; its 32-bit fields are then 0. */
@unmanaged
export class Wide {
  time!: i64;
  timeout!: i64;
  born!: i64;
}

/** One session's place in one group. */
@unmanaged
export class Membership {
  group!: u32;
  entry!: u32;
  /** Neighbouring memberships of the group, 0 at the ends. */
  next!: u32;
  prev!: u32;
}

/** A protocol version and a session id context, kept once for all sessions that share them. */
@unmanaged
export class Scope {
  /** Sessions that refer to it. */
  references!: u32;
  version!: u32;
  unused0!: u32;
  unused1!: u32;
  unused2!: u32;
  unused3!: u32;
  /** KIND_SCOPE | version. */
  kind!: u32;
  meta!: u32;
}

/** The sessions that carry one tag. */
@unmanaged
export class Group {
  /** Newest membership. */
  head!: u32;
  count!: u32;
  unused0!: u32;
  unused1!: u32;
  unused2!: u32;
  unused3!: u32;
  /** KIND_GROUP. */
  kind!: u32;
  meta!: u32;
}

/** Bytes before the name of any record. */
export const RECORD_BYTES: u32 = 32;
export const WIDE_BYTES: u32 = 24;
export const MEMBERSHIP_BYTES: u32 = 16;

// ---- Accessors ---------------------------------------------------------------------------------

export function args(): Args {
  return changetype<Args>(ARGS_AT);
}

export function header(): Header {
  return changetype<Header>(HEADER_AT);
}

export function entry(at: u32): Entry {
  return changetype<Entry>(<usize>at);
}

export function nameLength(at: u32): u32 {
  return (entry(at).meta >>> NAME_LENGTH_SHIFT) & NAME_LENGTH_MASK;
}

export function nameAt(at: u32): usize {
  return <usize>at + RECORD_BYTES;
}

export function dataLength(at: u32): u32 {
  return entry(at).meta & DATA_LENGTH_MASK;
}

export function dataAt(at: u32): usize {
  return <usize>at + RECORD_BYTES + nameLength(at);
}

/** Address of the first byte after the data, rounded up to a multiple of 4. */
export function tailAt(at: u32): usize {
  return (dataAt(at) + dataLength(at) + 3) & ~3;
}

export function wide(at: u32): Wide {
  return changetype<Wide>(tailAt(at));
}

/** Address of the count of memberships; the memberships follow it. Only if TAGGED. */
export function membershipsAt(at: u32): usize {
  return tailAt(at) + (entry(at).meta & WIDE ? <usize>WIDE_BYTES : 0);
}

export function membership(at: u32): Membership {
  return changetype<Membership>(<usize>at);
}

export function scope(at: u32): Scope {
  return changetype<Scope>(<usize>at);
}

export function group(at: u32): Group {
  return changetype<Group>(<usize>at);
}

/** Protocol version of a session. */
export function versionOf(at: u32): u32 {
  return scope(entry(at).scope).version;
}

/** Kind of any record, see above. */
export function kindOf(at: u32): u32 {
  return entry(at).meta & IS_LABEL ? scope(at).kind : versionOf(at);
}
