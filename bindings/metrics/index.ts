/**
 * The counters of caches and of their adapters as text for Prometheus and other readers of
 * OpenMetrics.
 *
 * @module
 */

import { familiesOf } from './families.ts';
import type { MetricsOptions, MetricsSource } from './types.ts';
import { write } from './text.ts';

export type { MetricsOptions, MetricsSource } from './types.ts';

/** The type of the text over HTTP. */
export const METRICS_CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * Returns the counters of one source or several as text. Each of several sources needs its own
 * prefix or labels. Never throws: a source that fails, such as a closed cache, is left out.
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
  const list = Array.isArray(sources) ? sources : [[sources, options] as const];
  return write(familiesOf(list as readonly (readonly [MetricsSource, MetricsOptions?])[]));
}
