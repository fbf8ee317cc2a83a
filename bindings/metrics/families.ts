// The families of all sources, to be written as text or passed to a registry.

import type { SessionCacheStats } from '../index.ts';
import { addAttached } from './attached.ts';
import { addCache } from './cache.ts';
import { type Families, nameOf } from './text.ts';
import type { MetricsOptions, MetricsSource } from './types.ts';

/** Never throws: a source that fails is left out. */
export function familiesOf(
  sources: readonly (readonly [source: MetricsSource, options?: MetricsOptions])[],
): Families {
  const families: Families = new Map();
  for (const each of sources) {
    try {
      addSource(families, each[0], each[1] ?? {});
    } catch {
      // Leaves this source out, as monitoring must not end a server.
    }
  }
  return families;
}

function addSource(families: Families, source: MetricsSource, options: MetricsOptions): void {
  const labels = Object.fromEntries(
    Object.entries(options.labels ?? {}).map(([name, value]) => [nameOf(name), String(value)]),
  );
  const stats = source.stats();
  // Which thread an adapter's counters are of, where threads share a cache: no counter.
  const { thread } = stats as { thread?: number };
  if (thread !== undefined) labels['thread'] ??= String(thread);
  if (isOfCache(stats)) {
    addCache(families, nameOf(options.prefix ?? 'sesscache'), labels, stats);
  } else {
    const prefix = nameOf(options.prefix ?? 'sesscache_attached');
    const { thread: _, ...counts } = stats as Record<string, unknown>;
    addAttached(families, prefix, labels, counts);
  }
}

/**
 * Recognized by its fields: with `instanceof`, a program that only writes text would bundle the
 * core.
 */
function isOfCache(stats: object): stats is SessionCacheStats {
  return 'acceptGood' in stats && 'missCauses' in stats;
}
