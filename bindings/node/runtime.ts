// What the TLS of this runtime does for a server with a session cache. It is tried, not told from
// the runtime's name or version: one handshake in memory that gets no further than its ClientHello.

import { constants } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { ByteTap } from './byte-tap.ts';
import { handleBelow, handleOf, type NodeTlsSocket, type TlsHandle } from './internals.ts';
import { observeSockets } from './tls-sockets.ts';

/** What is missing; undefined: nothing. */
export type Missing =
  /** A TLS socket of a server cannot be seen when it is made, or never asks for sessions. */
  | 'events'
  /** The bytes of a connection cannot be taken before TLS has them. */
  | 'bytes';

let missing: Missing | undefined;
let isTried = false;

/** Tries it, the first time. */
export function missingInRuntime(): Missing | undefined {
  if (!isTried) {
    isTried = true;
    missing = tryHello();
  }
  return missing;
}

/** A stream whose handle can be made to read bytes at once. */
interface TestHandle {
  readBuffer?(bytes: Buffer): void;
}

function tryHello(): Missing | undefined {
  let seen: NodeTlsSocket | undefined;
  const server = new EventEmitter();
  server.on('resumeSession', () => {});
  const below = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  let socket: TLSSocket | undefined;
  try {
    const stop = observeSockets(server, (made) => (seen = made));
    socket = new TLSSocket(below, {
      isServer: true,
      // Node asks nothing of it but its listeners.
      server: server as never,
      secureContext: createSecureContext({ secureOptions: constants.SSL_OP_NO_TICKET }),
    });
    stop();
    socket.on('error', () => {});
    const handle = seen && handleOf(seen);
    if (!handle || !asksForSessions(handle)) return 'events';
    return readsBytes(handle) ? undefined : 'bytes';
  } catch {
    return seen === undefined ? 'events' : 'bytes';
  } finally {
    socket?.destroy();
    below.destroy();
  }
}

function asksForSessions({ onclienthello, onnewsession, receive }: Partial<TlsHandle>): boolean {
  return [onclienthello, onnewsession, receive].every((method) => typeof method === 'function');
}

function readsBytes(handle: TlsHandle): boolean {
  const sent = Buffer.from([22, 3, 1]);
  let got: Buffer | undefined;
  const tap = new ByteTap(handleBelow(handle), {
    onBytes(bytes) {
      got = bytes;
    },
  });
  try {
    (handleBelow(handle) as TestHandle).readBuffer?.(sent);
  } finally {
    tap.close();
  }
  return got?.equals(sent) === true;
}
