// Runs one scenario against a stock server and against one with a cache attached, which must be the
// same to everyone who looks: events in their order, arguments, what both ends send, and when.

import { constants } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { ConnectionOptions, Server, TlsOptions } from 'node:tls';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../../examples/certificates.js';
import { SessionCache } from '../../../bindings/index.ts';
import { attachServer } from '../../../bindings/node/index.ts';
import { CONTEXT, type Kind, makeServer } from '../harness.ts';

const REQUEST = 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';

/** One of the two servers, and what was seen of it. */
export interface Twin {
  server: Server;
  port: number;
  /** Notes what happened, in order. */
  note(...what: unknown[]): void;
  /** The raw sockets that the server has accepted. */
  accepted: Socket[];
  /** A connection without TLS, closed at the end of the scenario. */
  tcp(): Promise<Socket>;
  /** Resolves when the server has no connection any more. */
  quiet(): Promise<void>;
  /** A handshake; resolves when the connection is closed. */
  visit(options?: ConnectionOptions): Promise<Visit>;
}

export interface Visit {
  /** `secure`, or the code of the error. */
  outcome: string;
  /** What the server sent, in latin1. */
  text: string;
  session: Buffer | undefined;
}

export interface TwinOptions {
  kind?: Kind;
  tls?: TlsOptions;
  /** Called before the cache is attached, or would be. */
  before?: (server: Server, note: Twin['note']) => void;
  after?: (server: Server, note: Twin['note']) => void;
}

/** Runs `scenario` on both, and asserts that it noted the same. */
export async function sameAsStock(
  options: TwinOptions,
  scenario: (twin: Twin) => Promise<unknown>,
): Promise<string[]> {
  const stock = await run(options, scenario, false);
  const attached = await run(options, scenario, true);
  assert.equal(attached, stock);
  return stock;
}

async function run(
  { kind = 'tls', tls = {}, before, after }: TwinOptions,
  scenario: (twin: Twin) => Promise<unknown>,
  attach: boolean,
): Promise<string[]> {
  const notes: string[] = [];
  const note = (...what: unknown[]): void => void notes.push(what.map(String).join(' '));
  const server = makeServer(kind, {
    secureOptions: constants.SSL_OP_NO_TICKET,
    sessionIdContext: CONTEXT,
    ...tls,
  });
  before?.(server, note);
  const cache = new SessionCache();
  const attached = attach
    ? attachServer(server, cache, { tls13: tls.maxVersion !== 'TLSv1.2' })
    : undefined;
  server.on('secureConnection', () => note('secureConnection'));
  server.on('tlsClientError', (error, socket) => note('tlsClientError', ...describeFailure(error, socket, server))); // prettier-ignore
  after?.(server, note);
  const sockets: Socket[] = [];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted: Socket[] = [];
  server.on('connection', (socket) => accepted.push(socket));
  try {
    await scenario({
      server,
      port,
      note,
      accepted,
      async tcp() {
        const socket = connectTcp(port, '127.0.0.1');
        socket.on('error', () => {});
        sockets.push(socket);
        await once(socket, 'connect');
        return socket;
      },
      quiet: () => quiet(server),
      visit: (visitOptions) => visit(port, visitOptions),
    });
  } finally {
    // What was noted counts up to here.
    const length = notes.length;
    server.close();
    for (const socket of [...sockets, ...accepted]) socket.destroy();
    await once(server, 'close');
    notes.length = length;
    await sleep(5);
  }
  const stats = attached?.stats();
  if (stats) {
    assert.is(stats.errors, 0, 'errors of the cache');
    assert.equal(stats.pending, { hellos: 0, lookups: 0 }, 'nothing is left behind');
  }
  cache.close();
  return notes;
}

async function quiet(server: Server): Promise<void> {
  const count = (): Promise<number> =>
    new Promise((resolve, reject) =>
      server.getConnections((error, found) => (error ? reject(error) : resolve(found))),
    );
  // What a raw socket's end brings about takes some turns of the event loop more.
  while ((await count()) > 0) await sleep(2);
  await sleep(5);
}

export function visit(port: number, options: ConnectionOptions = {}): Promise<Visit> {
  return new Promise((resolve) => {
    const result: Visit = { outcome: 'closed', text: '', session: undefined };
    const socket = connectTls({
      ...(options.socket || options.path ? {} : { host: '127.0.0.1', port }),
      servername: 'localhost',
      ca: readCertificate('rsa').cert,
      ...options,
    });
    const timer = setTimeout(() => {
      result.outcome = 'HANGS';
      socket.destroy();
    }, 3000);
    socket.on('session', (session: Buffer) => (result.session = session));
    socket.on('secureConnect', () => {
      result.outcome = socket.isSessionReused() && !options.session ? 'RESUMED' : 'secure';
    });
    socket.on('data', (chunk: Buffer) => (result.text += chunk.toString('latin1')));
    socket.on('end', () => socket.destroy()); // over a stream that is no socket nothing else closes it
    socket.on('error', (error: NodeJS.ErrnoException) => (result.outcome = String(error.code)));
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(result);
    });
    if (options.ALPNProtocols === undefined) socket.write(REQUEST);
  });
}

/** What Node's documentation promises of a TLSSocket. */
function describeTls(socket: TLSSocket): object {
  return {
    protocol: socket.getProtocol(),
    cipher: JSON.stringify(socket.getCipher()),
    session: typeof socket.getSession(),
    isReused: socket.isSessionReused(),
    peer: JSON.stringify(socket.getPeerCertificate()),
    certificate: JSON.stringify(socket.getCertificate())?.length,
    finished: socket.getFinished()?.length,
    ephemeral: JSON.stringify(socket.getEphemeralKeyInfo()),
  };
}

/** Everything that a listener for `tlsClientError` may look at. */
function describeFailure(
  error: NodeJS.ErrnoException,
  socket: TLSSocket,
  server: Server,
): unknown[] {
  const { code, syscall, errno, name } = error;
  const own = socket as TLSSocket & Record<string, unknown>;
  const properties = {
    name,
    message: error.message.replace(/^[0-9A-F]+:/, ''),
    code,
    syscall,
    errno,
    isTLSSocket: socket instanceof TLSSocket,
    constructor: socket.constructor.name,
    isServers: own.server === server,
    ssl: Boolean(own.ssl),
    // Node 20 crashes otherwise.
    ...(own.ssl ? describeTls(socket) : {}),
    servername: own.servername,
    alpn: socket.alpnProtocol,
    authorized: socket.authorized,
    authorizationError: socket.authorizationError,
    encrypted: socket.encrypted,
    secureConnecting: own.secureConnecting,
    destroyed: socket.destroyed,
    closed: socket.closed,
    readable: socket.readable,
    writable: socket.writable,
    readyState: socket.readyState,
    connecting: socket.connecting,
    pending: socket.pending,
    timeout: socket.timeout,
    allowHalfOpen: socket.allowHalfOpen,
    bytesRead: socket.bytesRead,
    bytesWritten: socket.bytesWritten,
    remoteAddress: socket.remoteAddress,
    localAddress: socket.localAddress,
    localPort: typeof socket.localPort,
    hasHandle: Boolean(own['_handle']),
    properties: Reflect.ownKeys(own).map(String).toSorted().join(),
    events: socket.eventNames().map(String).filter((event) => event !== 'close').join(), // prettier-ignore
  };
  return Object.entries(properties).map(([key, value]) => `${key}=${String(value)}`);
}
