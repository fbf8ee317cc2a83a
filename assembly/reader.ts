// Lookups without the lock, for the core that threads share: a sequence lock (the Linux kernel's
// seqlock). A writer makes the sequence odd before its first change and even after its last. A
// reader copies the session that it finds into an area that no other thread uses, and then checks
// that the sequence is still the even number that it began with; otherwise it discards the copy.
//
// S1  while an operation has changed only some of index, entries, scopes, templates, groups, mode
//     and lifetimes, threads without the lock see an odd sequence
// S2  a reader writes to its area and nowhere else
// S3  a reader ends, whatever it reads: the bound of each loop and of each write is a constant, not
//     a number from memory. An address that it reads may be any number: a load beyond the memory
//     traps, which the bindings treat as READ_CHANGED
// S4  the result of a reader was true at one moment between its two loads of the sequence
//
// Why S4 holds. Loads and stores here are plain: if a load races with a writer, each of its bytes
// comes from some store to that byte, in Wasm and on all processors that it runs on. A reader may
// thus see parts of two sessions as one entry; what has to be shown is that it always notices.
//
//   writer   (lock)  W1: sequence = odd;  F1: fence;  stores …;  W2: sequence = even;  (unlock)
//   reader           R1: sequence is even;  loads …;  F2: fence;  R2: sequence is the same
//
// If a load sees one of the stores, then F1 comes before F2, as with the fences of C++, which
// atomic.fence is modelled on. W1 is before F1, and R2 after F2, so R2 sees W1 or a later value.
// All of these are greater than the number that R1 has read: the reader notices. If R1 sees W2, it
// sees all stores before W2, which is a release while R1 is an acquire. Loads between two equal
// even numbers therefore see exactly the state after that W2. x86 keeps the order of loads and the
// order of stores anyway; on ARM, F1 and F2 are `dmb ish`, without which stores could move before
// W1, and loads behind R2. Engines and Binaryen never move a memory access across a fence, and
// never merge a load with one of an earlier call: hence one attempt for each call.
//
// The sequence has 64 bits: at a million operations a second it repeats after 290,000 years.
//
// A reader answers only plain hits and misses. If a check fails, or the lookup would change the
// session, it returns READ_LOCKED, and the lookup is repeated with the lock.

import { copyExactly, copyName, sameName, wipe } from './bytes';
import { blocksAt, blocksFor, BLOCK_BYTES, unpackBlock } from './blocks';
import { ABSENT, AGE, bucketOf, HITS, MISS, MISSES } from './counters';
import { AHEAD_MAX, isExpired } from './expiry';
import { hashWords } from './hash';
import { ADDRESSES, chunkAt, chunkOf, CHUNKS, endsAt, NAME_FIELD, slotsOf, WHOLE_ID } from './index-table'; // prettier-ignore
import { segmentOf } from './directory';
import { fence } from './env';
import {
  DATA_LENGTH_MASK,
  DATA_MAX,
  entry,
  EXTENDED_MASTER_SECRET,
  header,
  IS_SHARED,
  membership,
  MEMBERSHIP_BYTES,
  nameAt,
  nameLength,
  NAME_MAX,
  NO_ID,
  NOT_RESUMABLE,
  PACKED,
  scope,
  TAGGED,
  TAGS_MAX,
  template,
  WIDE,
} from './layout';
import {
  EXTMS_KNOWN,
  EXTMS_OFFERED,
  HAS_EXTERNAL,
  NO_INTERNAL_LOOKUP,
  SERVER,
  UPDATE_TIME,
  VERIFY_PEER,
} from './mode';
import { MOST_LENGTH } from './template';
import {
  Area,
  AREA_COUNTERS,
  AREA_CONTEXT,
  AREA_DATA,
  AREA_TAG_LENGTHS,
  AREA_TAGS,
  READ_ABSENT,
  READ_CHANGED,
  READ_HIT,
  READ_LOCKED,
  SEQUENCE_AT,
} from './area';

