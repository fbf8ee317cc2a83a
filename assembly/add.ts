// Adds sessions. Everything that may fail (index, order, scope, groups, block) is reserved before
// anything changes: a refused add has no effect.

import { allocate, blockBytes, free } from './arena';
import { pack } from './blocks';
import { copyExactly, copyName } from './bytes';
import { LEFT_REPLACED } from './counters';
import { isWide, setTimes, timeOf, timeoutOf } from './expiry';
import { hashName } from './hash';
import {
  dropEmptyGroups,
  dropScope,
  joinGroups,
  reserveGroups,
  internScope,
} from './shared-records';
import {
  args,
  DATA_AT,
  dataAt,
  entry,
  EXTENDED_MASTER_SECRET,
  header,
  ID_AT,
  nameAt,
  NAME_LENGTH_SHIFT,
  NAME_MAX,
  NOT_RESUMABLE,
  PACKED,
  TAGGED,
  template,
  WIDE,
} from './layout';
import { evict, release, remove } from './remove';
import { COUNT_NEWCOMER, hasQuirk, has, MOVE_ON_READD, UPDATE_TIME } from './mode';
import { firstEntry, nextEntry, sortIn, reserveNodes } from './expiry-tree';
import { retime } from './update';
import { noteStaged, wipeDecoded } from './decode';
import { countedBytes, payloadBytes } from './size';
import { reserve } from './directory';
import { find, insert } from './index-table';
import { dropTemplate, offerSample, chooseTemplate } from './template';

// Results of an add.
/**
 * Cached. In openssl-3.0 not yet in the order: call evictExcess until it returns 0, then finishAdd.
 */
export const ADDED: u32 = 1;
/** The identical session is cached already. */
export const SAME: u32 = 2;
/** With args.notify: args.entry was detached to make room. Copy it, release it, add again. */
export const VICTIM: u32 = 3;
/** The session alone exceeds maxBytes. */
export const TOO_LARGE: u32 = 4;
export const NO_MEMORY: u32 = 5;

/**
 * Adds the staged session. On ADDED, args.entry is the entry; args.replaced becomes the serial of
 * the session it replaced, if there was one. On VICTIM its data is still staged.
 */
export function addStaged(): u32 {
  noteStaged();
  const status = enter();
  if (status === ADDED) header().decoded = args().entry;
  else if (status !== VICTIM) wipeDecoded();
  return status;
}

function enter(): u32 {
  const a = args();
  a.replaced = 0; // once it is set, nothing is left that could be a victim
  const hash = hashName(ID_AT, a.idLength, a.version);
  let twin = find(hash, ID_AT, a.idLength, a.version);
  if (twin && entry(twin).serial === a.serial) return readd(twin);
  const time = has(UPDATE_TIME) ? header().now : a.time;
  const wide = isWide(time, a.timeout, a.authTime);
  const size = blockBytes(payloadBytes(a.idLength + a.dataLength, wide, a.tagCount));
  if (<u64>size > header().maxBytes) return TOO_LARGE;
  while (true) {
    if (hasRoom(twin, size)) {
      const at = prepare(wide, hash);
      if (at) {
        // The new entry joins its groups first, so that none is freed with the one it replaces.
        fill(at, time);
        if (twin) replace(twin);
        admit(at, hash);
        return ADDED;
      }
    }
    const victim = nextVictim(twin);
    if (victim === 0) {
      if (twin === 0) return NO_MEMORY;
      // Only the session to be replaced is left: its memory is still in use.
      replace(twin);
      twin = 0;
      continue;
    }
    evict(victim);
    if (a.notify) {
      a.entry = victim;
      return VICTIM;
    }
    release(victim);
  }
}

/** openssl-3.0: ends an add whose evictions are done. */
export function finishAdd(): void {
  const h = header();
  const at = h.unsorted;
  if (at === 0) return;
  h.unsorted = 0;
  sortIn(at);
}

function readd(at: u32): u32 {
  args().entry = at;
  if (hasQuirk(MOVE_ON_READD)) {
    const to = retime(at, has(UPDATE_TIME) ? header().now : timeOf(at), timeoutOf(at));
    if (to) args().entry = to;
  }
  return SAME;
}

/** Whether `size` more bytes and one more session are within the limits once the twin has left. */
function hasRoom(twin: u32, size: u32): bool {
  const h = header();
  const left = twin ? countedBytes(twin) : 0;
  if (max<i64>(<i64>h.bytes - left, h.held) + <i64>size > <i64>h.maxBytes) return false;
  if (hasQuirk(COUNT_NEWCOMER) || h.capacity === 0) return true;
  return <u64>h.count + (twin ? 0 : 1) <= h.capacity;
}

function replace(twin: u32): void {
  args().replaced = entry(twin).serial;
  remove(twin, LEFT_REPLACED);
}

/** The next session to evict, other than the one to be replaced. */
function nextVictim(twin: u32): u32 {
  const at = firstEntry();
  return at && at === twin ? nextEntry(at) : at;
}

/**
 * Reserves everything that the staged session needs. Returns its block, with template or scope and
 * flags set; or 0, with nothing changed.
 */
function prepare(wide: bool, hash: u64): u32 {
  if (!reserveNodes()) return 0;
  const a = args();
  const scope = internScope(a.version);
  if (scope === 0) return 0;
  if (!reserveGroups()) {
    dropScope(scope);
    return 0;
  }
  const form = chooseTemplate(scope);
  const stored = form ? template(form).privateBytes : a.dataLength;
  const at = allocate(payloadBytes(a.idLength + stored, wide, a.tagCount));
  if (form) dropScope(scope); // the template holds it
  if (at && reserve(hash)) {
    entry(at).scope = form ? form : scope;
    entry(at).meta =
      a.dataLength |
      (a.idLength << NAME_LENGTH_SHIFT) |
      (a.flags & (NOT_RESUMABLE | EXTENDED_MASTER_SECRET)) |
      (wide ? WIDE : 0) |
      (a.tagCount ? TAGGED : 0) |
      (form ? PACKED : 0);
    return at;
  }
  if (at) free(at);
  dropEmptyGroups();
  if (form) dropTemplate(form);
  else dropScope(scope);
  return 0;
}

function fill(at: u32, time: i64): void {
  const a = args();
  const e = entry(at);
  e.serial = a.serial;
  if (a.idLength === NAME_MAX) copyName(nameAt(at), ID_AT);
  else copyExactly(nameAt(at), ID_AT, a.idLength);
  if (e.meta & PACKED) {
    pack(e.scope, dataAt(at));
  } else {
    copyExactly(dataAt(at), DATA_AT, a.dataLength);
    offerSample(at);
  }
  setTimes(at, time, a.timeout, min<i64>(a.authTime, time));
  if (a.tagCount) joinGroups(at);
}

function admit(at: u32, hash: u64): void {
  const h = header();
  insert(hash, at);
  h.count++;
  h.bytes += countedBytes(at);
  if (hasQuirk(COUNT_NEWCOMER)) h.unsorted = at;
  else sortIn(at);
  args().entry = at;
}
