// One connection of the probe: a handshake in one version of TLS, and the sessions that it leaves.

import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import tls, { type TLSSocket } from 'node:tls';
import type { ProbeOptions } from './arguments.ts';
import { upgrade } from './upgrade.ts';

export type Version = 'TLSv1.2' | 'TLSv1.3';

export interface Handshake {
  isResumed: boolean;
  /** The sessions that the server gave, in order. The caller overwrites them with `wipe`. */
  sessions: Buffer[];
}

/** How long to wait for tickets after the handshake, ms: at least, and at most. */
const QUIET = 250;
const WAIT_MAX = 2000;

/**
 * Connects to an address, with a session to offer or without, and closes the connection once no
 * more sessions come.
 *
 * @throws what a connection of Node fails with
 */
export async function handshake(
  { port, servername, starttls, timeout }: ProbeOptions,
  address: string,
  version: Version,
  session?: Buffer,
): Promise<Handshake> {
  const begin = performance.now();
  const raw = connectTcp(port, address);
  const timer = setTimeout(
    () => raw.destroy(new Error(`no answer for ${timeout} s`)),
    timeout * 1000,
  );
  let socket: TLSSocket | undefined;
  try {
    await once(raw, 'connect');
    if (starttls) await upgrade(raw, starttls);
    const sessions: Buffer[] = [];
    socket = tls.connect({
      socket: raw,
      ...(servername !== undefined && { servername }),
      ...(session !== undefined && { session }),
      minVersion: version,
      maxVersion: version,
      rejectUnauthorized: false,
    });
    socket.on('session', (given) => sessions.push(given));
    await secured(socket, raw);
    const patience = Math.max(QUIET, 2 * (performance.now() - begin));
    await quiet(sessions, Math.min(patience, WAIT_MAX));
    return { isResumed: socket.isSessionReused(), sessions };
  } finally {
    clearTimeout(timer);
    socket?.on('error', () => {}).destroy();
    raw.on('error', () => {}).destroy();
  }
}

async function secured(socket: TLSSocket, raw: Socket): Promise<void> {
  const failed = new Promise<never>((_, reject) => {
    raw.once('error', reject);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed the connection')));
  });
  await Promise.race([once(socket, 'secureConnect'), failed]);
}

/** Waits until no further session has come for a while. */
async function quiet(sessions: readonly Buffer[], patience: number): Promise<void> {
  const end = performance.now() + WAIT_MAX;
  for (;;) {
    const { length } = sessions;
    await sleep(patience);
    if (sessions.length === length || performance.now() > end) return;
  }
}

export function wipe(sessions: readonly Buffer[]): void {
  for (const session of sessions) session.fill(0);
}
