// What lies in blocks of the arena, and how to read it.
//
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
//   31     27 26 25 24 23 22 21 20       15 14                 0
//   ├ unused ─┼ P┼ T┼ W┼ E┼ R┼ K┼ id length ┼ length of the data ┤
//   K sort: 1 = scope or group   R not resumable   E extended master secret
//   W wide times                 T has memberships P packed: stored by a template

export const DATA_LENGTH_MASK: u32 = 0x7fff;
export const NAME_LENGTH_SHIFT: u32 = 15;
export const NAME_LENGTH_MASK: u32 = 0x3f;
export const IS_SHARED: u32 = 1 << 21;
export const NOT_RESUMABLE: u32 = 1 << 22;
export const EXTENDED_MASTER_SECRET: u32 = 1 << 23;
export const WIDE: u32 = 1 << 24;
export const TAGGED: u32 = 1 << 25;
export const PACKED: u32 = 1 << 26;

/**
 * A cached session. After the fields come the id and the data (if PACKED, only the private bytes).
 * From the next multiple of 4 follow Wide, if the times do not fit 32 bits, and the number of
 * memberships and the memberships, if it has any.
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
  authTime!: u32;
  /** Scope: protocol version and session id context; if PACKED the template, which names it. */
  scope!: u32;
  meta!: u32;
}

/** Times of an entry that has WIDE set; its 32-bit fields are then 0. */
@unmanaged
export class Wide {
  time!: i64;
  timeout!: i64;
  authTime!: i64;
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

/**
 * A protocol version and a session id context, kept once for all sessions that share them. After
 * the context, from the next multiple of 4, come TEMPLATE_SLOTS words: see template.ts.
 */
@unmanaged
export class Scope {
  /** Sessions and templates that refer to it. */
  references!: u32;
  version!: u32;
  /** The validator's count of references. */
  seen!: u32;
  unused1!: u32;
  unused2!: u32;
  unused3!: u32;
  /** KIND_SCOPE | version. */
  kind!: u32;
  meta!: u32;
}

/**
 * Bytes that sessions of one scope and length have in common (template.ts). Then come its blocks.
 */
@unmanaged
export class Template {
  /** Entries that are stored by it. */
  references!: u32;
  /** The scope's version, at the same offset as in a scope. */
  version!: u32;
  scope!: u32;
  /** Of the data. */
  length!: u32;
  /** Number of bytes that each session stores itself: its private bytes. */
  privateBytes!: u32;
  /** Where the data repeats the id, or NO_ID. */
  idAt!: u32;
  /** Of 16 bytes of the data each; an even number. */
  blocks!: u32;
  /** The validator's count of references. */
  seen!: u32;
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

/** A template's idAt if the data does not repeat the id. */
export const NO_ID: u32 = 0xffffffff;
/** Templates and samples that a scope knows at a time. */
export const TEMPLATE_SLOTS: u32 = 8;

/** Bytes before the name of any record. */
export const RECORD_BYTES: u32 = 32;
export const WIDE_BYTES: u32 = 24;
export const MEMBERSHIP_BYTES: u32 = 16;

// ---- Accessors ---------------------------------------------------------------------------------

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

/** Bytes of the data that the entry itself holds. */
export function storedLength(at: u32): u32 {
  return entry(at).meta & PACKED ? template(entry(at).scope).privateBytes : dataLength(at);
}

/** Address of the first byte after the stored data, rounded up to a multiple of 4. */
export function tailAt(at: u32): usize {
  return (dataAt(at) + storedLength(at) + 3) & ~3;
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

export function template(at: u32): Template {
  return changetype<Template>(<usize>at);
}

export function group(at: u32): Group {
  return changetype<Group>(<usize>at);
}

/** Protocol version of a session: scopes and templates have it in the same place. */
export function versionOf(at: u32): u32 {
  return scope(entry(at).scope).version;
}

/** Scope of a session. */
export function scopeOf(at: u32): u32 {
  const named = entry(at).scope;
  return entry(at).meta & PACKED ? template(named).scope : named;
}

/** Address of a scope's slot for sessions of `length` bytes. */
export function slotAt(at: u32, length: u32): usize {
  const slots = (nameAt(at) + nameLength(at) + 3) & ~3;
  return slots + ((length & (TEMPLATE_SLOTS - 1)) << 2);
}

/** Kind of any record, see above. */
export function kindOf(at: u32): u32 {
  return entry(at).meta & IS_SHARED ? scope(at).kind : versionOf(at);
}