/** Loads of an odd sequence before a reader takes the lock: an operation takes about 1 µs. */
const SPINS: u32 = 256;

/** The caller holds the lock and is about to change something. */
export function beginWrite(): void {
  // A thread that ended during an operation leaves an odd number, which stays until all is wiped.
  atomic.store<u64>(SEQUENCE_AT, atomic.load<u64>(SEQUENCE_AT) | 1);
  fence();
}

export function endWrite(): void {
  atomic.store<u64>(SEQUENCE_AT, atomic.load<u64>(SEQUENCE_AT) + 1);
}

/**
 * Looks up an id of 32 bytes for a connection with the context in `area`, at the time `now`. On
 * READ_HIT the session is in `area`; the caller wipes it after copying it.
 */
export function read(
  area: u32,
  w0: u32,
  w1: u32,
  w2: u32,
  w3: u32,
  w4: u32,
  w5: u32,
  w6: u32,
  w7: u32,
  version: u32,
  connection: u32,
  now: f64,
): u32 {
  let sequence = atomic.load<u64>(SEQUENCE_AT);
  for (let i: u32 = 0; sequence & 1; i++) {
    if (i === SPINS) return READ_LOCKED;
    sequence = atomic.load<u64>(SEQUENCE_AT);
  }
  const time = <i64>now;
  const hash = hashWords(w0, w1, w2, w3, w4, w5, w6, w7, version);
  const at = findId(hash, pair(w0, w1), pair(w2, w3), pair(w4, w5), pair(w6, w7), version);
  const result = at === 0 ? missed(connection) : take(at, area, version, connection, time);
  fence();
  if (atomic.load<u64>(SEQUENCE_AT) !== sequence) {
    wipeArea(area);
    return READ_CHANGED;
  }
  if (result === READ_HIT || result === READ_ABSENT) tally(area, result, time, 1);
  else wipeArea(area);
  return result;
}

/**
 * Undoes the last `read`: its counts and the session in the area. Nothing may have been read since.
 */
export function unread(area: u32, result: u32, now: f64): void {
  tally(area, result, <i64>now, -1);
  wipeArea(area);
}

function tally(area: u32, result: u32, now: i64, by: i64): void {
  if (result === READ_HIT) {
    countIn(area, HITS, by);
    countIn(area, AGE + bucketOf(now - <i64>changetype<Area>(<usize>area).authTime), by);
  } else {
    countIn(area, MISSES, by);
    countIn(area, MISS + ABSENT, by);
  }
}

/** Wipes the session in an area, if there is one. */
export function wipeArea(area: u32): void {
  const a = changetype<Area>(<usize>area);
  if (a.copied) wipe(area + AREA_DATA, a.copied);
  if (a.tagCount) wipe(area + AREA_TAGS, AREA_COUNTERS - AREA_TAGS);
  a.copied = 0;
  a.tagCount = 0;
}

function servesPlainly(): bool {
  return (header().mode & (SERVER | NO_INTERNAL_LOOKUP | UPDATE_TIME)) === SERVER;
}

function missed(connection: u32): u32 {
  return servesPlainly() && !(connection & HAS_EXTERNAL) ? READ_ABSENT : READ_LOCKED;
}

/** The entry of an id, or 0. */
function findId(hash: u64, id0: u64, id1: u64, id2: u64, id3: u64, version: u32): u32 {
  const segment = segmentOf(hash);
  for (let step: u32 = 0; step < CHUNKS; step++) {
    const chunk = chunkAt(segment, chunkOf(hash, step));
    for (let slots = slotsOf(chunk, hash); slots; slots &= slots - 1) {
      const at = load<u32>(chunk + (ctz(slots) << 2), ADDRESSES);
      if ((entry(at).meta & (IS_SHARED | NAME_FIELD)) !== WHOLE_ID) continue;
      const name = nameAt(at);
      const different =
        (load<u64>(name) ^ id0) |
        (load<u64>(name, 8) ^ id1) |
        (load<u64>(name, 16) ^ id2) |
        (load<u64>(name, 24) ^ id3);
      if (different === 0 && scope(entry(at).scope).version === version) return at;
    }
    if (endsAt(chunk)) return 0;
  }
  return 0;
}

