// The stream through the channel between two processes of Node.

import { checkFunction, checkObject } from '../checks.ts';

/** The members used of `process`, a ChildProcess or a worker of `node:cluster`. */
export interface ProcessChannel {
  send?: ((...args: any[]) => unknown) | undefined;
  on(event: 'message', listener: (message: any) => void): unknown;
  off(event: 'message', listener: (message: any) => void): unknown;
}

/** A message with a piece of the stream; the last has none. Text, for both ways to serialize. */
interface Piece {
  sesscacheRestart: string | null;
}

/**
 * *Experimental.* The other process as a destination: `write` is for `saveSessions`, `end` is to be
 * called afterwards. Pieces are sent as messages `{ sesscacheRestart: … }`, which a primary can
 * pass on.
 *
 * @throws TypeError if the channel cannot send.
 */
export function destinationTo(channel: ProcessChannel): {
  write: (chunk: Uint8Array) => Promise<void>;
  end: () => Promise<void>;
} {
  checkObject(channel, 'channel');
  checkFunction(channel.send, 'channel.send');
  const send = (piece: string | null): Promise<void> =>
    new Promise((resolve, reject) => {
      const message: Piece = { sesscacheRestart: piece };
      channel.send!(message, (error: Error | null) => {
        if (error) reject(error);
        else resolve();
      });
    });
  return {
    write: (chunk) =>
      send(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('base64')),
    end: () => send(null),
  };
}

/**
 * *Experimental.* The stream that `destinationTo` sends, as a source for `restoreSessions`. Listens
 * from the call on; ignores other messages.
 */
export function sourceFrom(channel: ProcessChannel): AsyncIterableIterator<Uint8Array> {
  checkObject(channel, 'channel');
  const pieces: (string | null)[] = [];
  let wake: (() => void) | undefined;
  const listener = (message: Partial<Piece> | null | undefined): void => {
    const piece = message?.sesscacheRestart;
    if (piece !== null && typeof piece !== 'string') return; // another's
    pieces.push(piece);
    wake?.();
  };
  channel.on('message', listener);
  const stop = (): void => {
    channel.off('message', listener);
  };
  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const piece = pieces.shift();
        if (piece === null) return;
        if (piece === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else yield Buffer.from(piece, 'base64');
      }
    } finally {
      stop();
    }
  }
  return read();
}
