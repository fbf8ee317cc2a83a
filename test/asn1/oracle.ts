// OpenSSL's own d2i_SSL_SESSION and i2d_SSL_SESSION, in this process: a TLS socket that is
// connected to nothing reads the session it is given and writes the one it has.

import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { session } from './support.ts';

/** `setSession` is what `tls.connect` calls for its option `session`; @types/node leaves it out. */
type Codec = TLSSocket & { setSession(session: Buffer): void };

const socket = new TLSSocket(new Socket(), { isServer: true }) as Codec;
const sentinel = Buffer.from(session());

/** What OpenSSL writes after it has read `bytes`; undefined if it refuses them. */
export function recode(bytes: Uint8Array): Buffer | undefined {
  const before = write(sentinel);
  if (before === undefined) throw new Error('OpenSSL refuses the sentinel');
  const after = write(bytes);
  // A refused session leaves the one before in place.
  return after?.equals(before) ? undefined : after;
}

function write(bytes: Uint8Array): Buffer | undefined {
  socket.setSession(Buffer.from(bytes));
  return socket.getSession();
}
