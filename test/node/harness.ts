// Real servers with a cache attached by sesscache/node, and real clients of Node for them.

import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createServer } from 'node:tls';
import type { ConnectionOptions, Server, TLSSocket, TlsOptions } from 'node:tls';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { SessionCache } from '../../bindings/index.ts';
import { attachServer } from '../../bindings/node/index.ts';
import type { AttachOptions, Attached } from '../../bindings/node/index.ts';
import type { Version } from '../support/versions.ts';

export type { Version };

export const CONTEXT = 'sesscache-tests';
export const CLIENT_NAME = 'sesscache TEST ONLY - do not trust';
export type Kind = 'tls' | 'https' | 'http2';

/** What every server says about a connection, whatever its protocol. */
export interface Report {
  resumed: boolean;
  authorized: boolean;
  version: string;
  servername: string;
  peer: string | undefined;
}

/** What both ends say of a connection. */
export interface Outcome {
  resumed: boolean;
  /** The newest session that the client was given. */
  session: Buffer;
  /** All that it was given in this connection. */
  sessions: Buffer[];
  server: Report | undefined;
}

export interface Running {
  server: Server;
  port: number;
  cache: SessionCache;
  attached: Attached;
  connect(session?: Buffer, options?: ConnectionOptions): Promise<Outcome>;
}

export interface ServerOptions {
  kind?: Kind;
  cache?: SessionCache;
  attach?: AttachOptions;
  /** What the cache may complain of. */
  errors?: number;
  tls?: TlsOptions;
  prepare?: (server: Server) => void;
}

/** Rejects clients without the test certificate for clients. */
export const askForCertificate: TlsOptions = {
  requestCert: true,
  rejectUnauthorized: true,
  ca: readCertificate('client').cert,
};

export function reportOn(socket: TLSSocket): Report {
  const peer = socket.getPeerCertificate()?.subject?.CN;
  return {
    resumed: socket.isSessionReused(),
    authorized: socket.authorized,
    version: socket.getProtocol() ?? '',
    servername: String((socket as { servername?: unknown }).servername ?? ''),
    peer: Array.isArray(peer) ? peer[0] : peer,
  };
}

export function makeServer(kind: Kind, options: TlsOptions): Server {
  const tls = {
    ...readCertificate('rsa'),
    secureOptions: constants.SSL_OP_NO_TICKET,
    sessionIdContext: CONTEXT,
    ...options,
  };
  if (kind === 'tls') {
    const server = createServer(tls);
    server.on('secureConnection', (socket) => {
      socket.on('error', () => {});
      socket.resume(); // or its end would never be seen
      socket.end(JSON.stringify(reportOn(socket)));
    });
    return server;
  }
  if (kind === 'https') {
    return createHttps(tls, (request: IncomingMessage, response) => {
      response.setHeader('connection', 'close');
      response.end(JSON.stringify(reportOn(request.socket as TLSSocket)));
    });
  }
  return createSecureServer({ ...tls, allowHTTP1: true }, (request, response) => {
    const socket = request.httpVersionMajor === 2 ? request.stream.session?.socket : request.socket;
    response.end(JSON.stringify(reportOn(socket as TLSSocket)));
  });
}

/**
 * Runs `use` against a server on the loopback interface, with a cache attached; then closes both.
 */
export async function withServer(
  options: ServerOptions,
  use: (running: Running) => Promise<void>,
): Promise<void> {
  const { kind = 'tls', tls = {}, errors = 0, cache = new SessionCache() } = options;
  const server = makeServer(kind, tls);
  options.prepare?.(server);
  const attached = attachServer(server, cache, { onError: () => {}, ...options.attach });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const connectHere = kindred[kind];
    await use({
      server,
      port,
      cache,
      attached,
      connect: (session, client) => connectHere(port, session, client),
    });
  } finally {
    server.close();
    await once(server, 'close');
  }
  const stats = attached.stats();
  assert.is(stats.errors, errors, 'errors of the cache');
  assert.equal(stats.pending, { hellos: 0, lookups: 0 }, 'nothing is left behind');
}

const kindred = { tls: connectTls, https: connectHttps, http2: connectToHttp2 };

/** Connects and collects what the server sends until it closes. Rejects if the handshake fails. */
export function connectTls(
  port: number,
  session?: Buffer,
  options: ConnectionOptions = {},
  request = '',
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const socket = open(port, session, options);
    const sessions: Buffer[] = [];
    let text = '';
    let resumed: boolean | undefined;
    socket.setTimeout(5000, () => socket.destroy(new Error('the server did not answer')));
    socket.on('session', (given: Buffer) => sessions.push(given));
    socket.on('secureConnect', () => {
      resumed = socket.isSessionReused();
      if (request) socket.write(request);
    });
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      if (resumed === undefined) {
        reject(new Error('the server closed the connection in mid-handshake'));
        return;
      }
      const server = readReport(text.slice(text.indexOf('{')));
      resolve({
        resumed,
        sessions,
        session: sessions.at(-1) ?? session ?? Buffer.alloc(0),
        server,
      });
    });
  });
}

function connectHttps(
  port: number,
  session?: Buffer,
  options?: ConnectionOptions,
): Promise<Outcome> {
  return connectTls(port, session, options, 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
}

async function connectToHttp2(
  port: number,
  session?: Buffer,
  options: ConnectionOptions = {},
): Promise<Outcome> {
  const socket = open(port, session, { ALPNProtocols: ['h2'], ...options });
  const sessions: Buffer[] = [];
  socket.on('session', (given: Buffer) => sessions.push(given));
  await once(socket, 'secureConnect');
  const client = connectHttp2(`https://localhost:${port}`, { createConnection: () => socket });
  const stream = client.request({ ':path': '/' });
  const text = (await stream.setEncoding('utf8').toArray()).join('');
  const resumed = socket.isSessionReused();
  client.close();
  await once(client, 'close');
  return {
    resumed,
    sessions,
    session: sessions.at(-1) ?? session ?? Buffer.alloc(0),
    server: readReport(text),
  };
}

function open(port: number, session: Buffer | undefined, options: ConnectionOptions): TLSSocket {
  return connect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: [readCertificate('rsa').cert, readCertificate('ecdsa').cert],
    ...(session && { session }),
    ...options,
  });
}

function readReport(text: string): Report | undefined {
  return text.startsWith('{') ? (JSON.parse(text) as Report) : undefined;
}

/** Asserts that both ends say that the session was resumed, or that both say it was not. */
export function assertResumed({ resumed, server }: Outcome, expected: boolean): void {
  assert.is(resumed, expected, 'as the client sees it');
  assert.is(server?.resumed, expected, 'as the server sees it');
}

/** Resolves when so many handshakes have come as far as the lookup of their session. */
export async function untilLookedUp({ stats }: Attached, count = 1): Promise<void> {
  for (;;) {
    const { hits, misses, skipped } = stats();
    const counts = [hits, ...Object.values(misses), ...Object.values(skipped)];
    if (counts.reduce((sum, each) => sum + each, 0) >= count) break;
    await sleep(5);
  }
  await sleep(20); // and Node has gone on
}

/** The error that a connection fails with. */
export async function failureOf(connection: Promise<unknown>): Promise<Error> {
  let failure: unknown;
  await connection.catch((error: unknown) => (failure = error));
  assert.instance(failure, Error, 'the connection should have failed');
  return failure as Error;
}
