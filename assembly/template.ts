// Templates: what the sessions of a server have in common is stored once. In i2d_SSL_SESSION that is
// version, cipher, context, lifetime and all the tags and lengths between; and the id is there a
// second time. The core knows nothing of that: it compares bytes.
//
// The second session of a scope and length makes a template with the first: the bytes in which the
// two agree. From then on a session of that scope and length is stored without them. One that
// differs from the template somewhere gets a wider one, whose common bytes are those in which it
// agrees with the template as well; the old one stays until its last session has left. So after a
// few sessions only that is stored which really differs.
//
//   template   ├ Template ┼ blocks ┤
//   block      ├ 16 common bytes ┼ expand ┼ compress ┼ own offset, own count ┤   for 16 bytes of data
//   expand     for i8x16.swizzle: from the session's own bytes, read at the own offset, to those of
//              the block; COMMON for a byte that is common, NOTHING for one of the id or past the end
//   compress   the way back: which bytes of the block are the session's own, in order; NOTHING after
//   scope      slots, by the length's low bits: 0, its present template, or a SAMPLE, which is
//              an entry that is stored whole, plus 1
//
// Three instructions a block without a branch: a table of runs, copied one by one, took a session
// of 160 bytes twice the time.
//
// No secret outlives its sessions: a byte of a template is a byte of each of its sessions.
//
// P1  template.references is the number of its entries; its scope's includes the template
// P2  a block's own bytes follow those of the block before; in all they are template.own
// P3  common bytes are 0 where expand is not COMMON; compress is the inverse of expand
// P4  a slot's entry or template is of that scope, and of a length of that slot

import { allocate, free } from './arena';
import { sameName, storeFirst } from './bytes';
import { dropScope } from './labels';
import {
  args,
  DATA_AT,
  dataAt,
  dataLength,
  entry,
  ID_AT,
  MASK_AT,
  nameAt,
  NAME_MAX,
  nameLength,
  NO_ID,
  PACKED,
  scope,
  slotAt,
  template,
  Template,
} from './layout';

/** In `expand`: the byte is common. Negative, so that a shift makes the mask of common bytes. */
export const COMMON: u8 = 0x80;
/** In `expand` and `compress`: no byte of the session's own. */
export const NOTHING: u8 = 0x7f;
/** Marks a slot's entry. */
export const SAMPLE: u32 = 1;

const LEAST_LENGTH: u32 = 40;
const MOST_LENGTH: u32 = 4096;
/** A template has at least so many common bytes, and a sixteenth. */
const LEAST_COMMON: u32 = 16;
const LEAST_SHARE: u32 = 4;
/** Sessions that keep a template in its slot against those of another length. */
const ESTABLISHED: u32 = 16;
const HEADER_BYTES: u32 = offsetof<Template>();
export const BLOCK_BYTES: u32 = 64;
// Offsets in a block.
export const EXPAND: usize = 16;
export const COMPRESS: usize = 32;
export const OWN_AT: usize = 48;
export const OWN_COUNT: usize = 52;

export function blocksAt(at: u32): usize {
  return <usize>at + HEADER_BYTES;
}

/**
 * The template that fits the staged session, with a reference for it; made, or made wider, if that
 * pays. 0: store it whole.
 */
export function takeTemplate(at: u32): u32 {
  const length = args().dataLength;
  if (length < LEAST_LENGTH || length > MOST_LENGTH) return 0;
  const slot = slotAt(at, length);
  const known = load<u32>(slot);
  if (known === 0) return 0;
  let fitting = known;
  if (known & SAMPLE) {
    const sample = known & ~SAMPLE;
    if (dataLength(sample) !== length) return 0;
    if (!compareWith(dataAt(sample), 16, length)) return 0;
    fitting = make(at, length, sharedId(sample, length));
  } else {
    if (template(known).length !== length) return 0;
    if (!fits(known)) {
      if (!compareWith(blocksAt(known), BLOCK_BYTES, length)) return 0;
      fitting = make(at, length, hasIdAt(template(known).idAt) ? template(known).idAt : NO_ID);
    }
  }
  if (fitting === 0) return 0;
  if (fitting !== known) store<u32>(slot, fitting);
  template(fitting).references++;
  return fitting;
}

