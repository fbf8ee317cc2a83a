// Listeners of the channels, and a process that prints its NODE_DEBUG lines.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { BreakerEvent, StoreEvent } from '../../bindings/external/index.ts';
import type { HandshakeEvent, LookupEvent, SessionEvent } from '../../bindings/node/index.ts';

/** What the channels have said. */
export interface Heard {
  handshakes: HandshakeEvent[];
  lookups: LookupEvent[];
  sessions: SessionEvent[];
  stores: StoreEvent[];
  breakers: BreakerEvent[];
}

const CHANNELS = {
  handshakes: 'sesscache:handshake',
  lookups: 'sesscache:lookup',
  sessions: 'sesscache:session',
  stores: 'sesscache:store',
  breakers: 'sesscache:breaker',
} as const;

/** Listens to all channels while `use` runs. */
export async function listening<T>(use: (heard: Heard) => Promise<T>): Promise<T> {
  const heard: Heard = { handshakes: [], lookups: [], sessions: [], stores: [], breakers: [] };
  const listeners = Object.entries(CHANNELS).map(([key, name]) => {
    const list = heard[key as keyof Heard] as unknown[];
    return { name, note: (message: unknown): unknown => list.push(message) };
  });
  for (const { name, note } of listeners) subscribe(name, note);
  try {
    return await use(heard);
  } finally {
    for (const { name, note } of listeners) unsubscribe(name, note);
  }
}