/** Tests a session, and copies it into the area. */
function take(at: u32, area: u32, version: u32, connection: u32, now: i64): u32 {
  const a = changetype<Area>(<usize>area);
  const e = entry(at);
  const meta = e.meta;
  const named = e.scope;
  const length = meta & DATA_LENGTH_MASK;
  if (!servesPlainly() || meta & (NOT_RESUMABLE | WIDE) || length > DATA_MAX) return READ_LOCKED;
  const owner = meta & PACKED ? template(named).scope : named;
  if (nameLength(owner) !== a.contextLength) return READ_LOCKED;
  if (!sameContext(nameAt(owner), area + AREA_CONTEXT, a.contextLength)) return READ_LOCKED;
  if (connection & VERIFY_PEER && a.contextLength === 0) return READ_LOCKED;
  if (connection & EXTMS_KNOWN) {
    const hasExtms = (meta & EXTENDED_MASTER_SECRET) !== 0;
    if (hasExtms !== ((connection & EXTMS_OFFERED) !== 0)) return READ_LOCKED;
  }
  a.meta = meta;
  a.serial = e.serial;
  a.time = e.time;
  a.timeout = e.timeout;
  a.authTime = e.authTime;
  const time = <i64>a.time;
  if (time > now + AHEAD_MAX) return READ_LOCKED;
  if (isExpired(version, time, <i64>a.timeout, <i64>a.authTime, now)) return READ_LOCKED;

  const from = nameAt(at) + NAME_MAX;
  let stored = length;
  a.copied = length;
  if (meta & PACKED) {
    if (!unpackTo(area, at, named, from, length)) return READ_LOCKED;
    stored = template(named).privateBytes;
  } else {
    copyExactly(area + AREA_DATA, from, length);
  }
  if (meta & TAGGED) takeTags(area, (from + stored + 3) & ~3);
  return READ_HIT;
}

function sameContext(one: usize, other: usize, length: u32): bool {
  if (length === NAME_MAX) return sameName(one, other);
  for (let i: u32 = 0; i < length && i < NAME_MAX; i++) {
    if (load<u8>(one + i) !== load<u8>(other + i)) return false;
  }
  return true;
}

/**
 * Returns false if the template is not one for sessions of this length, since it is being changed.
 */
function unpackTo(area: u32, at: u32, named: u32, from: usize, length: u32): bool {
  const blocks = blocksFor(length);
  const idAt = template(named).idAt;
  if (length > MOST_LENGTH || template(named).length !== length) return false;
  if (idAt !== NO_ID && (length < NAME_MAX || idAt > length - NAME_MAX)) return false;
  changetype<Area>(<usize>area).copied = blocks << 4;
  const to = area + AREA_DATA;
  const first = blocksAt(named);
  for (let i: u32 = 0; i < blocks; i++) unpackBlock(first + i * BLOCK_BYTES, from, to + (i << 4));
  if (idAt !== NO_ID) copyName(to + idAt, nameAt(at));
  return true;
}

function takeTags(area: u32, list: usize): void {
  const count = min<u32>(load<u32>(list), TAGS_MAX);
  changetype<Area>(<usize>area).tagCount = count;
  for (let i: u32 = 0; i < count; i++) {
    const group = membership(<u32>list + 4 + i * MEMBERSHIP_BYTES).group;
    copyExactly(area + AREA_TAGS + (i << 5), nameAt(group), min<u32>(nameLength(group), NAME_MAX));
    store<u8>(area + AREA_TAG_LENGTHS + i, <u8>nameLength(group));
  }
}

function countIn(area: u32, counter: u32, by: i64): void {
  const at = area + AREA_COUNTERS + (counter << 3);
  store<i64>(at, load<i64>(at) + by);
}

function pair(low: u32, high: u32): u64 {
  return (<u64>low) | ((<u64>high) << 32);
}
