// The core's ABI: every export, and nothing else. Arguments and results are numbers; names, 64-bit
// numbers and further results go through Args (layout.ts). The bindings check arguments; the core
// trusts them. Times are whole seconds; the present is header.now.

import { addStaged as addWhole, finishAdd as finishStaged } from './add';
import { count as countUp } from './counters';
import { FIRST_DEPTH_MAX, initTable } from './directory';
import { seedHash } from './hash';
import {
  ADVANCE,
  args,
  ARGS_AT,
  COUNTERS_AT,
  DATA_LENGTH_MASK,
  DATA_MAX,
  FIRST_PAGE,
  header,
  Header,
  HEADER_AT,
  MASK_AT,
  NAME_LENGTH_SHIFT,
  PAGE_BYTES,
} from './layout';
import {
  detach as detachEntry,
  evictExcess as evictNext,
  flush as flushStaged,
  release as releaseEntry,
  revoke as revokeGroup,
} from './remove';
import { findEntry } from './lookup';
import { firstEntry, firstFrom, nextEntry } from './expiry-tree';
import { entryKey, entryOverflows } from './expiry';
import { rescope as rescopeEntry, retime as retimeEntry } from './update';
import { decode as decodeEntry } from './decode';
import { MOST_LENGTH } from './template';

export { checkEntry, checkForeign, lookup } from './lookup';

/**
 * Makes an empty cache of at most `maxPages` pages of memory; `quirks` are profile bits. Staged:
 * the seed in id0 and id1, the absolute lifetimes in time (TLS ≤ 1.2) and timeout (TLS 1.3).
 * Returns false if memory is short.
 */
export function init(quirks: u32, maxPages: u32): bool {
  const a = args();
  const h = header();
  assert(__heap_base <= ARGS_AT, 'the static data of this build reaches Args');
  // Constants that depend on each other: the build fails here if they do not fit.
  if (DATA_MAX > DATA_LENGTH_MASK) ERROR('DATA_MAX does not fit the word meta of a record');
  if (DATA_LENGTH_MASK >>> NAME_LENGTH_SHIFT)
    ERROR('DATA_LENGTH_MASK reaches the length of the id');
  if (MASK_AT + MOST_LENGTH + 32 > <usize>FIRST_PAGE * PAGE_BYTES) {
    ERROR('the mask, of MOST_LENGTH bytes, reaches the first page');
  }
  if (offsetof<Header>() > COUNTERS_AT - HEADER_AT) ERROR('the header reaches the counters');
  h.maxPages = maxPages;
  h.pages = FIRST_PAGE;
  h.held = -ADVANCE;
  h.quirks = quirks;
  h.maxLifetime12 = a.time;
  h.maxLifetime13 = a.timeout;
  seedHash(a.id0, a.id1);
  return initTable(FIRST_DEPTH_MAX);
}

export function setMode(mode: u32): void {
  header().mode = mode;
}

export function setCapacity(capacity: f64): void {
  header().capacity = <u64>capacity;
}

export function setMaxBytes(bytes: f64): void {
  header().maxBytes = <u64>bytes;
}

/** Default timeout: the staged one. */
export function setTimeout(): void {
  header().timeout = args().timeout;
}

export function find(version: u32, idLength: u32): u32 {
  return findEntry(version, idLength);
}

export function count(counter: u32): void {
  countUp(counter);
}

/**
 * Adds the staged session. Neither this nor removeStaged has parameters: after 1,000 calls V8
 * compiles a wrapper for each function, in Node 20 and 22 anew for each cache. With the eleven
 * numbers of a session as parameters that took 0.8 ms, now 0.1.
 */
export function addStaged(): u32 {
  return addWhole();
}

export function evictExcess(anew: bool): u32 {
  return evictNext(anew);
}

export function finishAdd(): void {
  finishStaged();
}

export function detach(at: u32, cause: u32): void {
  detachEntry(at, cause);
}

export function release(at: u32): void {
  releaseEntry(at);
}

/**
 * Removes the entry of the staged id and version; with args.notify it only detaches it. Returns
 * where it is or was, or 0 if there is none.
 */
export function removeStaged(): u32 {
  const a = args();
  const at = findEntry(a.version, a.idLength);
  if (at) {
    detachEntry(at, a.cause);
    if (!a.notify) releaseEntry(at);
  }
  return at;
}

export function flush(cause: u32, budget: u32): u32 {
  return flushStaged(cause, budget);
}

export function revoke(length: u32, budget: u32): u32 {
  return revokeGroup(length, budget);
}

/** Sets the staged time and timeout of a cached session; returns where it is now, or 0. */
export function retime(at: u32): u32 {
  return retimeEntry(at, args().time, args().timeout);
}

export function rescope(at: u32): bool {
  return rescopeEntry(at);
}

/** Puts the bytes of an entry, detached or not, at DATA_AT. */
export function decode(at: u32): void {
  decodeEntry(at);
}

export function first(): u32 {
  return firstEntry();
}

export function next(at: u32): u32 {
  return nextEntry(at);
}

/** Puts the place of `at` in the order into args.time (its key) and args.timeout (0, or 1). */
export function cursorOf(at: u32): void {
  args().time = <i64>entryKey(at);
  args().timeout = entryOverflows(at) ? 1 : 0;
}

/** The first entry that is placed at or after the staged place, or 0. */
export function firstAtCursor(): u32 {
  return firstFrom(<u64>args().time, args().timeout !== 0);
}
