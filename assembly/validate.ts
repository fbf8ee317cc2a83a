// Checks the numbered invariants of arena.ts (A), index-table.ts (T), expiry-tree.ts (O) and
// shared-records.ts (L) and, with validate-data.ts, those of template.ts (P) and decode.ts (D).
// Aborts at the first that does not hold and names it. Linear in the size of the cache.

import { bitmapAt, freeBlock, headAt, listOf, sizeOfBlock } from './arena';
import { entryKey, entryOverflows, isWide } from './expiry';
import {
  ADVANCE,
  DATA_MAX,
  dataLength,
  entry,
  group,
  header,
  IS_SHARED,
  kindOf,
  membership,
  MEMBERSHIP_BYTES,
  membershipsAt,
  nameAt,
  nameLength,
  PACKED,
  PAGE_BYTES,
  scope,
  scopeOf,
  TAGGED,
  tailAt,
  WIDE,
  wide,
} from './layout';
import { childOf, firstEntry, nextEntry, node, rootOf } from './expiry-tree';
import { directoryAt } from './directory';
import { hasContext } from './shared-records';
import { countedBytes } from './size';
import { checkPacked, checkDecoded, checkSlots, countReferences, isZero } from './validate-data';
import {
  chunkAt,
  chunkOf,
  CHUNKS,
  find,
  hashOf,
  localDepthOf,
  overflowOf,
  recordIn,
  recordsOf,
  segmentBits,
  SLOTS,
} from './index-table';

/** For each chunk of a segment, the number of records whose search passes it: u16. */
const PASSED_AT: usize = memory.data(128);

let sessions: u32 = 0;
let records: u32 = 0;
let sessionBytes: u64 = 0;
let usedBytes: u64 = 0;
let sawLast: bool = false;
let sawChecked: u32 = 0;

export function validate(): void {
  sessions = records = 0;
  sessionBytes = 0;
  sawLast = false;
  sawChecked = 0;
  usedBytes = countReferences();
  checkTable();
  checkRemembered();
  checkDecoded();
  const h = header();
  assert(records === h.records, 'T4: records are miscounted');
  assert(sessions === h.count, 'T4: sessions are miscounted');
  assert(sessionBytes === h.bytes, 'A7: bytes of sessions are miscounted');
  let sorted = checkNode(rootOf(false), 0, false) + checkNode(rootOf(true), 0, true);
  if (h.unsorted) sorted++;
  assert(sorted === h.count, 'O4: lists do not hold every session');
  checkOrder(h.unsorted ? sorted - 1 : sorted);
  checkFreeLists();
  for (let at = h.spareNodes; at; at = load<u32>(at)) usedBytes += sizeOfBlock(at);
  assert(<i64>usedBytes - ADVANCE === h.held, 'A8: used blocks are miscounted');
}

function checkTable(): void {
  const depth = header().depth;
  for (let i: u32 = 0; i < (<u32>1) << depth; i++) {
    const segment = load<u32>(directoryAt(i));
    const local = localDepthOf(segment);
    assert(local <= depth, 'T1: segment deeper than the directory');
    const first = i & ((1 << local) - 1);
    assert(load<u32>(directoryAt(first)) === segment, 'T1: directory entries disagree');
    if (i === first) checkSegment(segment, i, local);
  }
}

/** header.lastScope and header.checkedScope, which must be among the records. */
function checkRemembered(): void {
  const h = header();
  assert(h.lastScope === 0 || sawLast, 'L3: the scope that was taken last is gone');
  if (h.checkedScope === 0) return;
  assert(sawChecked !== 0, 'L4: the scope or template that passed is gone');
  assert(hasContext(sawChecked), 'L4: what passed has another context');
}

/** Notes that a scope, or the scope of a session, is one of these two. */
function remember(at: u32, named: u32): void {
  if (at === header().lastScope) sawLast = true;
  if (named === header().checkedScope) sawChecked = at;
}

