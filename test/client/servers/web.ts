// HTTPS servers that a client may meet. Each answers every request with its view of the connection,
// so that tests need not rely on the client's view alone.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server, TLSSocket, TlsOptions } from 'node:tls';
import { certificatePath, readCertificate } from '../../../examples/certificates.js';
import { startProgram } from './program.ts';
import { type Version, VERSIONS } from '../../support/versions.ts';

export { type Version, VERSIONS };

/** `nginx` has tickets, `nginx cache` keeps its sessions. `http2` speaks HTTP/1.1 too. */
export type WebKind = 'node' | 'http2' | 's_server' | 'nginx' | 'nginx cache';

export const WEB_KINDS: readonly WebKind[] = ['node', 'http2', 's_server', 'nginx', 'nginx cache'];

/** A server's view of a connection. */
export interface Word {
  resumed: boolean;
  version: string;
}

/** A server of HTTPS on 127.0.0.1, with the test certificate `rsa`, which is good for localhost. */
export interface WebServer {
  kind: WebKind;
  port: number;
  stop(): Promise<void>;
}

export interface WebOptions {
  kind: WebKind;
  version: Version;
  /** For the kinds of Node. */
  tls?: TlsOptions;
}

/** Runs `use` against a server, and stops the server. */
export async function withWebServer<T>(
  options: WebOptions,
  use: (server: WebServer) => Promise<T>,
): Promise<T> {
  const server = await startWebServer(options);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

export function startWebServer({ kind, version, tls = {} }: WebOptions): Promise<WebServer> {
  if (kind === 's_server') return startSServer(version);
  if (kind === 'nginx' || kind === 'nginx cache') return startNginx(kind, version);
  return startNode(kind, { minVersion: version, maxVersion: version, ...tls });
}

/**
 * The server's view, as read from a response.
 * @throws Error if this is no such body
 */
export function readWord(body: string): Word {
  const json = /^\{"resumed".*\}$/m.exec(body);
  if (json !== null) {
    const { resumed, version } = JSON.parse(json[0]) as { resumed: unknown; version: string };
    return { resumed: resumed === true || resumed === 'r', version };
  }
  const [, first, version] = /^(New|Reused), (TLSv1\.[23]), Cipher is/m.exec(body) ?? [];
  if (version === undefined) throw new Error(`no word of a server: ${body.slice(0, 80)}`);
  return { resumed: first === 'Reused', version };
}

async function startNode(kind: 'node' | 'http2', options: TlsOptions): Promise<WebServer> {
  const tls = { ...readCertificate('rsa'), ...options };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const socket = request.socket as TLSSocket;
    const word: Word = {
      resumed: socket.isSessionReused(),
      version: socket.getProtocol() ?? '',
    };
    response.setHeader('content-type', 'text/plain');
    response.end(JSON.stringify(word));
  };
  const server: Server =
    kind === 'node'
      ? createHttps(tls, answer)
      : createSecureServer({ ...tls, allowHTTP1: true }, (request, response) => {
          // The socket of an HTTP/2 request is a proxy that has no methods of TLS sockets.
          const socket = request.stream?.session?.socket ?? request.socket;
          answer({ socket } as IncomingMessage, response as unknown as ServerResponse);
        });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    kind,
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** OpenSSL's own server, which answers with a page about the connection. */
async function startSServer(version: Version): Promise<WebServer> {
  const program = await startProgram('openssl', (port) => [
    's_server',
    '-www',
    '-quiet',
    '-accept',
    `127.0.0.1:${port}`,
    '-cert',
    certificatePath('rsa.cert.pem'),
    '-key',
    certificatePath('rsa.key.pem'),
    version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3',
  ]);
  return { kind: 's_server', port: program.port, stop: () => program.stop() };
}

async function startNginx(kind: 'nginx' | 'nginx cache', version: Version): Promise<WebServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sesscache-nginx-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const file = join(folder, 'nginx.conf');
  try {
    const program = await startProgram('nginx', (port) => {
      writeFileSync(file, nginxConfiguration(kind, version, folder, port));
      return ['-p', folder, '-c', file, '-e', join(folder, 'error.log')];
    });
    const stop = (): Promise<void> => program.stop().finally(remove);
    return { kind, port: program.port, stop };
  } catch (error) {
    remove();
    throw error;
  }
}

function nginxConfiguration(kind: WebKind, version: Version, folder: string, port: number): string {
  const sessions =
    kind === 'nginx'
      ? 'ssl_session_tickets on; ssl_session_cache off;'
      : 'ssl_session_tickets off; ssl_session_cache shared:sessions:1m;';
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
master_process off; # one process, as the current user
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 512; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate ${certificatePath('rsa.cert.pem')};
    ssl_certificate_key ${certificatePath('rsa.key.pem')};
    ssl_protocols ${version};
    ${sessions}
    default_type text/plain;
    return 200 '{"resumed":"$ssl_session_reused","version":"$ssl_protocol"}';
  }
}
`;
}
