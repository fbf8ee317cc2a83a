// Real servers of Node without a cache of this package. They give tickets, and report of each
// connection whether it was resumed.

import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { readCertificate } from '../../examples/certificates.js';
import { type Version, VERSIONS } from '../support/versions.ts';

export { type Version, VERSIONS };

export type Kind = 'tls' | 'https' | 'http2';

export const ca: Buffer = readCertificate('rsa').cert;

export interface Running {
  port: number;
  server: Server;
  /** For each connection that got as far as a handshake, in order: whether it was resumed. */
  resumed: boolean[];
  close(): Promise<void>;
}

const ONLY: Record<Version, TlsOptions> = {
  'TLSv1.2': { maxVersion: 'TLSv1.2' },
  'TLSv1.3': { minVersion: 'TLSv1.3' },
};

/** Starts a server on the loopback interface; the system chooses the port unless one is given. */
export async function serve(
  kind: Kind,
  version: Version,
  options: TlsOptions = {},
  port = 0,
): Promise<Running> {
  const settings = { ...readCertificate('rsa'), ...ONLY[version], ...options };
  const server = makeServer(kind, settings);
  const resumed: boolean[] = [];
  const sockets = new Set<TLSSocket>();
  server.on('secureConnection', (socket) => {
    resumed.push(socket.isSessionReused());
    sockets.add(socket);
    socket.on('error', () => {}); // clients of these tests break off
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    server,
    resumed,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function makeServer(kind: Kind, options: TlsOptions): Server {
  if (kind === 'tls') return createServer(options);
  const answer = (_request: unknown, response: { end(text: string): unknown }): void => {
    response.end('hello');
  };
  if (kind === 'https') return createHttps(options, answer);
  return createSecureServer({ ...options, allowHTTP1: true }, answer) as unknown as Server;
}
