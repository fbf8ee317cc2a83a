// The order in which sessions leave: by expiry, and among equal expiries by placement. A radix
// tree of 32-way nodes, paths compressed, whose leaves hold one first-in-first-out list for each
// second that has sessions: no operation depends on the number of sessions. OpenSSL keeps one
// sorted list and walks it, 217–344 µs an add at 20,480 sessions of mixed timeouts.
//
//   node at level 0   child i: first entry of the sessions that expire at prefix × 32 + i
//   node at level n   child i: node for the keys whose digit n (5 bits) is i
//
// Two trees: keys that did not overflow, then those that did.
//
// O1  a node's keys all have its prefix; its bitmap tells its children; a node
//     above level 0 has two children or more
// O2  a list is linked both ways; its first entry's prev is the last entry, plus 1
// O3  an entry is in the list of its own key, and in no other
// O4  the lists hold header.count entries, less the one that header.unsorted names

import { allocate, free } from './arena';
import { entryKey, entryOverflows } from './expiry';
import { entry, header } from './layout';

const DIGIT: u32 = 5;
const DIGITS: u32 = 32;
const SPARE_GOAL: u32 = 2;
const SPARE_MAX: u32 = 8;
/** Marks the prev of a list's first entry. */
const FIRST: u32 = 1;

@unmanaged
export class Node {
  /** The keys without their last `level + 1` digits. */
  prefix!: u64;
  parent!: u32;
  level!: u32;
  bitmap!: u32;
  /** 1 in the tree of overflowed keys. */
  overflow!: u32;
  // 32 children follow
}

export const CHILDREN: u32 = 24;
const NODE_BYTES: u32 = CHILDREN + DIGITS * 4;

export function node(at: u32): Node {
  return changetype<Node>(<usize>at);
}

export function childAt(at: u32, digit: u32): usize {
  return <usize>at + CHILDREN + (digit << 2);
}

export function childOf(at: u32, digit: u32): u32 {
  return load<u32>(childAt(at, digit));
}

export function prefixOf(key: u64, level: u32): u64 {
  return level >= 12 ? 0 : key >>> (<u64>(DIGIT * (level + 1)));
}

function digitOf(key: u64, level: u32): u32 {
  return (<u32>(key >>> (<u64>(DIGIT * level)))) & (DIGITS - 1);
}

export function rootOf(overflow: bool): u32 {
  return overflow ? header().overflowRoot : header().root;
}

function setRoot(overflow: bool, at: u32): void {
  if (overflow) header().overflowRoot = at;
  else header().root = at;
}

/**
 * Makes sure that the next `sortIn` has the two nodes that it may need. Returns false if there is
 * no memory for them.
 */
export function reserveNodes(): bool {
  const h = header();
  while (h.spareCount < SPARE_GOAL) {
    const at = allocate(NODE_BYTES);
    if (at === 0) return false;
    keepSpare(at);
  }
  return true;
}

function keepSpare(at: u32): void {
  const h = header();
  store<u32>(at, h.spareNodes);
  h.spareNodes = at;
  h.spareCount++;
}

/** Puts an entry behind all those that expire no later. The caller has called `reserveNodes`. */
export function sortIn(at: u32): void {
  const list = listFor(entryKey(at), entryOverflows(at));
  const first = load<u32>(list);
  const e = entry(at);
  e.next = 0;
  if (first === 0) {
    store<u32>(list, at);
    e.prev = at | FIRST;
    return;
  }
  const last = entry(first).prev & ~FIRST;
  entry(last).next = at;
  e.prev = last;
  entry(first).prev = at | FIRST;
}

/** Takes an entry out of the order. Its times must be those that it was sorted in by. */
export function sortOut(at: u32): void {
  const e = entry(at);
  const next = e.next;
  if (!(e.prev & FIRST)) {
    entry(e.prev).next = next;
    if (next) entry(next).prev = e.prev;
    else entry(firstLike(at)).prev = e.prev | FIRST;
    return;
  }
  const key = entryKey(at);
  const leaf = leafOf(key, entryOverflows(at));
  const digit = digitOf(key, 0);
  store<u32>(childAt(leaf, digit), next);
  if (next) entry(next).prev = e.prev;
  else clearChild(leaf, digit);
}

/** The entry that leaves first, or 0. */
export function firstEntry(): u32 {
  const h = header();
  const root = h.root ? h.root : h.overflowRoot;
  return root ? firstBelow(root) : 0;
}

/** Whether every entry's key is before `key`, and none overflowed. */
export function allBefore(key: u64): bool {
  const h = header();
  let at = h.root;
  if (at === 0 || h.overflowRoot) return false;
  while (node(at).level) at = childOf(at, lastDigit(at));
  return ((node(at).prefix << DIGIT) | lastDigit(at)) < key;
}

function lastDigit(at: u32): u32 {
  return 31 - clz(node(at).bitmap);
}

/** The entry after `at` in the order, or 0. */
export function nextEntry(at: u32): u32 {
  const next = entry(at).next;
  if (next) return next;
  const key = entryKey(at);
  const overflow = entryOverflows(at);
  if (key !== u64.MAX_VALUE) return firstFrom(key + 1, overflow);
  return overflow ? 0 : firstFrom(0, true);
}

