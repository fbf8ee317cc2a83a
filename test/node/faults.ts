// Clients that break off, send rubbish or nothing at all; and what may be left of them.

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** What a broken client does with its connection. */
export type Fault = (socket: Socket, hello: Buffer) => void;

export const faults: Fault[] = [
  (socket) => socket.destroy(),
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.end(),
  (socket) => socket.end(randomBytes(100)),
  (socket, hello) => socket.end(hello.subarray(0, 60)),
  (socket, hello) => socket.write(hello.subarray(0, 5), () => socket.resetAndDestroy()),
  (socket, hello) => socket.write(hello, () => socket.resetAndDestroy()),
  (socket, hello) => socket.end(hello),
  (socket, hello) => socket.end(Buffer.concat([hello, randomBytes(30)])),
  (socket, hello) => socket.write(hello.subarray(0, 200)), // and nothing more: half open
  (socket) => socket.write(Buffer.from([22, 3, 1, 64, 0, 1])),
];

/** One connection that goes wrong; resolves when it is over. */
export function fail(port: number, hello: Buffer, fault: Fault): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => fault(socket, hello));
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
  });
}

/** Handles and timers that keep this process alive, by kind. */
export function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
