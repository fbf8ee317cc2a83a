// A real TLS 1.2 server with a SessionCache behind it, and clients for it. The cache is put there
// by examples/attach.js, so that these tests show what a user copies.

import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { attach } from '../../examples/attach.js';
import type { AttachOptions } from '../../examples/attach.js';
import { readCertificate } from '../../examples/certificates.js';
import { SessionCache } from '../../bindings/index.ts';
import { connectTls, CONTEXT, type Outcome, reportOn } from '../node/harness.ts';

export interface ServerOptions extends Omit<AttachOptions, 'onError'> {
  cache?: SessionCache;
  /** The errors expected of the cache; any other fails the test. */
  errors?: RegExp[];
  tls?: TlsOptions;
}

export interface Running {
  port: number;
  cache: SessionCache;
  /** One whole connection. */
  connect(session?: Buffer, options?: ConnectionOptions): Promise<Outcome>;
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
    socket.on('error', () => {});
    socket.end(JSON.stringify(reportOn(socket)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await use({
      port,
      cache,
      connect: (session, clientOptions) => connectTls(port, session, clientOptions),
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
