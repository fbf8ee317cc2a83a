/**
 * A second level behind a SessionCache: a store that other processes share. Node only.
 *
 * @module
 */

export type { Channel, ExternalStore } from './store.ts';
