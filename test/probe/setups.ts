// Servers in known set-ups, for the probe.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { type TlsOptions } from 'node:tls';
import { certificatePath, readCertificate } from '../../examples/certificates.js';
import { type Program, startProgram } from '../client/servers/program.ts';

export interface Running {
  port: number;
  stop(): Promise<void>;
}

/** A program with a configuration file of its own. */
async function configured(
  name: string,
  write: (folder: string, port: number) => string,
  args: (folder: string, file: string) => string[],
): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), `sesscache-probe-`));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const file = join(folder, 'configuration');
  try {
    const { port, stop }: Program = await startProgram(name, (free) => {
      writeFileSync(file, write(folder, free));
      return args(folder, file);
    });
    return { port, stop: () => stop().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

/** @param directives about TLS, such as `ssl_session_tickets off;` */
export function nginx(directives: string): Promise<Running> {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return configured(
    'nginx',
    (folder, port) => `
daemon off;
master_process off;
pid ${folder}/pid;
error_log ${folder}/error.log warn;
events { worker_connections 64; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certificatePath('rsa.cert.pem')};
    ssl_certificate_key ${certificatePath('rsa.key.pem')};
    ssl_protocols TLSv1.2 TLSv1.3;
    ${directives}
  }
}
`,
    (folder, file) => ['-p', folder, '-c', file, '-e', join(folder, 'error.log')],
  );
}

/** @param settings of the section `global` */
export function haproxy(...settings: string[]): Promise<Running> {
  return configured(
    'haproxy',
    (folder, port) => {
      const pem = join(folder, 'pem');
      const { key, cert } = readCertificate('rsa');
      writeFileSync(pem, Buffer.concat([cert, key]), { mode: 0o600 });
      return `
global
  ${settings.join('\n  ')}
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend test
  bind 127.0.0.1:${port} ssl crt ${pem}
  http-request return status 200
`;
    },
    (_, file) => ['-db', '-f', file],
  );
}

export function sServer(...args: string[]): Promise<Running> {
  const [key, cert] = [certificatePath('rsa.key.pem'), certificatePath('rsa.cert.pem')];
  return startProgram('openssl', (port) => [
    's_server',
    '-quiet',
    '-www',
    '-accept',
    `127.0.0.1:${port}`,
    '-cert',
    cert,
    '-key',
    key,
    ...args,
  ]);
}

async function listening(server: Server, host = '127.0.0.1', port = 0): Promise<Running> {
  await once(server.listen(port, host), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.close();
      await once(server, 'close');
    },
  };
}

const ignore = (): void => {};

export function node(options: TlsOptions = {}, host?: string, port?: number): Promise<Running> {
  const server = tls.createServer({ ...readCertificate('rsa'), ...options }, (socket) =>
    socket.on('error', ignore),
  );
  server.on('tlsClientError', ignore);
  return listening(server, host, port);
}

export const WITHOUT_TICKETS: TlsOptions = { secureOptions: constants.SSL_OP_NO_TICKET };

/** New ticket keys whenever no connection has come for a while. */
export async function rotating(): Promise<Running> {
  const server = tls.createServer(readCertificate('rsa'), (socket) => socket.on('error', ignore));
  server.on('tlsClientError', ignore);
  const rotate = (): unknown => server.setTicketKeys(randomBytes(48));
  let timer: NodeJS.Timeout | undefined;
  server.on('connection', () => {
    clearTimeout(timer);
    timer = setTimeout(rotate, 2000);
  });
  const { port, stop } = await listening(server);
  return {
    port,
    stop() {
      clearTimeout(timer);
      return stop();
    },
  };
}

/**
 * A server that begins without TLS: what it says first, what it expects, and what it answers then.
 */
export function upgrading(
  greeting: string,
  steps: readonly (readonly [RegExp, string])[],
): Promise<Running> {
  const secureContext = tls.createSecureContext(readCertificate('rsa'));
  const server = createTcp((raw) => {
    raw.on('error', ignore);
    if (greeting) raw.write(greeting);
    const left = [...steps];
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString('latin1');
      const [step] = left;
      if (!step?.[0].test(said)) return;
      left.shift();
      said = '';
      raw.write(step[1]);
      if (left.length > 0) return;
      raw.off('data', hear);
      const secure = new tls.TLSSocket(raw, { isServer: true, secureContext });
      secure
        .on('error', ignore)
        .on('close', () => raw.destroy())
        .resume();
    };
    raw.on('data', hear);
  });
  return listening(server);
}
