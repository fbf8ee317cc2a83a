// The sources and options of metrics.

/** A SessionCache, or anything whose `stats()` returns counters. */
export interface MetricsSource {
  stats(): object;
}

/** What `metricsOf` takes beside a source. */
export interface MetricsOptions {
  /**
   * What all names begin with; what a name cannot hold becomes `_`. Default: `sesscache` for a
   * cache, `sesscache_attached` for what is attached to one.
   */
  prefix?: string | undefined;
  /** Labels of all samples, such as `{ server: 'www' }`. Default: none. */
  labels?: Readonly<Record<string, string>> | undefined;
}