/** The first entry whose expiry is at or after `key`, or 0. */
export function firstFrom(key: u64, overflow: bool): u32 {
  const found = firstInTree(rootOf(overflow), key);
  if (found || overflow) return found;
  const root = header().overflowRoot;
  return root ? firstBelow(root) : 0;
}

function firstInTree(root: u32, key: u64): u32 {
  let at = root;
  let later: u32 = 0;
  while (at) {
    const level = node(at).level;
    const prefix = prefixOf(key, level);
    if (prefix < node(at).prefix) return firstBelow(at);
    if (prefix > node(at).prefix) break;
    const digit = digitOf(key, level);
    const bitmap = node(at).bitmap;
    if (level === 0) {
      const from = bitmap & (~0 << digit);
      if (from) return childOf(at, ctz(from));
      break;
    }
    const above = bitmap & (~1 << digit);
    if (above) later = childOf(at, ctz(above));
    at = bitmap & (1 << digit) ? childOf(at, digit) : 0;
  }
  return later ? firstBelow(later) : 0;
}

function firstBelow(at: u32): u32 {
  while (node(at).level) at = childOf(at, ctz(node(at).bitmap));
  return childOf(at, ctz(node(at).bitmap));
}

function firstLike(at: u32): u32 {
  const key = entryKey(at);
  return childOf(leafOf(key, entryOverflows(at)), digitOf(key, 0));
}

/** The leaf that holds `key`, which is in the tree. */
function leafOf(key: u64, overflow: bool): u32 {
  let at = rootOf(overflow);
  while (node(at).level) at = childOf(at, digitOf(key, node(at).level));
  return at;
}

/**
 * Address of the child for `key`; makes the leaf, and a branch above it, where they are missing.
 */
function listFor(key: u64, overflow: bool): usize {
  let parent: u32 = 0;
  let at = rootOf(overflow);
  while (at) {
    const level = node(at).level;
    const prefix = prefixOf(key, level);
    if (prefix !== node(at).prefix) {
      parent = makeBranch(at, parent, prefix ^ node(at).prefix, key);
      at = 0;
      break;
    }
    const digit = digitOf(key, level);
    if (level === 0) {
      node(at).bitmap |= 1 << digit;
      return childAt(at, digit);
    }
    parent = at;
    at = node(at).bitmap & (1 << digit) ? childOf(at, digit) : 0;
  }
  const leaf = makeNode(key, 0, parent, overflow);
  attach(leaf, parent, overflow);
  const digit = digitOf(key, 0);
  node(leaf).bitmap = 1 << digit;
  return childAt(leaf, digit);
}

/** A branch above `below`, at the highest digit in which `key` and its prefix differ. */
function makeBranch(below: u32, parent: u32, difference: u64, key: u64): u32 {
  const b = node(below);
  const level = b.level + 1 + (63 - <u32>clz(difference)) / DIGIT;
  const overflow = b.overflow !== 0;
  const branch = makeNode(key, level, parent, overflow);
  attach(branch, parent, overflow);
  attach(below, branch, overflow);
  return branch;
}

function makeNode(key: u64, level: u32, parent: u32, overflow: bool): u32 {
  const h = header();
  const at = h.spareNodes;
  assert(at !== 0, 'no spare node reserved');
  h.spareNodes = load<u32>(at);
  h.spareCount--;
  memory.fill(at, 0, NODE_BYTES);
  const n = node(at);
  n.prefix = prefixOf(key, level);
  n.level = level;
  n.parent = parent;
  n.overflow = overflow ? 1 : 0;
  return at;
}

/** Hangs a node below `parent`, or makes it the root. */
function attach(at: u32, parent: u32, overflow: bool): void {
  node(at).parent = parent;
  if (parent === 0) {
    setRoot(overflow, at);
    return;
  }
  const digit = digitBelow(at, parent);
  node(parent).bitmap |= 1 << digit;
  store<u32>(childAt(parent, digit), at);
}

/** The digit of `parent` that leads to its child `at`. */
function digitBelow(at: u32, parent: u32): u32 {
  const levels = node(parent).level - node(at).level - 1;
  return (<u32>(node(at).prefix >>> (<u64>(DIGIT * levels)))) & (DIGITS - 1);
}

/** Removes a child; removes nodes without children and shortens paths without branches. */
function clearChild(at: u32, digit: u32): void {
  const n = node(at);
  store<u32>(childAt(at, digit), 0);
  n.bitmap &= ~(1 << digit);
  const parent = n.parent;
  const overflow = n.overflow !== 0;
  if (n.bitmap === 0) {
    if (parent === 0) setRoot(overflow, 0);
    else clearChild(parent, digitBelow(at, parent));
    discard(at);
  } else if (n.level && popcnt(n.bitmap) === 1) {
    attach(childOf(at, ctz(n.bitmap)), parent, overflow);
    discard(at);
  }
}

function discard(at: u32): void {
  if (header().spareCount < SPARE_MAX) keepSpare(at);
  else free(at);
}
