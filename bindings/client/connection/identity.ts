// Node checks the name of a server, by `checkServerIdentity`, in full handshakes only. Here a
// function of the user's is asked in resumed ones too, and shown what the server showed in the full
// one.

import tls, {
  type ConnectionOptions,
  type DetailedPeerCertificate,
  type TLSSocket,
} from 'node:tls';
import { isStandardCheck, verifiesByDefault } from '../key/trust.ts';

/**
 * Whether the user checks the server's identity, by a function that may come to see it otherwise.
 */
export function hasOwnIdentityCheck({ checkServerIdentity }: ConnectionOptions): boolean {
  return !isStandardCheck(checkServerIdentity ?? tls.checkServerIdentity);
}

/** Whether a connection fails unless its server is authorized, as Node decides it. */
export function isStrict(options: ConnectionOptions): boolean {
  if (!Object.hasOwn(options, 'rejectUnauthorized')) return verifiesByDefault();
  return options.rejectUnauthorized !== false;
}

/**
 * Has Node check the identity of the server also if the handshake resumes. Node does so in its
 * listener of `secure`, and asks the socket whether it has resumed and for the certificate: for as
 * long as that listener runs, the socket answers as in the full handshake. To be called before the
 * handshake ends.
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
  // The listener of `secure` emits `secureConnect` once it is content, and returns if it is not.
  socket.prependOnceListener('secureConnect', end);
  socket.once('secure', end);
}

function replace(socket: TLSSocket, name: keyof TLSSocket, value: unknown): void {
  Object.defineProperty(socket, name, { value, configurable: true, writable: true });
}
