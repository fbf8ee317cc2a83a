// Node calls `checkServerIdentity` in full handshakes only. With this file a user's function is
// called in resumed ones too, with the certificates of the full handshake.

import tls, {
  type ConnectionOptions,
  type DetailedPeerCertificate,
  type TLSSocket,
} from 'node:tls';
import { isStandardCheck, verifiesByDefault } from '../key/trust.ts';

/** Whether a function of the user, whose decision may change, checks the server's identity. */
export function hasCustomIdentityCheck({ checkServerIdentity }: ConnectionOptions): boolean {
  return !isStandardCheck(checkServerIdentity ?? tls.checkServerIdentity);
}

/** Whether a connection fails unless its server is authorized, as Node decides it. */
export function isStrict(options: ConnectionOptions): boolean {
  if (!Object.hasOwn(options, 'rejectUnauthorized')) return verifiesByDefault();
  return options.rejectUnauthorized !== false;
}

/**
 * Makes Node check the identity of the server also if the handshake resumes. Node does this in its
 * listener of `secure`, after it has asked the socket for the certificate and whether it has
 * resumed: while that listener runs, the socket answers as in the full handshake. Call this before
 * the handshake ends.
 */
export function checkIdentityAgain(socket: TLSSocket, chain: DetailedPeerCertificate): void {
  const begin = (): void => {
    const show = (detailed?: boolean): unknown =>
      detailed === true ? chain : tls.TLSSocket.prototype.getPeerCertificate.call(socket);
    replace(socket, 'isSessionReused', () => false);
    replace(socket, 'getPeerCertificate', show);
  };
  const end = (): void => {
    const own = socket as { isSessionReused?: unknown; getPeerCertificate?: unknown };
    delete own.isSessionReused;
    delete own.getPeerCertificate;
  };
  socket.prependOnceListener('secure', begin);
  // Node's listener of `secure` emits `secureConnect` if the check passes, and returns otherwise.
  socket.prependOnceListener('secureConnect', end);
  socket.once('secure', end);
}

function replace(socket: TLSSocket, name: keyof TLSSocket, value: unknown): void {
  Object.defineProperty(socket, name, { value, configurable: true, writable: true });
}
