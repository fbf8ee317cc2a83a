// Warnings about the store that an application attaches.

import { warn } from '../telemetry/warn.ts';
import type { ExternalStore } from './store.ts';

/** Stores that have been warned about. */
const warned = new WeakSet<ExternalStore>();

/** Warns once of a store without a channel, unless it has none on purpose: `null`. */
export function warnWithoutChannel(store: ExternalStore): void {
  if (store.channel !== undefined || warned.has(store)) return;
  warned.add(store);
  warn(
    'SESSCACHE_NO_CHANNEL',
    'The store has no channel, so removals do not reach the other processes: a removed session ' +
      'still resumes from their caches until it expires. Give the store a channel (redisStore over ' +
      'RESP 2: `subscriber: client.duplicate()`, connected), or set the mode NO_INTERNAL_STORE.',
  );
}
