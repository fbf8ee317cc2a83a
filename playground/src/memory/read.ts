// Reads the cache's linear memory as it is, beside the cache.

import { engineOf } from '../../../bindings/cache/internal.ts';
import type { SessionCache } from 'sesscache';
import * as at from '../../../bindings/core/abi.generated.ts';
import * as ENTRY from '../../../bindings/core/fields/entry.generated.ts';
import * as HEADER from '../../../bindings/core/fields/header.generated.ts';

export type BlockKind = 'session' | 'label' | 'node' | 'free';

export interface Block {
  readonly address: number;
  readonly bytes: number;
  readonly kind: BlockKind;
}

export interface Picture {
  /** Blocks of the arena in order of address, up to the last that is used. */
  readonly blocks: readonly Block[];
  /** Bytes of blocks, by kind. */
  readonly totals: Readonly<Record<BlockKind, number>>;
  /** Used slots of each chunk of the index, 0 to `SLOTS`. */
  readonly chunks: readonly number[];
  /** Addresses of session blocks, by serial. */
  readonly serials: ReadonlyMap<number, number>;
}

/** A picture of the memory of `cache`. Takes time in proportion to its size. */
export function readMemory(cache: SessionCache): Picture {
  const words = new Uint32Array(engineOf(cache).memory.bytes.buffer);
  const kinds = new Map<number, BlockKind>();
  const serials = new Map<number, number>();
  const segments = segmentsOf(words);
  const chunks = segments.flatMap((segment) => readSegment(words, segment, kinds, serials));
  for (const root of [HEADER.root, HEADER.overflowRoot]) {
    markNodes(words, headerWord(words, root), kinds);
  }
  for (let spare = headerWord(words, HEADER.spareNodes); spare !== 0; spare = word(words, spare))
    kinds.set(spare, 'node');
  const blocks = arenaRuns(words, segments).flatMap((run) => readRun(words, run, kinds));
  while (blocks.at(-1)?.kind === 'free') blocks.pop();
  const totals = { session: 0, label: 0, node: 0, free: 0 };
  for (const block of blocks) totals[block.kind] += block.bytes;
  return { blocks, totals, chunks, serials };
}

function headerWord(words: Uint32Array, field: number): number {
  return word(words, at.HEADER_AT + field);
}

function word(words: Uint32Array, address: number): number {
  return words[address >>> 2] as number;
}

/** Addresses of the index's segments, each once. */
function segmentsOf(words: Uint32Array): number[] {
  const entries = 1 << headerWord(words, HEADER.depth);
  const segments = new Set<number>();
  for (let i = 0; i < entries; i++) {
    const page = word(words, at.DIRECTORY_AT + (i >>> 14) * 4);
    segments.add(word(words, page + (i & 16383) * 4));
  }
  return [...segments];
}

/** Used slots of each chunk; marks the records that they lead to. */
function readSegment(
  words: Uint32Array,
  segment: number,
  kinds: Map<number, BlockKind>,
  serials: Map<number, number>,
): number[] {
  return Array.from({ length: at.CHUNKS }, (_, c) => {
    let used = 0;
    for (let slot = 0; slot < at.SLOTS; slot++) {
      const record = word(words, segment + c * at.CHUNK_BYTES + at.ADDRESSES + slot * 4);
      if (record === 0) continue;
      used++;
      const isLabel = (word(words, record + ENTRY.meta) & at.IS_SHARED) !== 0;
      kinds.set(record, isLabel ? 'label' : 'session');
      if (!isLabel) serials.set(word(words, record), record);
    }
    return used;
  });
}

/** Marks the nodes of the order below `node`. */
function markNodes(words: Uint32Array, node: number, kinds: Map<number, BlockKind>): void {
  if (node === 0) return;
  kinds.set(node, 'node');
  if (word(words, node + at.NODE_LEVEL) === 0) return; // its children are sessions
  for (let child = 0; child < 32; child++)
    markNodes(words, word(words, node + at.NODE_CHILDREN + child * 4), kinds);
}

/** Runs of pages that belong to the arena: all that are neither index nor directory. */
function arenaRuns(
  words: Uint32Array,
  segments: readonly number[],
): [start: number, end: number][] {
  const taken = new Set(segments.map((segment) => segment >>> 16));
  for (let i = 0; i < at.DIRECTORY_PAGES_MAX; i++)
    taken.add(word(words, at.DIRECTORY_AT + i * 4) >>> 16);
  const runs: [number, number][] = [];
  const pages = headerWord(words, HEADER.pages);
  for (let page = 1; page < pages; page++) {
    if (taken.has(page)) continue;
    const last = runs.at(-1);
    if (last && last[1] === page << 16) last[1] += 65536;
    else runs.push([page << 16, (page + 1) << 16]);
  }
  return runs;
}

function readRun(
  words: Uint32Array,
  [start, end]: [number, number],
  kinds: ReadonlyMap<number, BlockKind>,
): Block[] {
  const blocks: Block[] = [];
  for (let address = start; address + 4 < end;) {
    const header = word(words, address);
    const bytes = header & ~at.BLOCK_FLAGS;
    if (bytes === 0) break; // the sentinel of a region
    const kind = header & at.BLOCK_FREE ? 'free' : (kinds.get(address + 4) ?? 'label');
    blocks.push({ address, bytes, kind });
    address += bytes;
  }
  return blocks;
}
