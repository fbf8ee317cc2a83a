// Reports what happens to tickets, to `diagnostics_channel` and with NODE_DEBUG=sesscache.

import { channel } from 'node:diagnostics_channel';
import type { Server } from 'node:tls';
import { debug, isDebugging } from '../telemetry/channels.ts';
import type { KeyAge, NoTicketCause, TicketKeysMode } from './stats.ts';

/** A message of the channel `sesscache:tickets`. Nothing in it is secret. */
export type TicketEvent = { server: Server } & (
  | { type: 'made' }
  | { type: 'notMade'; cause: NoTicketCause }
  | { type: 'accepted'; age: KeyAge; renewed: boolean }
  | { type: 'unknown' | 'refused' }
  /** The present key has changed: its period begins so many seconds after the epoch. */
  | { type: 'rotated'; since: number; keys: number }
  | { type: 'mode'; mode: TicketKeysMode }
);

const tickets = channel('sesscache:tickets');

/** Whether there is a listener. Callers ask before they make a message. */
export function isTraced(): boolean {
  return tickets.hasSubscribers || isDebugging();
}

/** Publishes a message. */
export function trace(event: TicketEvent): void {
  if (tickets.hasSubscribers) tickets.publish(event);
  if (!isDebugging()) return;
  const { type, server: _, ...more } = event;
  debug('ticket %s %j', type, more);
}
