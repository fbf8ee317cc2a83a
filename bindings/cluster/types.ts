import type { ExternalStore } from '../external/store.ts';

/** The options of `clusterStore`. All are optional; workers use `name` and `timeout` only. */
export interface ClusterStoreOptions {
  /**
   * Which store: primary and workers must say the same. 1 to 100 characters. Default: `'default'`.
   */
  name?: string | undefined;
  /** Most values in the primary; 0: no limit. Default: 0. */
  size?: number | undefined;
  /**
   * Most bytes in the primary, management included; those that expire first make room. 0: no
   * limit. Default: 67,108,864: about 190,000 sealed sessions of TLS 1.2.
   */
  maxBytes?: number | undefined;
  /** Milliseconds after which a worker gives up a question. Default: 1,000. */
  timeout?: number | undefined;
}

/** Counters of one process, and in the primary also sizes. */
export interface ClusterStoreStats {
  role: 'primary' | 'worker';
  /** Questions that this worker has asked, or that this primary has answered. */
  requests: number;
  /** Questions without an answer yet. Worker only. */
  pending: number;
  /** Questions given up after `timeout`. Worker only. */
  late: number;
  /** Questions that could not be asked or answered: primary gone, value too large. */
  failed: number;
  /** Values in the primary, and their bytes. Primary only. */
  values: number;
  bytes: number;
  /** Values that made room for others; values removed because their time was over. Primary only. */
  evicted: number;
  expired: number;
}

/** A store whose values are in the primary process of a cluster. */
export interface ClusterStore extends ExternalStore {
  take(key: string): Promise<Uint8Array | null>;
  add(key: string, value: Uint8Array, ttlMs: number): Promise<boolean>;
  replace(key: string, value: Uint8Array): Promise<Uint8Array | null>;
  readonly channel: NonNullable<ExternalStore['channel']>;
  readonly isLocal: true;
  stats(): ClusterStoreStats;
  /** Ends it in this process. In the primary all values are removed and wiped. */
  close(): void;
}
