// Records that sessions share, stored once. A scope holds a protocol version and a session id
// context for all sessions that have both; a group holds the list of the sessions of one tag. Both
// are found through the index and are freed with their last session.
//
// L1  a scope's references are the entries and templates that name it; a group's count is the
//     length of its list
// L2  a group's list is linked both ways, and each membership names its entry and its group
// L3  header.lastScope is 0 or a scope
// L4  header.checkedScope is 0 or a scope or template with the staged context

import { allocate, free } from './arena';
import { sameName } from './bytes';
import { hashName } from './hash';
import {
  args,
  Args,
  ARGS_AT,
  CONTEXT_AT,
  DATA_LENGTH_MASK,
  entry,
  group,
  header,
  IS_SHARED,
  KIND_GROUP,
  KIND_SCOPE,
  Membership,
  membership,
  MEMBERSHIP_BYTES,
  membershipsAt,
  nameAt,
  NAME_LENGTH_SHIFT,
  NAME_MAX,
  nameLength,
  RECORD_BYTES,
  scope,
  TAGGED,
  TAG_LENGTHS_AT,
  TAGS_AT,
  TEMPLATE_SLOTS,
} from './layout';
import { reserve } from './directory';
import { erase, find, hashOf, insert } from './index-table';

/** The scope of the context at CONTEXT_AT and of `version`, new if there is none; 0: no memory. */
export function internScope(version: u32): u32 {
  const last = header().lastScope;
  const length = args().sessionContextLength;
  if (last && scope(last).version === version && hasName(last, CONTEXT_AT, length)) {
    scope(last).references++;
    return last;
  }
  const at = intern(CONTEXT_AT, length, KIND_SCOPE | version, true);
  if (at) {
    scope(at).version = version;
    scope(at).references++;
    header().lastScope = at;
  }
  return at;
}

/** Whether the context of a scope is the connection's, which is staged. */
export function hasContext(at: u32): bool {
  return hasName(at, ARGS_AT + offsetof<Args>('context0'), args().contextLength);
}

function hasName(at: u32, name: usize, length: u32): bool {
  assert(scope(at).references > 0, 'a dead scope');
  if (nameLength(at) !== length) return false;
  if (length === NAME_MAX) return sameName(nameAt(at), name);
  return memory.compare(nameAt(at), name, length) === 0;
}

export function dropScope(at: u32): void {
  if (--scope(at).references === 0) discard(at);
}

/** The group with the zero-padded name at `name`, or 0. */
export function findGroup(name: usize, length: u32): u32 {
  return intern(name, length, KIND_GROUP, false);
}

/** Makes the groups that the staged tags lack. Returns false, and makes none, without memory. */
export function reserveGroups(): bool {
  const count = args().tagCount;
  for (let i: u32 = 0; i < count; i++) {
    if (intern(tagAt(i), tagLength(i), KIND_GROUP, true) === 0) {
      dropEmptyGroups();
      return false;
    }
  }
  return true;
}

/** Undoes `reserveGroups` when the add is refused. */
export function dropEmptyGroups(): void {
  const count = args().tagCount;
  for (let i: u32 = 0; i < count; i++) {
    const at = findGroup(tagAt(i), tagLength(i));
    if (at && group(at).count === 0) discard(at);
  }
}

/** Enters an entry into the groups of the staged tags, which exist. */
export function joinGroups(at: u32): void {
  const count = args().tagCount;
  const list = membershipsAt(at);
  store<u32>(list, count);
  for (let i: u32 = 0; i < count; i++) {
    link(<u32>list + 4 + i * MEMBERSHIP_BYTES, at, findGroup(tagAt(i), tagLength(i)));
  }
}

/** Moves the memberships of `from` to its copy `to`. */
export function moveMemberships(from: u32, to: u32): void {
  if (!(entry(from).meta & TAGGED)) return;
  const old = membershipsAt(from);
  const list = membershipsAt(to);
  const count = load<u32>(old);
  store<u32>(list, count);
  for (let i: u32 = 0; i < count; i++) {
    const offset = 4 + i * MEMBERSHIP_BYTES;
    const at = membership(<u32>old + offset).group;
    unlink(<u32>old + offset);
    link(<u32>list + offset, to, at);
  }
}

export function leaveGroups(at: u32): void {
  if (!(entry(at).meta & TAGGED)) return;
  const list = <u32>membershipsAt(at);
  const count = load<u32>(list);
  for (let i: u32 = 0; i < count; i++) {
    const m = list + 4 + i * MEMBERSHIP_BYTES;
    const from = membership(m).group;
    unlink(m);
    if (group(from).count === 0) discard(from);
  }
}

function link(at: u32, member: u32, to: u32): void {
  const m = membership(at);
  const g = group(to);
  m.group = to;
  m.entry = member;
  m.prev = 0;
  m.next = g.head;
  if (g.head) membership(g.head).prev = at;
  g.head = at;
  g.count++;
}

function unlink(at: u32): void {
  const m: Membership = membership(at);
  const g = group(m.group);
  if (m.next) membership(m.next).prev = m.prev;
  if (m.prev) membership(m.prev).next = m.next;
  else g.head = m.next;
  g.count--;
}

function intern(name: usize, length: u32, kind: u32, make: bool): u32 {
  const hash = hashName(name, length, kind);
  let at = find(hash, name, length, kind);
  if (at || !make) return at;
  if (!reserve(hash)) return 0;
  const bytes = RECORD_BYTES + ((length + 3) & ~3) + (kind === KIND_GROUP ? 0 : TEMPLATE_SLOTS * 4);
  at = allocate(bytes);
  if (at === 0) return 0;
  memory.fill(at, 0, bytes);
  scope(at).kind = kind;
  scope(at).meta = IS_SHARED | (length << NAME_LENGTH_SHIFT);
  memory.copy(nameAt(at), name, length);
  insert(hash, at);
  return at;
}

function discard(at: u32): void {
  assert(!(scope(at).meta & DATA_LENGTH_MASK) && nameLength(at) <= 32, 'not a shared record');
  if (header().lastScope === at) header().lastScope = 0;
  forgetChecked(at);
  erase(hashOf(at), at);
  free(at);
}

/** A scope or template is about to be freed. */
export function forgetChecked(at: u32): void {
  if (header().checkedScope === at) header().checkedScope = 0;
}

function tagAt(i: u32): usize {
  return TAGS_AT + ((<usize>i) << 5);
}

function tagLength(i: u32): u32 {
  return <u32>load<u8>(TAG_LENGTHS_AT + i);
}
