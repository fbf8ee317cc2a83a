// The core's memory and ABI as the bindings see them: assembly/layout.ts, counters.ts, mode.ts and
// admit.ts in TypeScript. A test compares every number here with those files.

/** The exports of assembly/index.ts. Addresses arrive as signed numbers: use `>>> 0`. */
export type Core = {
  readonly memory: { readonly buffer: ArrayBuffer };
  init(openssl30: number, maxPages: number): number;
  profile(): number;
  setMode(mode: number): void;
  setCapacity(capacity: number): void;
  setMaxBytes(bytes: number): void;
  setTimeout(): void;
  find(version: number, idLength: number): number;
  lookup(
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    w4: number,
    w5: number,
    w6: number,
    w7: number,
    version: number,
    idLength: number,
    connection: number,
  ): number;
  judgeEntry(at: number, version: number, connection: number): number;
  judgeForeign(
    sameVersion: number,
    sameContext: number,
    hasExtms: number,
    connection: number,
  ): number;
  count(counter: number): void;
  add(
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    w4: number,
    w5: number,
    w6: number,
    w7: number,
    serial: number,
    version: number,
    idLength: number,
    dataLength: number,
    flags: number,
    tagCount: number,
    time: number,
    timeout: number,
    born: number,
    notify: number,
  ): number;
  addStaged(notify: number): number;
  evictExcess(anew: number): number;
  settle(): void;
  detach(at: number, cause: number): void;
  release(at: number): void;
  remove(at: number, cause: number): void;
  flush(cause: number, budget: number): number;
  revoke(length: number, budget: number): number;
  retime(at: number): number;
  rescope(at: number): number;
  show(at: number): void;
  first(): number;
  next(at: number): number;
  placeOf(at: number): void;
  firstAtPlace(): number;
  /** Debug build only: checks the numbered invariants. */
  validate?(): void;
};

// The bundler writes a number where it is used only if nothing but numbers comes before it: hence
// their place, and a module for the fields of each record (fields/) instead of an object.

// Limits
export const NAME_MAX = 32;
export const DATA_MAX = 16384;
export const TAGS_MAX = 8;
export const VERSION_LIMIT = 1 << 24;
export const PAGE_BYTES = 65536;
/** Of the used blocks twice as much does not count as bytes of sessions: assembly/size.ts. */
export const ADVANCE = 32768;
export const COUNTERS_MAX = 96;

// Args
export const DATA_AT = 32768;
export const ARGS_AT = DATA_AT - 128;
export const ID_AT = DATA_AT - 32;
export const TAGS_AT = 1088;
export const TAG_LENGTHS_AT = TAGS_AT + 8 * 32;

// Header
export const HEADER_AT = 2048;
export const COUNTERS_AT = HEADER_AT + 256;

// Records
export const RECORD_BYTES = 32;
export const WIDE_BYTES = 24;
export const MEMBERSHIP_BYTES = 16;
/** Offset of the version in a scope or a template. */
export const SCOPE_VERSION = 4;
export const DATA_LENGTH_MASK = 0x7fff;
export const NAME_LENGTH_SHIFT = 15;
export const NAME_LENGTH_MASK = 0x3f;
export const NOT_RESUMABLE = 1 << 22;
export const EXTENDED_MASTER_SECRET = 1 << 23;
export const WIDE = 1 << 24;
export const TAGGED = 1 << 25;
export const PACKED = 1 << 26;

// Results of an add
export const ADDED = 1;
export const SAME = 2;
export const VICTIM = 3;
export const TOO_LARGE = 4;
export const NO_MEMORY = 5;

// What a lookup is told
export const VERIFY_PEER = 1;
export const EXTMS_KNOWN = 2;
export const EXTMS_OFFERED = 4;
export const HAS_EXTERNAL = 8;

// Profile bits that the bindings act on
export const COUNT_NEWCOMER = 1 << 0;
export const KEEP_REFUSED = 1 << 2;
export const LOOK_UP_WHEN_OFF = 1 << 3;
export const FLUSH_EVERY_256 = 1 << 4;
export const TIMEOUT_7200 = 1 << 5;
export const REMOVE_ABSENT = 1 << 6;
export const REMOVE_BY_TWIN = 1 << 7;
export const RESUME_UNRESUMABLE = 1 << 9;
export const CLIENT_MISSES = 1 << 10;
export const LOCKED_CALLBACKS = 1 << 11;
export const REPLACED_RESUMABLE = 1 << 12;
export const ACCEPT_FOREIGN_ID = 1 << 13;

// Counters
export const CONNECT = 0;
export const CONNECT_GOOD = 1;
export const CONNECT_RENEGOTIATE = 2;
export const ACCEPT = 3;
export const ACCEPT_GOOD = 4;
export const ACCEPT_RENEGOTIATE = 5;
export const HITS = 6;
export const CB_HITS = 7;
export const MISSES = 8;
export const TIMEOUTS = 9;
export const CACHE_FULL = 10;
export const MISS = 16;
export const ABSENT = 0;
export const VERSION = 3;
export const UNRESUMABLE = 4;
export const FOREIGN_ID = 6;
export const FUTURE = 7;
export const LEFT = 24;
export const AGE = 40;
export const AGES = 32;

// Results of a lookup: the address of an entry, or the number of a counter
export const HIT = HITS; // of judgeEntry and judgeForeign
export const ASK = 11;
export const NO_CONTEXT = 12;
export const EXTMS_LOST = 13;
export const NONE = MISS + ABSENT;
export const STALE = MISS + 1;
export const NOT_TO_BE_RESUMED = MISS + UNRESUMABLE;
/** No result is larger, and no address is not. */
export const LAST_RESULT = 1023;

/** By how many seconds the time of a session may be ahead. */
export const AHEAD_MAX = 60;

// Causes of leaving
export const LEFT_REMOVED = 0;
export const LEFT_EVICTED = 1;
export const LEFT_EXPIRED = 2;
export const LEFT_FLUSHED = 3;
export const LEFT_REVOKED = 5;
export const LEFT_ABORTED = 6;
export const LEFT_REFUSED = 7;
export const LEFT_CLOSED = 8;

/** Why a lookup ended without a session; the position is the counter's. */
export const MISS_CAUSES = [
  'absent',
  'expired',
  'context',
  'version',
  'notResumable',
  'extendedMasterSecret',
  'foreignId',
  'future',
] as const;

/** Why a session left the cache; the position is the core's number. */
export const REMOVAL_CAUSES = [
  'removed',
  'evicted',
  'expired',
  'flushed',
  'replaced',
  'revoked',
  'aborted',
  'refused',
  'closed',
] as const;
