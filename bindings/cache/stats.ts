import {
  ACCEPT,
  ACCEPT_GOOD,
  ACCEPT_RENEGOTIATE,
  ADVANCE,
  AGE,
  AGES,
  CACHE_FULL,
  CB_HITS,
  CONNECT,
  CONNECT_GOOD,
  CONNECT_RENEGOTIATE,
  HITS,
  LEFT,
  MISS,
  MISS_CAUSES,
  MISSES,
  PAGE_BYTES,
  REMOVAL_CAUSES,
  TIMEOUTS,
} from '../core/abi.generated.ts';
import * as HEADER from '../core/fields/header.generated.ts';
import type { Store } from '../core/store.ts';
import type { SessionCacheStats } from './types.ts';

/** Reads all counters. */
export function readStats(store: Store): SessionCacheStats {
  const read = (counter: number): number => store.counter(counter);
  return {
    number: store.headerWord(HEADER.count),
    connect: read(CONNECT),
    connectGood: read(CONNECT_GOOD),
    connectRenegotiate: read(CONNECT_RENEGOTIATE),
    accept: read(ACCEPT),
    acceptGood: read(ACCEPT_GOOD),
    acceptRenegotiate: read(ACCEPT_RENEGOTIATE),
    hits: read(HITS),
    cbHits: read(CB_HITS),
    misses: read(MISSES),
    timeouts: read(TIMEOUTS),
    cacheFull: read(CACHE_FULL),
    bytes: Math.max(
      Number(store.headerLong(HEADER.bytes)),
      Number(store.headerLong(HEADER.held)) - ADVANCE,
    ),
    memory: store.headerWord(HEADER.pages) * PAGE_BYTES,
    reserved: store.bytes.length,
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
