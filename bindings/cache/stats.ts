import {
  ADVANCE,
  AGE,
  AGES,
  COUNTERS,
  LEFT,
  MISS,
  MISS_CAUSES,
  PAGE_BYTES,
  REMOVAL_CAUSES,
} from '../core/abi.generated.ts';
import * as HEADER from '../core/fields/header.generated.ts';
import type { CoreMemory } from '../core/core-memory.ts';
import type { SessionCacheStats } from './types.ts';

/** Reads all counters. */
export function readStats(memory: CoreMemory): SessionCacheStats {
  const read = (counter: number): number => memory.counter(counter);
  return {
    number: memory.headerWord(HEADER.count),
    // Fails to compile if SessionCacheStats lacks a field for a counter.
    ...byName(COUNTERS satisfies readonly (keyof SessionCacheStats)[], read),
    bytes: Math.max(
      Number(memory.headerLong(HEADER.bytes)),
      Number(memory.headerLong(HEADER.held)) - ADVANCE,
    ),
    memory: memory.headerWord(HEADER.pages) * PAGE_BYTES,
    reserved: memory.bytes.length,
    missCauses: byName(MISS_CAUSES, (i) => read(MISS + i)),
    removals: byName(REMOVAL_CAUSES, (i) => read(LEFT + i)),
    resumptionAges: Array.from({ length: AGES }, (_, i) => read(AGE + i)),
  };
}

function byName<Name extends string>(
  names: readonly Name[],
  read: (index: number) => number,
): Record<Name, number> {
  return Object.fromEntries(names.map((name, i) => [name, read(i)])) as Record<Name, number>;
}
