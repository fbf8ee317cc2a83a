// The one place where bytes of a socket are seen before its stream has them. The property is Node's
// own business, but has been as it is from Node 12 to 26, and a test holds every release to that; where
// it is missing, the stream is read, which costs more.

import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Node's handle of a socket, which calls `onread` with what has come; without bytes at the end. */
export interface Handle {
  onread: (bytes: unknown, ...more: unknown[]) => unknown;
}

/** The handle of a socket that is reading and has read nothing yet. */
export function handleOf(socket: Duplex): Handle | undefined {
  if (!(socket instanceof Socket) || socket.readableLength > 0) return undefined;
  if (socket.readableFlowing !== null) return undefined;
  const { _handle: handle } = socket as unknown as {
    _handle?: Partial<Handle & { reading: boolean }>;
  };
  return handle?.reading === true && typeof handle.onread === 'function'
    ? (handle as Handle)
    : undefined;
}
