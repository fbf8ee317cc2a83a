// Checks the invariants of template.ts (P) and show.ts (D), and counts the references of scopes.

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
import { firstEntry, nextEntry } from './order';
import { COMMON, commonAt, ID, maskAt, OWN, runsAt, SAMPLE } from './template';

/** Counts, in `seen`, the sessions of each template, and the sessions and templates of each scope. */
export function countReferences(): void {
  // A newcomer without a place counts too.
  const last = header().unplaced;
  for (let at = firstEntry(); at; at = nextEntry(at)) forget(at);
  if (last) forget(last);
  for (let at = firstEntry(); at; at = nextEntry(at)) see(at);
  if (last) see(last);
}

function forget(at: u32): void {
  scope(scopeOf(at)).seen = 0;
  if (entry(at).meta & PACKED) template(entry(at).scope).seen = 0;
}

function see(at: u32): void {
  if (entry(at).meta & PACKED) {
    const t = template(entry(at).scope);
    if (t.seen === 0) scope(t.scope).seen++;
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
  let length: u32 = 0;
  let own: u32 = 0;
  for (let i: u32 = 0; i < t.runs; i++) {
    const run = load<u32>(runsAt(form) + (i << 2));
    const kind = run & 3;
    const size = run >>> 2;
    assert(size > 0 && kind <= ID, 'P2: not a run');
    if (kind === ID) assert(length === t.idAt && size === NAME_MAX, 'P2: id in a wrong place');
    for (let p = length; p < length + size; p++) {
      const mask = load<u8>(maskAt(form) + p);
      assert(mask === (kind === COMMON ? 0xff : 0), 'P3: mask is not that of the runs');
      if (mask === 0) assert(load<u8>(commonAt(form) + p) === 0, 'P3: own byte in a template');
    }
    if (kind === OWN) own += size;
    length += size;
  }
  assert(length === t.length && own === t.own, 'P2: runs do not make up the data');
}

export function checkSlots(at: u32): void {
  for (let i: u32 = 0; i < TEMPLATE_SLOTS; i++) {
    const known = load<u32>(slotAt(at, i));
    if (known === 0) continue;
    if (known & SAMPLE) {
      const sample = known & ~SAMPLE;
      assert(!(entry(sample).meta & PACKED) && entry(sample).scope === at, 'P4: sample elsewhere');
      assert((dataLength(sample) & (TEMPLATE_SLOTS - 1)) === i, 'P4: sample in a wrong slot');
    } else {
      assert(template(known).scope === at, 'P4: template of another scope');
      assert((template(known).length & (TEMPLATE_SLOTS - 1)) === i, 'P4: template in a wrong slot');
    }
  }
}

export function checkShown(): void {
  const h = header();
  for (let i = h.shownLength; i < DATA_MAX; i++) {
    assert(load<u8>(DATA_AT + i) === 0, 'D1: bytes of a session that is not shown');
  }
  const at = h.shown;
  if (at === 0) {
    assert(h.shownLength === 0, 'D2: bytes of no session');
    return;
  }
  assert(dataLength(at) === h.shownLength, 'D2: bytes of another session');
  if (entry(at).meta & PACKED) return;
  for (let i: u32 = 0; i < h.shownLength; i++) {
    assert(load<u8>(DATA_AT + i) === load<u8>(dataAt(at) + i), 'D2: other bytes');
  }
}