/** Lets go of an entry's template or scope, before the entry is freed. */
export function dropTemplateOrScope(at: u32): void {
  const named = entry(at).scope;
  if (entry(at).meta & PACKED) {
    dropTemplate(named);
  } else {
    forgetSample(at);
    dropScope(named);
  }
}

export function dropTemplate(at: u32): void {
  const t = template(at);
  if (--t.references !== 0) return;
  const owner = t.scope;
  const slot = slotAt(owner, t.length);
  if (load<u32>(slot) === at) store<u32>(slot, 0);
  free(at);
  dropScope(owner);
}

/** Remembers a session that is stored whole, for the next one to be compared with. */
export function offerSample(at: u32): void {
  const length = dataLength(at);
  if (length < LEAST_LENGTH || length > MOST_LENGTH) return;
  const slot = slotAt(entry(at).scope, length);
  const known = load<u32>(slot);
  if (known !== 0 && !(known & SAMPLE)) {
    const t = template(known);
    if (t.length === length || t.references >= ESTABLISHED) return;
  }
  store<u32>(slot, at | SAMPLE);
}

/** Forgets an entry that is about to leave, to move or to change its scope. */
export function forgetSample(at: u32): void {
  const slot = slotAt(entry(at).scope, dataLength(at));
  if (load<u32>(slot) === (at | SAMPLE)) store<u32>(slot, 0);
}

/** A copy of the template of one entry for another scope, which holds a reference already; or 0. */
export function cloneTemplate(at: u32, to: u32): u32 {
  const bytes = bytesOf(template(at).blocks);
  const clone = allocate(bytes);
  if (clone === 0) return 0;
  memory.copy(clone, at, bytes);
  template(clone).references = 1;
  template(clone).scope = to;
  template(clone).version = scope(to).version;
  return clone;
}

/** Stores of the bytes at DATA_AT what the template has not. */
export function pack(at: u32, to: usize): void {
  const own = template(at).own;
  const end = blocksAt(at) + template(at).blocks * BLOCK_BYTES;
  let from: usize = DATA_AT;
  for (let block = blocksAt(at); block < end; block += BLOCK_BYTES, from += 16) {
    const count = load<u32>(block, OWN_COUNT);
    if (count === 0) continue;
    const bytes = i8x16.swizzle(v128.load(from), v128.load(block, COMPRESS));
    const offset = load<u32>(block, OWN_AT);
    // What is stored in excess, the next block's bytes replace; the last ones must not exceed.
    if (offset + 16 <= own) v128.store(to + offset, bytes);
    else
      storeFirst(
        to + offset,
        i64x2.extract_lane(bytes, 0),
        i64x2.extract_lane(bytes, 1),
        own - offset,
      );
  }
}

/** Puts all bytes of an entry at DATA_AT. */
export function unpack(at: u32): void {
  const named = entry(at).scope;
  const own = dataAt(at);
  const end = blocksAt(named) + template(named).blocks * BLOCK_BYTES;
  let to: usize = DATA_AT;
  for (let block = blocksAt(named); block < end; block += 2 * BLOCK_BYTES, to += 32) {
    unpackBlock(block, own, to);
    unpackBlock(block + BLOCK_BYTES, own, to + 16);
  }
  const idAt = template(named).idAt;
  if (idAt === NO_ID) return;
  v128.store(DATA_AT + idAt, v128.load(nameAt(at)));
  v128.store(DATA_AT + idAt + 16, v128.load(nameAt(at) + 16));
}

function unpackBlock(block: usize, own: usize, to: usize): void {
  const bytes = v128.load(own + load<u32>(block, OWN_AT));
  v128.store(to, v128.or(v128.load(block), i8x16.swizzle(bytes, v128.load(block, EXPAND))));
}

/** The bytes of a block that are common, as a mask. */
function maskOf(block: usize): v128 {
  return i8x16.shr_s(v128.load(block, EXPAND), 7);
}

/** Whether the staged session has all the common bytes, and its id where the template has it. */
function fits(at: u32): bool {
  const end = blocksAt(at) + template(at).blocks * BLOCK_BYTES;
  let from: usize = DATA_AT;
  let different = i64x2.splat(0);
  for (let block = blocksAt(at); block < end; block += BLOCK_BYTES, from += 16) {
    const bytes = v128.xor(v128.load(from), v128.load(block));
    different = v128.or(different, v128.and(bytes, maskOf(block)));
  }
  return !v128.any_true(different) && hasIdAt(template(at).idAt);
}

