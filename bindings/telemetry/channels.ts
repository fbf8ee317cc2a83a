// The channels of `node:diagnostics_channel`, and the lines of NODE_DEBUG=sesscache. Adapters check
// for a listener before they make a message. Without a listener this costs only a few reads of
// properties.

import { channel } from 'node:diagnostics_channel';
import { debuglog } from 'node:util';
import type {
  BreakerEvent,
  HandshakeEvent,
  LookupEvent,
  SessionEvent,
  StoreEvent,
} from './events.ts';

const handshakes = channel('sesscache:handshake');
const lookups = channel('sesscache:lookup');
const sessions = channel('sesscache:session');
const stores = channel('sesscache:store');
const breakers = channel('sesscache:breaker');

const print = debuglog('sesscache');

/** Prints a line if NODE_DEBUG has `sesscache`; in a worker thread with its number. */
export function debug(format: string, ...values: unknown[]): void {
  if (print.enabled) print(`${thread()}${format}`, ...values);
}

/** Whether lines are printed. */
export function isDebugging(): boolean {
  return print.enabled;
}

/** The thread, which the number of the process does not say. Not imported: that takes time. */
function thread(): string {
  const { threadId = 0 } = process.getBuiltinModule?.('node:worker_threads') ?? {};
  return threadId === 0 ? '' : `thread ${threadId}, `;
}

/** Whether there are listeners for connections. */
export function areConnectionsTraced(): boolean {
  return (
    handshakes.hasSubscribers || lookups.hasSubscribers || sessions.hasSubscribers || isDebugging()
  );
}

/** Whether there are listeners for stored and removed sessions, also without a connection. */
export function areSessionsTraced(): boolean {
  return sessions.hasSubscribers;
}

/** Whether there are listeners for the requests to a store. */
export function areStoresTraced(): boolean {
  return stores.hasSubscribers || isDebugging();
}

export function publishHandshake(event: HandshakeEvent): void {
  if (handshakes.hasSubscribers) handshakes.publish(event);
}

export function publishLookup(event: LookupEvent): void {
  if (lookups.hasSubscribers) lookups.publish(event);
}

export function publishSession(event: SessionEvent): void {
  if (sessions.hasSubscribers) sessions.publish(event);
}

/** Prints only failures: the line of the connection contains the rest. */
export function publishStore(event: StoreEvent): void {
  if (stores.hasSubscribers) stores.publish(event);
  const { operation, outcome, cause, duration } = event;
  if (!isDebugging() || cause === undefined || cause === 'absent') return;
  const time = duration === undefined ? '' : ` after ${duration.toFixed(1)} ms`;
  debug('store %s: %s (%s)%s', operation, outcome, cause, time);
}

export function publishBreaker(event: BreakerEvent): void {
  if (breakers.hasSubscribers) breakers.publish(event);
  debug('store: breaker for %ss is %s, was %s', event.breaker, event.state, event.previous);
}

/** One line for a connection: the lookup, its result, and the sessions stored and refused. */
export function debugHandshake(event: HandshakeEvent, evicted: number | undefined): void {
  if (!isDebugging()) return;
  const { role, protocol, outcome, stored, refused, duration } = event;
  debug(
    '%s %s %s: %s; stored %d, refused %s; %s ms',
    role,
    protocol ?? 'TLS',
    outcome,
    foundIn(event, evicted),
    stored,
    refused.length === 0 ? 'none' : refused.join(', '),
    duration.toFixed(1),
  );
}

function foundIn(event: HandshakeEvent, evicted: number | undefined): string {
  const { outcome, reason, source, age, store, error } = event;
  if (outcome === 'failed') return error ?? 'connection lost';
  if (outcome === 'resumed') {
    return `found in ${source ?? 'cache'}${age === undefined ? '' : `, ${age} s old`}`;
  }
  if (reason === 'notOffered' || reason === 'noPsk') return `no session offered (${reason})`;
  const lost = evicted !== undefined && evicted > 0 ? `, ${evicted} evicted so far` : '';
  return `not resumed (${reason ?? 'unknown'}${store === undefined ? '' : `, store: ${store}`}${lost})`;
}
