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
//   template   ├ Template ┼ runs ┼ common bytes, 0 where they differ ┼ mask, 0xff where common ┤
//   run        kind (COMMON, OWN or ID) and length × 4, in a u32; the runs make up the data
//   scope      slots, by the length's low bits: 0, its present template, or a SAMPLE, which is
//              an entry that is stored whole, plus 1
//
// No secret outlives its sessions: a byte of a template is a byte of each of its sessions.
//
// P1  template.references is the number of its entries; its scope's includes the template
// P2  runs make up the length; those that are OWN make up template.own
// P3  common bytes are 0 where the mask is 0; the mask is 0xff in COMMON runs and 0 elsewhere
// P4  a slot's entry or template is of that scope, and of a length of that slot

import { allocate, free } from './arena';
import { copyExactly, copyOver } from './bytes';
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

/** Kinds of runs. */
export const COMMON: u32 = 0;
export const OWN: u32 = 1;
export const ID: u32 = 2;
/** Marks a slot's entry. */
export const SAMPLE: u32 = 1;

const LEAST_LENGTH: u32 = 40;
const MOST_LENGTH: u32 = 4096;
/** A template has at least so many common bytes, and a sixteenth. */
const LEAST_COMMON: u32 = 16;
const LEAST_SHARE: u32 = 4;
const MOST_RUNS: u32 = 128;
/** Sessions that keep a template in its slot against those of another length. */
const ESTABLISHED: u32 = 16;
const HEADER_BYTES: u32 = offsetof<Template>();

export function runsAt(at: u32): usize {
  return <usize>at + HEADER_BYTES;
}

export function commonAt(at: u32): usize {
  return runsAt(at) + ((<usize>template(at).runs) << 2);
}

export function maskAt(at: u32): usize {
  return commonAt(at) + padded(template(at).length);
}

/** Room for `length` bytes that are read and written 16 at a time from anywhere. */
function padded(length: u32): u32 {
  return (length + 31) & ~15;
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
    if (!compare(dataAt(sample), 0, length)) return 0;
    fitting = make(at, length, sharedId(sample, length));
  } else {
    if (template(known).length !== length) return 0;
    if (!fits(known)) {
      if (!compare(commonAt(known), maskAt(known), length)) return 0;
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
  const bytes = bytesOf(template(at).runs, template(at).length);
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
  const end = commonAt(at);
  let from: usize = DATA_AT;
  for (let run = runsAt(at); run < end; run += 4) {
    const length = load<u32>(run) >>> 2;
    if ((load<u32>(run) & 3) === OWN) {
      copyExactly(to, from, length);
      to += length;
    }
    from += length;
  }
}

/** Puts all bytes of an entry at DATA_AT. */
export function unpack(at: u32): void {
  const named = entry(at).scope;
  let common = commonAt(named);
  let own = dataAt(at);
  let to: usize = DATA_AT;
  const end = common;
  for (let run = runsAt(named); run < end; run += 4) {
    const kind = load<u32>(run) & 3;
    const length = load<u32>(run) >>> 2;
    copyOver(to, kind === COMMON ? common : kind === OWN ? own : nameAt(at), length);
    if (kind === OWN) own += length;
    common += length;
    to += length;
  }
}

/** Whether the staged session has all the common bytes, and its id where the template has it. */
function fits(at: u32): bool {
  const common = commonAt(at);
  const mask = maskAt(at);
  const length = template(at).length;
  let different = i64x2.splat(0);
  for (let i: u32 = 0; i < length; i += 16) {
    const bytes = v128.xor(v128.load(DATA_AT + i), v128.load(common + i));
    different = v128.or(different, v128.and(bytes, v128.load(mask + i)));
  }
  return !v128.any_true(different) && hasIdAt(template(at).idAt);
}

/**
 * Sets the mask at MASK_AT where the staged bytes are those at `other`, and `mask` is set. Returns
 * whether those are enough for a template: sessions that share nothing come here with each add.
 */
function compare(other: usize, mask: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i += 16) {
    let same = i8x16.eq(v128.load(DATA_AT + i), v128.load(other + i));
    if (mask) same = v128.and(same, v128.load(mask + i));
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

function sameName(a: usize, b: usize): bool {
  const first = v128.xor(v128.load(a), v128.load(b));
  return !v128.any_true(v128.or(first, v128.xor(v128.load(a, 16), v128.load(b, 16))));
}

/** A template of the bytes at DATA_AT under the mask at MASK_AT, without references; or 0. */
function make(owner: u32, length: u32, idAt: u32): u32 {
  if (idAt !== NO_ID) memory.fill(MASK_AT + idAt, 0, NAME_MAX);
  const own = ownBytes(length, idAt);
  const runs = countRuns(length, idAt, 0);
  if (runs > MOST_RUNS) return 0;
  const at = allocate(bytesOf(runs, length));
  if (at === 0) return 0;
  memory.fill(at, 0, bytesOf(runs, length));
  const t = template(at);
  t.version = scope(owner).version;
  t.scope = owner;
  t.length = length;
  t.own = own;
  t.idAt = idAt;
  t.runs = runs;
  countRuns(length, idAt, runsAt(at));
  const common = commonAt(at);
  const mask = maskAt(at);
  for (let i: u32 = 0; i < length; i += 16) {
    v128.store(mask + i, v128.load(MASK_AT + i));
    v128.store(common + i, v128.and(v128.load(DATA_AT + i), v128.load(MASK_AT + i)));
  }
  scope(owner).references++;
  return at;
}

function bytesOf(runs: u32, length: u32): u32 {
  return HEADER_BYTES + (runs << 2) + 2 * padded(length);
}

/** Counts the runs of the mask, and writes them to `to` unless that is 0. Stops when too many. */
function countRuns(length: u32, idAt: u32, to: usize): u32 {
  let runs: u32 = 0;
  let start: u32 = 0;
  while (start < length && runs <= MOST_RUNS) {
    let kind = ID;
    let end = start + NAME_MAX;
    if (start !== idAt) {
      const limit = idAt > start ? min<u32>(idAt, length) : length;
      const bit = load<u8>(MASK_AT + start);
      kind = bit ? COMMON : OWN;
      end = start + 1;
      while (end < limit && load<u8>(MASK_AT + end) === bit) end++;
    }
    if (to) store<u32>(to + (runs << 2), kind | ((end - start) << 2));
    runs++;
    start = end;
  }
  return runs;
}

/** Bytes that are neither common nor the id. The mask is 0 from `length` on. */
function ownBytes(length: u32, idAt: u32): u32 {
  let own = idAt === NO_ID ? length : length - NAME_MAX;
  for (let i: u32 = 0; i < length; i += 16) {
    own -= popcnt(i8x16.bitmask(v128.load(MASK_AT + i)));
  }
  return own;
}
