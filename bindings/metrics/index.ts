/**
 * The counters of caches, and of what is attached to them, as text for Prometheus and everything else
 * that reads OpenMetrics.
 *
 * @module
 */

import type { SessionCacheStats } from '../cache/types.ts';
import { addAttached } from './attached.ts';
import { addCache } from './cache.ts';
import { type Families, nameOf, write } from './text.ts';

/** A SessionCache, or anything whose `stats()` returns counters. */
export interface MetricsSource {
  stats(): object;
}

/** What `metricsOf` takes beside a source. */
export interface MetricsOptions {
  /**
   * What all names begin with; what a name cannot hold becomes `_`. Default: `sesscache` for a cache,
   * `sesscache_attached` for what is attached to one.
   */
  prefix?: string | undefined;
  /** Labels of all samples, such as `{ server: 'www' }`. Default: none. */
  labels?: Readonly<Record<string, string>> | undefined;
}

/** The type of the text over HTTP. */
export const METRICS_CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * Writes the counters of a source, or of several, each of which then needs a prefix or labels of its
 * own. Never throws: a source that fails, such as a closed cache, is left out.
 *
 * @see OpenMetrics 1.0, section "Text format"
 * @example
 * ```js
 * response.setHeader('content-type', METRICS_CONTENT_TYPE);
 * response.end(metricsOf([[cache], [attached, { prefix: 'sesscache_server' }]]));
 * ```
 */
export function metricsOf(source: MetricsSource, options?: MetricsOptions): string;
export function metricsOf(
  sources: readonly (readonly [source: MetricsSource, options?: MetricsOptions])[],
): string;
export function metricsOf(
  sources: MetricsSource | readonly (readonly [MetricsSource, MetricsOptions?])[],
  options?: MetricsOptions,
): string {
  const families: Families = new Map();
  const list = Array.isArray(sources) ? sources : [[sources, options] as const];
  for (const each of list as readonly (readonly [MetricsSource, MetricsOptions?])[]) {
    try {
      addSource(families, each[0], each[1] ?? {});
    } catch {
      // no metrics of this one: nobody's monitoring may end a server
    }
  }
  return write(families);
}

function addSource(families: Families, source: MetricsSource, options: MetricsOptions): void {
  const labels = Object.fromEntries(
    Object.entries(options.labels ?? {}).map(([name, value]) => [nameOf(name), String(value)]),
  );
  const stats = source.stats();
  if (isOfCache(stats)) {
    addCache(families, nameOf(options.prefix ?? 'sesscache'), labels, stats);
  } else {
    const prefix = nameOf(options.prefix ?? 'sesscache_attached');
    addAttached(families, prefix, labels, stats as Record<string, unknown>);
  }
}

/** By what they hold: with the class, a program that needs the text alone would bundle the core too. */
function isOfCache(stats: object): stats is SessionCacheStats {
  return 'acceptGood' in stats && 'missCauses' in stats;
}
