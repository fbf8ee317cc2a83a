// Changes to a cached session: its times, which move it in the order, and its context.

import { allocate, free } from './arena';
import { authTimeOf, isWide, setTimes } from './expiry';
import { dropScope, moveMemberships, internScope } from './shared-records';
import {
  entry,
  header,
  nameLength,
  PACKED,
  RECORD_BYTES,
  storedLength,
  versionOf,
  WIDE,
} from './layout';
import { sortIn, reserveNodes, sortOut } from './expiry-tree';
import { countedAs, countedBytes, payloadOf } from './size';
import { hashOf, repoint } from './index-table';
import { cloneTemplate, dropTemplateOrScope, forgetSample } from './template';

/**
 * Sets the times of a cached session and moves it in the order, behind all that expire no later.
 * `authTime` only decreases. Returns the entry, which may have moved, or 0 if there is no memory or
 * the byte limit would be exceeded; nothing has changed then.
 */
export function retime(at: u32, time: i64, timeout: i64): u32 {
  const authTime = min<i64>(authTimeOf(at), time);
  // In openssl-3.0 a new entry enters the order later, by the times that it has then.
  const isSorted = header().unsorted !== at;
  if (!reserveNodes()) return 0;
  let to = at;
  if (isWide(time, timeout, authTime) && !(entry(at).meta & WIDE)) {
    if (exceeds(countedAs(at, true) - countedBytes(at))) return 0;
    to = allocate(payloadOf(at, true));
    if (to === 0) return 0;
  }
  if (isSorted) sortOut(at);
  if (to !== at) widen(at, to);
  setTimes(to, time, timeout, authTime);
  if (isSorted) sortIn(to);
  else header().unsorted = to;
  return to;
}

/** Gives a cached session the staged context. Returns false if there is no memory. */
export function rescope(at: u32): bool {
  let to = internScope(versionOf(at));
  if (to === 0) return false;
  if (entry(at).meta & PACKED) {
    const clone = cloneTemplate(entry(at).scope, to);
    if (clone === 0) {
      dropScope(to);
      return false;
    }
    to = clone;
  }
  dropTemplateOrScope(at);
  entry(at).scope = to;
  return true;
}

/** Whether this many more bytes exceed the byte limit. */
function exceeds(bytes: u32): bool {
  const h = header();
  return h.bytes + bytes > h.maxBytes;
}

/** Copies an entry to a block with room for Wide, and frees the old one. */
function widen(from: u32, to: u32): void {
  const h = header();
  const hash = hashOf(from);
  memory.copy(to, from, RECORD_BYTES + nameLength(from) + storedLength(from));
  entry(to).meta |= WIDE;
  if (!(entry(from).meta & PACKED)) forgetSample(from);
  moveMemberships(from, to);
  h.bytes += countedBytes(to);
  repoint(hash, from, to);
  h.bytes -= countedBytes(from);
  if (h.decoded === from) h.decoded = to;
  free(from);
}