function checkSegment(segment: u32, index: u32, local: u32): void {
  let found: u32 = 0;
  memory.fill(PASSED_AT, 0, CHUNKS << 1);
  for (let c: u32 = 0; c < CHUNKS; c++) {
    const chunk = chunkAt(segment, c);
    for (let s: u32 = 0; s < SLOTS; s++) {
      const at = recordIn(chunk, s);
      if (at === 0) continue;
      found++;
      const hash = hashOf(at);
      assert((segmentBits(hash) & ((1 << local) - 1)) === index, 'T1: name in a wrong segment');
      assert(findSelf(at, hash) === at, 'T2: record is not found by its name');
      countPassed(hash, c);
      checkRecord(at);
      usedBytes += sizeOfBlock(at);
    }
  }
  for (let c: u32 = 0; c < CHUNKS; c++) {
    const overflow = overflowOf(chunkAt(segment, c)); // 255: at least so many
    assert(
      overflow === 255 || overflow === load<u16>(PASSED_AT + (c << 1)),
      'T3: overflow is miscounted',
    );
  }
  assert(found === recordsOf(segment), 'T4: segment is miscounted');
  records += found;
}

function findSelf(at: u32, hash: u64): u32 {
  // A short name is compared by its own length only: its padding does not matter here.
  return find(hash, nameAt(at), nameLength(at), kindOf(at));
}

/** Counts a record that lives in `chunk` for each chunk that a search for it passes. */
function countPassed(hash: u64, chunk: u32): void {
  for (let i: u32 = 0; i < CHUNKS; i++) {
    const c = chunkOf(hash, i);
    if (c === chunk) return;
    const at = PASSED_AT + (c << 1);
    store<u16>(at, load<u16>(at) + 1);
  }
  assert(false, 'T2: record is in no chunk where it is looked for');
}

function checkRecord(at: u32): void {
  const meta = entry(at).meta;
  const size = sizeOfBlock(at);
  assert(nameLength(at) <= 32, 'L0: name too long');
  if (meta & IS_SHARED) {
    if (scope(at).kind >>> 24 === 1) {
      remember(at, at);
      assert(scope(at).references > 0, 'L1: scope without sessions');
      assert(scope(at).references === scope(at).seen, 'L1: scope is miscounted');
      assert((scope(at).kind & 0xffffff) === scope(at).version, 'L1: scope of another version');
      checkSlots(at);
    } else {
      checkGroup(at);
    }
    return;
  }
  sessions++;
  sessionBytes += countedBytes(at);
  assert(dataLength(at) <= DATA_MAX, 'L0: data too long');
  assert(scope(scopeOf(at)).kind >>> 24 === 1, 'L1: entry without a scope');
  remember(scopeOf(at), entry(at).scope);
  if (meta & PACKED) checkPacked(at);
  let end = tailAt(at);
  if (meta & WIDE) {
    end += 24;
    const w = wide(at);
    assert(w.timeout >= 0 || isWide(w.time, w.timeout, w.authTime), 'O5: wide times that fit');
  }
  if (meta & TAGGED) {
    const list = membershipsAt(at);
    const count = load<u32>(list);
    assert(count > 0 && count <= 8, 'L2: wrong number of memberships');
    for (let i: u32 = 0; i < count; i++) {
      const m = membership(<u32>list + 4 + i * MEMBERSHIP_BYTES);
      assert(m.entry === at, 'L2: membership names another entry');
    }
    end = list + 4 + count * MEMBERSHIP_BYTES;
  }
  // Without Wide and memberships the last bytes need no padding.
  assert(end - at - 3 <= size, 'A1: entry does not fit its block');
}

function checkGroup(at: u32): void {
  let found: u32 = 0;
  let previous: u32 = 0;
  for (let m = group(at).head; m; m = membership(m).next) {
    assert(membership(m).prev === previous, 'L2: prev is not the inverse of next');
    assert(membership(m).group === at, 'L2: membership of another group');
    previous = m;
    found++;
  }
  assert(found > 0 && found === group(at).count, 'L1: group is miscounted');
}

