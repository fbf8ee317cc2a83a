// What an application should know of the store that it attaches, and would not notice.

import { debug } from '../telemetry/channels.ts';
import type { ExternalStore } from './store.ts';

/** Stores that have been warned about. */
const warned = new WeakSet<ExternalStore>();

/** Emits a process warning. */
export function warn(code: string, message: string): void {
  debug('warning %s', code);
  process.emitWarning(message, { type: 'SesscacheWarning', code });
}

/** Warns once of a store without a channel, unless it has none on purpose: `null`. */
export function warnWithoutChannel(store: ExternalStore): void {
  if (store.channel !== undefined || warned.has(store)) return;
  warned.add(store);
  warn(
    'SESSCACHE_NO_CHANNEL',
    'The store has no channel, so that removals do not reach the other processes: the copies in ' +
      'their caches resume until they expire. Give the store a channel (redisStore over RESP 2: ' +
      '`subscriber: client.duplicate()`, connected), or set the mode NO_INTERNAL_STORE.',
  );
}
