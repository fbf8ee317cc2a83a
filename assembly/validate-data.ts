// Checks the invariants of template.ts and blocks.ts (P) and decode.ts (D), and counts the
// references of scopes.

import { sizeOfBlock } from './arena';
import {
  BLOCK_BYTES,
  blocksAt,
  blocksFor,
  COMMON,
  COMPRESS,
  EXPAND,
  NOTHING,
  PRIVATE_AT,
  PRIVATE_COUNT,
} from './blocks';
import {
  DATA_AT,
  DATA_MAX,
  dataAt,
  dataLength,
  entry,
  header,
  NAME_MAX,
  nameLength,
  NO_ID,
  PACKED,
  scope,
  scopeOf,
  slotAt,
  template,
  TEMPLATE_SLOTS,
} from './layout';
import { firstEntry, nextEntry } from './expiry-tree';
import { SAMPLE } from './template';

let templateBytes: u64 = 0;

/**
 * Counts, in `seen`, the sessions of each template, and the sessions and templates of each scope;
 * returns the size of all templates.
 */
export function countReferences(): u64 {
  templateBytes = 0;
  // A new entry that is not in the order yet counts, too.
  const last = header().unsorted;
  for (let at = firstEntry(); at; at = nextEntry(at)) forget(at);
  if (last) forget(last);
  for (let at = firstEntry(); at; at = nextEntry(at)) see(at);
  if (last) see(last);
  return templateBytes;
}

function forget(at: u32): void {
  scope(scopeOf(at)).seen = 0;
  if (entry(at).meta & PACKED) template(entry(at).scope).seen = 0;
}

function see(at: u32): void {
  if (entry(at).meta & PACKED) {
    const t = template(entry(at).scope);
    if (t.seen === 0) {
      scope(t.scope).seen++;
      templateBytes += sizeOfBlock(entry(at).scope);
    }
    t.seen++;
  } else {
    scope(entry(at).scope).seen++;
  }
}

/** A session that is stored by a template. */
export function checkPacked(at: u32): void {
  const form = entry(at).scope;
  const t = template(form);
  assert(t.references > 0 && t.references === t.seen, 'P1: template is miscounted');
  assert(t.version === scope(t.scope).version, 'P1: template of another version');
  assert(t.length === dataLength(at), 'P2: session of another length');
  assert(t.idAt === NO_ID || nameLength(at) === NAME_MAX, 'P2: a short id in the data');
  assert(t.blocks === blocksFor(t.length), 'P2: template of another length');
  let offset: u32 = 0;
  for (let i: u32 = 0; i < t.blocks; i++) offset += checkBlock(form, i, offset);
  assert(offset === t.privateBytes, 'P2: private bytes are miscounted');
}

/** Returns the number of the block's private bytes. */
function checkBlock(form: u32, index: u32, offset: u32): u32 {
  const t = template(form);
  const block = blocksAt(form) + index * BLOCK_BYTES;
  let count: u32 = 0;
  for (let i: u32 = 0; i < 16; i++) {
    const position = (index << 4) + i;
    const from = load<u8>(block + i, EXPAND);
    const isId = t.idAt !== NO_ID && position - t.idAt < NAME_MAX;
    if (from === COMMON) {
      assert(position < t.length && !isId, 'P3: a common byte in the id, or past the end');
      continue;
    }
    assert(load<u8>(block + i) === 0, 'P3: private byte in a template');
    if (from === NOTHING) {
      assert(position >= t.length || isId, 'P3: a byte is missing');
      continue;
    }
    assert(from === count && position < t.length && !isId, 'P3: not the next private byte');
    assert(load<u8>(block + count, COMPRESS) === i, 'P3: compress is not the inverse of expand');
    count++;
  }
  for (let i = count; i < 16; i++) {
    assert(load<u8>(block + i, COMPRESS) === NOTHING, 'P3: compress has a byte too many');
  }
  assert(load<u32>(block, PRIVATE_COUNT) === count, 'P2: private bytes of a block are miscounted');
  assert(load<u32>(block, PRIVATE_AT) === (count ? offset : 0), 'P2: private bytes are elsewhere');
  return count;
}

export function checkSlots(at: u32): void {
  for (let i: u32 = 0; i < TEMPLATE_SLOTS; i++) {
    const known = load<u32>(slotAt(at, i));
    if (known === 0) continue;
    if (known & SAMPLE) {
      const sample = known & ~SAMPLE;
      if (sample === 0) continue;
      assert(!(entry(sample).meta & PACKED) && entry(sample).scope === at, 'P4: sample elsewhere');
      assert((dataLength(sample) & (TEMPLATE_SLOTS - 1)) === i, 'P4: sample in a wrong slot');
    } else {
      assert(template(known).scope === at, 'P4: template of another scope');
      assert((template(known).length & (TEMPLATE_SLOTS - 1)) === i, 'P4: template in a wrong slot');
    }
  }
}

export function checkDecoded(): void {
  const h = header();
  const isWiped = isZero(DATA_AT + h.decodedLength, DATA_AT + DATA_MAX);
  assert(isWiped, 'D1: bytes of a session that is not decoded');
  const at = h.decoded;
  if (at === 0) {
    assert(h.decodedLength === 0, 'D2: bytes of no session');
    return;
  }
  assert(dataLength(at) === h.decodedLength, 'D2: bytes of another session');
  if (entry(at).meta & PACKED) return;
  for (let i: u32 = 0; i < h.decodedLength; i++) {
    assert(load<u8>(DATA_AT + i) === load<u8>(dataAt(at) + i), 'D2: other bytes');
  }
}

/** Whether all bytes of [from, to) are 0. */
export function isZero(from: usize, to: usize): bool {
  let at = from;
  for (; at + 16 <= to; at += 16) {
    if (v128.any_true(v128.load(at))) return false;
  }
  for (; at < to; at++) {
    if (load<u8>(at) !== 0) return false;
  }
  return true;
}