/** Entries below a node. */
function checkNode(at: u32, parent: u32, overflow: bool): u32 {
  if (at === 0) return 0;
  usedBytes += sizeOfBlock(at);
  const n = node(at);
  assert(n.parent === parent, 'O1: wrong parent');
  assert((n.overflow !== 0) === overflow, 'O1: node in the wrong tree');
  assert(n.bitmap !== 0, 'O1: node without children');
  assert(n.level === 0 || popcnt(n.bitmap) > 1, 'O1: branch with one child');
  let total: u32 = 0;
  for (let digit: u32 = 0; digit < 32; digit++) {
    const child = childOf(at, digit);
    assert((child !== 0) === ((n.bitmap >>> digit) & 1) > 0, 'O1: bitmap is wrong');
    if (child === 0) continue;
    if (n.level) {
      assert(prefixAbove(child, n.level) === n.prefix, 'O1: child outside the prefix');
      total += checkNode(child, at, overflow);
    } else {
      total += checkList(child, (n.prefix << 5) | (<u64>digit), overflow);
    }
  }
  return total;
}

/** The prefix that the parent of node `at`, at `level`, must have. */
function prefixAbove(at: u32, level: u32): u64 {
  const shift = 5 * (level - node(at).level);
  return level >= 12 ? 0 : node(at).prefix >>> (<u64>shift);
}

function checkList(first: u32, key: u64, overflow: bool): u32 {
  let found: u32 = 0;
  let last: u32 = 0;
  for (let at = first; at; at = entry(at).next) {
    if (last) assert(entry(at).prev === last, 'O2: prev is not the inverse of next');
    assert(entryKey(at) === key, 'O3: entry in the list of another expiry');
    assert(entryOverflows(at) === overflow, 'O3: entry in the wrong tree');
    last = at;
    found++;
  }
  assert(entry(first).prev === (last | 1), 'O2: first does not know the last');
  return found;
}

function checkOrder(count: u32): void {
  let found: u32 = 0;
  let previous: u32 = 0;
  for (let at = firstEntry(); at; at = nextEntry(at)) {
    if (previous && entryOverflows(previous) === entryOverflows(at)) {
      assert(entryKey(previous) <= entryKey(at), 'O3: out of order');
    }
    previous = at;
    found++;
    assert(found <= count, 'O4: the order has a cycle');
  }
  assert(found === count, 'O4: the order misses sessions');
}

function checkFreeLists(): void {
  const h = header();
  for (let list: u32 = 0; list < 27 * 32; list++) {
    const level = list >>> 5;
    const isSet = ((load<u32>(bitmapAt(level)) >>> (list & 31)) & 1) > 0;
    let block = load<u32>(headAt(list));
    assert((block !== 0) === isSet, 'A5: bitmap is wrong');
    if (isSet) assert(((h.firstLevels >>> level) & 1) > 0, 'A5: first level is wrong');
    let previous: u32 = 0;
    for (; block; block = freeBlock(block).next) {
      const head = load<u32>(block);
      const size = head & ~3;
      assert((head & 3) === 1, 'A2: free block beside a free one, or not free');
      assert(listOf(size) === list, 'A4: free block on a wrong list');
      assert(freeBlock(block).previous === previous, 'A4: free list is not linked both ways');
      assert(load<u32>(block + size - 4) === block, 'A3: free block does not end in its address');
      const after = load<u32>(block + size);
      assert((after & 3) === 2, 'A3: next block does not know of the free one');
      assert(isZero(block + 12, block + size - 4), 'A6: free block is not wiped');
      previous = block;
    }
  }
  assert(h.arenaEnd === 0 || h.arenaEnd < h.pages * <u32>PAGE_BYTES, 'A1: arena beyond memory');
}
