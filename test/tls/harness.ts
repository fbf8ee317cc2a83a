// A real TLS 1.2 server with a SessionCache behind it, and clients for it. The cache is put there by
// examples/attach.js, so that these tests show what a user copies.

import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { attach } from '../../examples/attach.js';
import type { AttachOptions } from '../../examples/attach.js';
import { readCertificate } from '../../examples/certificates.js';
import { SessionCache } from '../../bindings/index.ts';

export const CONTEXT = 'sesscache-tests';

export interface ServerOptions extends Omit<AttachOptions, 'onError'> {
  cache?: SessionCache;
  /** What the cache may complain of; any other number of errors fails the test. */
  errors?: RegExp[];
  tls?: TlsOptions;
}

export interface Running {
  port: number;
  cache: SessionCache;
  /** One whole connection. */
  connect(session?: Buffer, options?: ConnectionOptions): Promise<Outcome>;
}

/** What both ends say of a connection. */
export interface Outcome {
  resumed: boolean;
  session: Buffer;
  /** What the server said; undefined if it closed the connection without a word. */
  server: { resumed: boolean; authorized: boolean; peer?: string } | undefined;
}

/** Runs `use` against a server that listens on the loopback interface, and then closes it. */
export async function withServer(
  options: ServerOptions,
  use: (running: Running) => Promise<void>,
): Promise<void> {
  const { tls, errors: expected = [], cache = newCache(), ...attachOptions } = options;
  const errors: unknown[] = [];
  const server = createServer({
    ...readCertificate('rsa'),
    maxVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET,
    sessionIdContext: CONTEXT,
    ...tls,
  });
  attach(server, cache, { ...attachOptions, onError: (error) => errors.push(error) });
  server.on('secureConnection', (socket) => {
    const peer = socket.getPeerCertificate().subject?.CN;
    const { authorized } = socket;
    socket.on('error', () => {});
    socket.end(JSON.stringify({ resumed: socket.isSessionReused(), authorized, peer }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await use({
      port,
      cache,
      connect: (session, clientOptions) => connectTo(port, session, clientOptions),
    });
  } finally {
    server.close();
    await once(server, 'close');
  }
  assert.is(errors.length, expected.length, inspect(errors));
  for (const [index, pattern] of expected.entries()) assert.match(inspect(errors[index]), pattern);
}

export function newCache(options?: ConstructorParameters<typeof SessionCache>[0]): SessionCache {
  return new SessionCache({ sessionIdContext: Buffer.from(CONTEXT), ...options });
}

/** One connection, until the server closes it. Rejects if the handshake fails. */
export function connectTo(
  port: number,
  session?: Buffer,
  options: ConnectionOptions = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      ca: readCertificate('rsa').cert,
      ...(session && { session }),
      ...options,
    });
    let text = '';
    let outcome: Omit<Outcome, 'server'> | undefined;
    socket.setTimeout(5000, () => socket.destroy(new Error('the server did not answer')));
    socket.on('secureConnect', () => {
      outcome = { resumed: socket.isSessionReused(), session: socket.getSession() as Buffer };
    });
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      if (outcome) resolve({ ...outcome, server: text === '' ? undefined : JSON.parse(text) });
      else reject(new Error('the server closed the connection in mid-handshake'));
    });
  });
}

/** Asserts that both ends say that the session was resumed, or that both say it was not. */
export function assertResumed({ resumed, server }: Outcome, expected: boolean): void {
  assert.is(resumed, expected, 'as the client sees it');
  assert.is(server?.resumed, expected, 'as the server sees it');
}
