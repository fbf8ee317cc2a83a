// Layout of the core's linear memory. All state is in it, under the header at a fixed address, and
// none in Wasm globals: a second instance over the same memory is the same cache. All multi-byte
// values are little-endian; an address is a u32 and 0 stands for "none".
//
//   0    1024    2048     16384   32608  32768             65536                   memory.size
//   ├────┼ tags ─┼ Header ┼ statics ┼ Args ┼ data, mask ──────┼ pages of 64 KiB, in any order ┤
//
// Static data, which only debug builds have (texts of asserts), begins at 16384: asconfig.json.
//
//   page kinds   arena     blocks of any size: sessions, scopes, groups, nodes of the order
//                index     16 segments of 4 KiB; a segment is 64 chunks of 64 bytes
//                directory 16,384 addresses of segments
//
// The bindings read the bytes of a session at DATA_AT, where they stay until the next call.

// ---- Args: what the bindings stage before a call, and what a call leaves for them -------------

/** Ids, contexts and names of groups are at most this long. */
export const NAME_MAX: u32 = 32;
/** Longest session, in bytes. */
export const DATA_MAX: u32 = 16384;
/** Most groups a session may belong to. */
export const TAGS_MAX: u32 = 8;

/** The bytes of the session to be added, or of the one that a call has found (decode.ts). */
export const DATA_AT: usize = 32768;
/** A mask over DATA_AT while a template is made: which bytes are common. */
export const MASK_AT: usize = DATA_AT + DATA_MAX + 64;
export const ARGS_AT: usize = DATA_AT - 160;
/** Args.id0: right before the data, so that both are copied at once. */
export const ID_AT: usize = DATA_AT - 32;

/** Arguments and results that do not fit an i32. Names are padded with zero bytes to 32. */
@unmanaged
export class Args {
  /** Session id context of the connection that a lookup is for. */
  context0!: u64;
  context1!: u64;
  context2!: u64;
  context3!: u64;
  /** Seconds since the epoch. */
  time!: i64;
  /** Seconds. */
  timeout!: i64;
  /** Seconds since the epoch: where the absolute lifetime begins. */
  authTime!: i64;
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
  /** Of the context at CONTEXT_AT. */
  sessionContextLength!: u32;
  /** Whether an add ends with VICTIM at each eviction, and whether removeStaged only detaches. */
  notify!: u32;
  /** Why a session is removed. */
  cause!: u32;
  unused0!: u32;
  unused1!: u32;
  unused2!: u32;
  unused3!: u32;
  unused4!: u32;
  unused5!: u32;
  /** Id of the session asked for, or name of the group. */
  id0!: u64;
  id1!: u64;
  id2!: u64;
  id3!: u64;
}

/** Scratch for one zero-padded name. */
export const SCRATCH_AT: usize = 1024;
/** TAGS_MAX staged names of groups, each padded to 32 bytes… */
export const TAGS_AT: usize = 1088;
/** …and their lengths, one byte each. */
export const TAG_LENGTHS_AT: usize = TAGS_AT + 8 * 32;
/**
 * Session id context of the session to be added, padded to 32 bytes. It is not the one in Args, so
 * that an add does not change what is known about the connection of the next lookup.
 */
export const CONTEXT_AT: usize = TAG_LENGTHS_AT + 8;

// ---- Header ------------------------------------------------------------------------------------

export const HEADER_AT: usize = 2048;

/** The state of the cache. Counters follow it at COUNTERS_AT. */
@unmanaged
export class Header {
  /** Default lifetime of a session, seconds; any value, as SSL_CTX_set_timeout. */
  timeout!: i64;
  /** Maximum number of sessions; 0: no limit. */
  capacity!: u64;
  /** Maximum number of bytes that sessions may count for (size.ts); 2^62: no limit. */
  maxBytes!: u64;
  /** Bytes of the blocks of all sessions, as if each were stored whole. */
  bytes!: u64;
  /** Absolute lifetimes, in seconds from authTime; negative: no limit. */
  maxLifetime12!: i64;
  maxLifetime13!: i64;
  /** SSL_SESS_CACHE_* bits. */
  mode!: u32;
  /** Profile bits of mode.ts. */
  quirks!: u32;
  /** Cached sessions. */
  count!: u32;
  /** Entry in the index but not yet in the order (openssl-3.0, during an add), or 0. */
  unsorted!: u32;
  /** Automatic flush still has expired sessions to remove. */
  flushPending!: u32;
  /** Pages that may be used at most, and pages in use: [0, pages) of memory.size(). */
  maxPages!: u32;
  pages!: u32;
  /** Index: directory entries are 1 << depth. */
  depth!: u32;
  /** The depth that the index began with; segments count theirs from there. */
  firstDepth!: u32;
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
  /** The entry whose bytes are at DATA_AT, or 0… */
  decoded!: u32;
  /** …and how many bytes there may be other than 0. */
  decodedLength!: u32;
  /** The scope that was used last, or 0. The next session usually has the same one. */
  lastScope!: u32;
  /** A scope or template whose context a lookup has found equal to the staged one; or 0. */
  checkedScope!: u32;
  /** The flags VERIFY_PEER and EXTMS_KNOWN of that lookup's connection. */
  checkedFlags!: u32;
  /** Absolute lifetime of its version, in seconds; 2^64 - 1: no limit. */
  checkedLifetime!: u64;
  /**
   * Staged: the present, seconds since the epoch. It stays, since the next call usually has the
   * same.
   */
  now!: i64;
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
  /** Bytes of the arena's used blocks, whatever their content, less ADVANCE. */
  held!: i64;
}

/**
 * Bytes that templates, scopes, groups and the order may take before sessions have saved as many:
 * as much as a few of the longest templates. The first template of a scope often contains bytes
 * that two sessions share by chance, and is soon widened.
 */
export const ADVANCE: i64 = 32768;

/** u64 each, numbered as in counters.ts. */
export const COUNTERS_AT: usize = HEADER_AT + 256;
export const COUNTERS_MAX: u32 = 96;
/** Addresses of the pages of the directory. */
export const DIRECTORY_AT: usize = COUNTERS_AT + 96 * 8;
export const DIRECTORY_PAGES_MAX: u32 = 16;
/** Free lists of the arena: second-level bitmaps, then heads. */
export const ARENA_BITMAPS_AT: usize = DIRECTORY_AT + 16 * 4;
export const ARENA_HEADS_AT: usize = ARENA_BITMAPS_AT + 32 * 4;
export const ARENA_HEADS_END: usize = ARENA_HEADS_AT + 27 * 32 * 4;
export const FIRST_PAGE: u32 = 1;
export const PAGE_BYTES: usize = 65536;

export * from './records';

// ---- Accessors ---------------------------------------------------------------------------------

export function args(): Args {
  return changetype<Args>(ARGS_AT);
}

export function header(): Header {
  return changetype<Header>(HEADER_AT);
}
