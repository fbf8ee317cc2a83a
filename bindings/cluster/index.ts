/**
 * The sessions of a `node:cluster` in its primary process, as an external store. Node only.
 *
 * @module
 */

export { clusterStore } from './store.ts';
export type { ClusterStore, ClusterStoreOptions, ClusterStoreStats } from './types.ts';