/**
 * Sets the mask at MASK_AT where the staged bytes are those of another session or, `step` being
 * BLOCK_BYTES, the common ones of a template. Returns whether those are enough for a template:
 * sessions that share nothing come here with each add.
 */
function compareWith(other: usize, step: u32, length: u32): bool {
  for (let i: u32 = 0; i < length; i += 16, other += step) {
    let same = i8x16.eq(v128.load(DATA_AT + i), v128.load(other));
    if (step === BLOCK_BYTES) same = v128.and(same, maskOf(other));
    v128.store(MASK_AT + i, same);
  }
  v128.store(MASK_AT + length, i64x2.splat(0));
  return ownBytes(length, NO_ID) + max<u32>(LEAST_COMMON, length >>> LEAST_SHARE) <= length;
}

function hasIdAt(offset: u32): bool {
  if (offset === NO_ID) return true;
  return args().idLength === NAME_MAX && sameName(DATA_AT + offset, ID_AT);
}

/** Where both the sample and the staged session repeat their ids. */
function sharedId(sample: u32, length: u32): u32 {
  if (args().idLength !== NAME_MAX || nameLength(sample) !== NAME_MAX) return NO_ID;
  for (let i: u32 = 0; i + NAME_MAX <= length; i++) {
    if (!sameName(DATA_AT + i, ID_AT)) continue;
    return sameName(dataAt(sample) + i, nameAt(sample)) ? i : NO_ID;
  }
  return NO_ID;
}

/** A template of the bytes at DATA_AT under the mask at MASK_AT, without references; or 0. */
function make(owner: u32, length: u32, idAt: u32): u32 {
  if (idAt !== NO_ID) memory.fill(MASK_AT + idAt, 0, NAME_MAX);
  const blocks = blocksFor(length);
  const at = allocate(bytesOf(blocks));
  if (at === 0) return 0;
  memory.fill(at, 0, bytesOf(blocks));
  const t = template(at);
  t.version = scope(owner).version;
  t.scope = owner;
  t.length = length;
  t.idAt = idAt;
  t.blocks = blocks;
  for (let i: u32 = 0; i < blocks; i++) t.own += makeBlock(t, i);
  scope(owner).references++;
  return at;
}

/** Makes a block; returns how many bytes of it are a session's own. */
function makeBlock(t: Template, index: u32): u32 {
  const block = blocksAt(<u32>changetype<usize>(t)) + index * BLOCK_BYTES;
  const from = index << 4;
  v128.store(block, v128.and(v128.load(DATA_AT + from), v128.load(MASK_AT + from)));
  v128.store(block, i8x16.splat(NOTHING), EXPAND);
  v128.store(block, i8x16.splat(NOTHING), COMPRESS);
  let count: u32 = 0;
  for (let i: u32 = 0; i < 16 && from + i < t.length; i++) {
    if (load<u8>(MASK_AT + from + i)) {
      store<u8>(block + i, COMMON, EXPAND);
    } else if (t.idAt === NO_ID || from + i - t.idAt >= NAME_MAX) {
      store<u8>(block + i, <u8>count, EXPAND);
      store<u8>(block + count, <u8>i, COMPRESS);
      count++;
    }
  }
  // Where there is nothing to read, the first bytes: not past the end of the entry.
  if (count) store<u32>(block, t.own, OWN_AT);
  store<u32>(block, count, OWN_COUNT);
  return count;
}

/** An even number, for two to be unpacked at a time. */
export function blocksFor(length: u32): u32 {
  return ((length + 31) >>> 5) << 1;
}

function bytesOf(blocks: u32): u32 {
  return HEADER_BYTES + blocks * BLOCK_BYTES;
}

/** Bytes that are neither common nor the id. The mask is 0 from `length` on. */
function ownBytes(length: u32, idAt: u32): u32 {
  let own = idAt === NO_ID ? length : length - NAME_MAX;
  for (let i: u32 = 0; i < length; i += 16) {
    own -= popcnt(i8x16.bitmask(v128.load(MASK_AT + i)));
  }
  return own;
}
