// The sources and options of metrics.

/** A SessionCache, or anything whose `stats()` returns counters. */
export interface MetricsSource {
  stats(): object;
}

/** The options of `metricsOf` for a source. */
export interface MetricsOptions {
  /**
   * The prefix of all names; characters that are not allowed become `_`. Default: `sesscache` for a
   * cache, `sesscache_attached` for an adapter.
   */
  prefix?: string | undefined;
  /** Labels of all samples, such as `{ server: 'www' }`. Default: none. */
  labels?: Readonly<Record<string, string>> | undefined;
}
