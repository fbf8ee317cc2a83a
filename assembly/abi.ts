// What the bindings and the playground know of the core. scripts/abi.js compiles this file and
// writes its numbers into bindings/core/: each constant that is exported here into
// abi.generated.ts, each enum …Field, the offsets of a record, into a module in fields/, and each
// other enum, the names of the public API by their numbers (counters.ts), as a list.

import { Area } from './area';
import { Args, Entry, Header, Scope, Template, Wide } from './layout';
import { Node } from './expiry-tree';

export * from './area';
export * from './counters';
export * from './layout';
export * from './mode';
export { ADDED, NO_MEMORY, SAME, TOO_LARGE, VICTIM } from './add';
export { FLAGS as BLOCK_FLAGS, FREE as BLOCK_FREE } from './arena';
export { AHEAD_MAX } from './expiry';
export { CHILDREN as NODE_CHILDREN } from './expiry-tree';
export { ADDRESSES, CHUNK_BYTES, CHUNKS, SLOTS } from './index-table';

/** Offset of the version in a scope, and in a template. */
export const SCOPE_VERSION: usize = offsetof<Scope>('version');
export const NODE_LEVEL: usize = offsetof<Node>('level');

export enum AreaField {
  meta = offsetof<Area>('meta'),
  serial = offsetof<Area>('serial'),
  time = offsetof<Area>('time'),
  timeout = offsetof<Area>('timeout'),
  authTime = offsetof<Area>('authTime'),
  tagCount = offsetof<Area>('tagCount'),
  contextLength = offsetof<Area>('contextLength'),
  copied = offsetof<Area>('copied'),
}

export enum ArgsField {
  context0 = offsetof<Args>('context0'),
  time = offsetof<Args>('time'),
  timeout = offsetof<Args>('timeout'),
  authTime = offsetof<Args>('authTime'),
  serial = offsetof<Args>('serial'),
  version = offsetof<Args>('version'),
  idLength = offsetof<Args>('idLength'),
  contextLength = offsetof<Args>('contextLength'),
  dataLength = offsetof<Args>('dataLength'),
  flags = offsetof<Args>('flags'),
  tagCount = offsetof<Args>('tagCount'),
  entry = offsetof<Args>('entry'),
  replaced = offsetof<Args>('replaced'),
  sessionContextLength = offsetof<Args>('sessionContextLength'),
  notify = offsetof<Args>('notify'),
  cause = offsetof<Args>('cause'),
  id0 = offsetof<Args>('id0'),
}

export enum HeaderField {
  timeout = offsetof<Header>('timeout'),
  capacity = offsetof<Header>('capacity'),
  maxBytes = offsetof<Header>('maxBytes'),
  bytes = offsetof<Header>('bytes'),
  quirks = offsetof<Header>('quirks'),
  count = offsetof<Header>('count'),
  unsorted = offsetof<Header>('unsorted'),
  flushPending = offsetof<Header>('flushPending'),
  pages = offsetof<Header>('pages'),
  depth = offsetof<Header>('depth'),
  root = offsetof<Header>('root'),
  overflowRoot = offsetof<Header>('overflowRoot'),
  spareNodes = offsetof<Header>('spareNodes'),
  decoded = offsetof<Header>('decoded'),
  checkedScope = offsetof<Header>('checkedScope'),
  now = offsetof<Header>('now'),
  held = offsetof<Header>('held'),
}

export enum EntryField {
  serial = offsetof<Entry>('serial'),
  time = offsetof<Entry>('time'),
  timeout = offsetof<Entry>('timeout'),
  authTime = offsetof<Entry>('authTime'),
  scope = offsetof<Entry>('scope'),
  meta = offsetof<Entry>('meta'),
}

export enum WideField {
  time = offsetof<Wide>('time'),
  timeout = offsetof<Wide>('timeout'),
  authTime = offsetof<Wide>('authTime'),
}

export enum TemplateField {
  version = offsetof<Template>('version'),
  scope = offsetof<Template>('scope'),
  privateBytes = offsetof<Template>('privateBytes'),
}
