// Templates store the bytes that the sessions of a server have in common once. In i2d_SSL_SESSION
// these are version, cipher, context, lifetime, and the tags and lengths between them; the id is
// repeated, too. The core does not parse any of it: it compares bytes.
//
// The second session of a scope and length makes a template with the first: the bytes in which the
// two agree. From then on a session of that scope and length is stored without them. A session that
// differs from the template gets a wider one, whose common bytes are those in which it agrees with
// the old template; the old one stays until its last session has left. After a few sessions only
// the bytes that really differ are stored. A template is made only while the memory in use is at
// most what all sessions would take if they were stored whole, plus ADVANCE: otherwise sessions
// that have little in common would each get a template, which is four times as large as their data.
//
//   template   ├ Template ┼ blocks ┤
//   block      what they are, for 16 bytes of the data: blocks.ts
//   scope      slots, by the length's low bits: 0, its present template, or a SAMPLE, which is
//              an entry that is stored whole, plus 1; SAMPLE alone after one that shared too little
//
// Templates keep no secret longer than its sessions: each byte is common to all of them.
//
// P1  template.references is the number of its entries; its scope's includes the template
// P2, P3  see blocks.ts
// P4  a slot's entry or template is of that scope, and of a length of that slot

import { allocate, free } from './arena';
import {
  BLOCK_BYTES,
  blocksAt,
  blocksFor,
  bytesOf,
  compareWith,
  hasCommon,
  makeBlock,
} from './blocks';
import { sameName } from './bytes';
import { dropScope, forgetChecked } from './shared-records';
import {
  args,
  DATA_AT,
  dataAt,
  dataLength,
  entry,
  header,
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
} from './layout';

/** Marks a slot's entry. */
export const SAMPLE: u32 = 1;

const LEAST_LENGTH: u32 = 40;
export const MOST_LENGTH: u32 = 4096;
/**
 * A template has at least this many common bytes, and a sixteenth of the data; of LARGE sessions a
 * quarter. Most of a large session is a client's certificates, which no two sessions share, and a
 * session that is stored whole is copied at the speed of memory.
 */
const LEAST_COMMON: u32 = 16;
const LEAST_SHARE: u32 = 4;
const LARGE: u32 = 512;
const LARGE_SHARE: u32 = 2;
/** Of large sessions that share nothing, one in this many is compared with the next. */
const TRIALS: u32 = 16;
/** A template with this many sessions keeps its slot if sessions of another length come. */
const ESTABLISHED: u32 = 16;

/**
 * The template for the staged session, with a reference counted; a new or a wider one if that saves
 * memory. 0: store the session whole.
 */
export function chooseTemplate(at: u32): u32 {
  const length = args().dataLength;
  if (length < LEAST_LENGTH || length > MOST_LENGTH) return 0;
  const slot = slotAt(at, length);
  const known = load<u32>(slot);
  if (known === 0) return 0;
  let fitting = known;
  if (known & SAMPLE) {
    const sample = known & ~SAMPLE;
    if (sample === 0 || dataLength(sample) !== length) return 0;
    compareWith(dataAt(sample), 16, length);
    if (!isWorthIt(length)) {
      if (length > LARGE) store<u32>(slot, SAMPLE);
      return 0;
    }
    fitting = make(at, length, sharedId(sample, length));
  } else {
    if (template(known).length !== length) return 0;
    if (!fits(known)) {
      compareWith(blocksAt(known), BLOCK_BYTES, length);
      if (!isWorthIt(length)) return 0;
      fitting = make(at, length, hasIdAt(template(known).idAt) ? template(known).idAt : NO_ID);
    }
  }
  if (fitting === 0) return 0;
  if (fitting !== known) store<u32>(slot, fitting);
  template(fitting).references++;
  return fitting;
}

/** Releases an entry's reference to its template or scope, before the entry is freed. */
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
  forgetChecked(at);
  free(at);
  dropScope(owner);
}

/** Remembers a session that is stored whole: the next one is compared with it. */
export function offerSample(at: u32): void {
  const length = dataLength(at);
  if (length < LEAST_LENGTH || length > MOST_LENGTH) return;
  const slot = slotAt(entry(at).scope, length);
  const known = load<u32>(slot);
  if (known === SAMPLE && length > LARGE && entry(at).serial % TRIALS !== 0) return;
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

/** Whether the staged session has all the common bytes, and its id where the template has it. */
function fits(at: u32): bool {
  return hasCommon(at) && hasIdAt(template(at).idAt);
}

/** Whether enough bytes are common for a template, by the mask at MASK_AT, 0 from `length` on. */
function isWorthIt(length: u32): bool {
  let common: u32 = 0;
  for (let i: u32 = 0; i < length; i += 16) common += popcnt(i8x16.bitmask(v128.load(MASK_AT + i)));
  if (length > LARGE) return common >= length >>> LARGE_SHARE;
  return common >= max<u32>(LEAST_COMMON, length >>> LEAST_SHARE);
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

/**
 * A template of the bytes at DATA_AT under the mask at MASK_AT, without references; or 0, if there
 * is no memory, or the present templates have not yet saved what they cost.
 */
function make(owner: u32, length: u32, idAt: u32): u32 {
  if (idAt !== NO_ID) memory.fill(MASK_AT + idAt, 0, NAME_MAX);
  const blocks = blocksFor(length);
  const bytes = bytesOf(blocks);
  const h = header();
  if (h.held + <i64>bytes > <i64>h.bytes) return 0;
  const at = allocate(bytes);
  if (at === 0) return 0;
  memory.fill(at, 0, bytes);
  const t = template(at);
  t.version = scope(owner).version;
  t.scope = owner;
  t.length = length;
  t.idAt = idAt;
  t.blocks = blocks;
  for (let i: u32 = 0; i < blocks; i++) t.privateBytes += makeBlock(t, i);
  scope(owner).references++;
  return at;
}
