// The ways in which programs open FTPS data connections, stock and with this package, and how a
// server that requires session reuse reacts to each.

import { Client } from 'basic-ftp';
import { Readable, Writable } from 'node:stream';
import { connect, type ConnectionOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { readCertificate } from '../../examples/certificates.js';
import {
  ClientSessionCache,
  ControlSession,
  resumeDataConnections,
} from '../../bindings/client/index.ts';
import { Ftp } from './ftp.ts';
import { type FtpsServer, withFtpsServer } from './servers/ftps.ts';
import type { Version } from './servers/web.ts';

const TRANSFERS = 3;
const HOST = '127.0.0.1';
const { cert: ca } = readCertificate('rsa');

/** Makes three data connections. Throws if the server rejects one. */
type Way = (
  server: FtpsServer,
  options: ConnectionOptions,
  sessions: ClientSessionCache,
) => Promise<void>;

export const WAYS: Readonly<Record<string, Way>> = {
  'tls.connect({ socket, session }), stock': (server, options) =>
    withBareSockets(server, options, (ftp) => {
      const session = ftp.control.getSession() as Buffer;
      return (socket) => connect({ ...options, session, socket });
    }),
  'ControlSession.connect({ socket })': async (server, options, sessions) => {
    let session!: ControlSession;
    await withBareSockets(
      server,
      options,
      () => (socket) => session.connect({ ...options, socket }),
      (control) => (session = new ControlSession(control, { sessions })),
    );
  },
  'basic-ftp 6, stock': (server, options) => withBasicFtp(new Client(5000), server, options, mixed),
  'basic-ftp 6, resumeDataConnections()': (server, options, sessions) =>
    withBasicFtp(resuming(sessions), server, options, mixed),
  'basic-ftp 6, empty files, stock': (server, options) =>
    withBasicFtp(new Client(5000), server, options, empty),
  'basic-ftp 6, empty files, resumeDataConnections()': (server, options, sessions) =>
    withBasicFtp(resuming(sessions), server, options, empty),
};

/** 'resumed', or the server's error message. */
export async function tryWay(way: Way, version: Version): Promise<string> {
  let outcome = '';
  await withFtpsServer({}, async (server) => {
    const sessions = new ClientSessionCache();
    const options = { ca, minVersion: version, maxVersion: version };
    try {
      await way(server, options, sessions);
      const resumed = server.connections().filter((connection) => connection.resumed).length;
      outcome = resumed === TRANSFERS ? 'resumed' : `${resumed} of ${TRANSFERS} resumed`;
    } catch (error) {
      outcome = brief(error as Error);
    } finally {
      sessions.close();
    }
  });
  return outcome;
}

/** An error message without OpenSSL's source position and the reference to a manual page. */
function brief({ message }: Error): string {
  const [, reason = message] = /SSL routines:(.*?):\.\./.exec(message) ?? [];
  return reason.replace(/: see [^]*/, '').trim();
}

async function withBareSockets(
  server: FtpsServer,
  options: ConnectionOptions,
  securing: (ftp: Ftp) => Parameters<Ftp['transfer']>[1],
  onControl?: Parameters<typeof Ftp.open>[2],
): Promise<void> {
  const ftp = await Ftp.open(server.port, { ...options, host: HOST }, onControl);
  try {
    const secure = securing(ftp);
    for (let i = 0; i < TRANSFERS; i++) {
      const { answer } = await ftp.transfer('LIST', secure);
      if (!answer.startsWith('226')) throw new Error(answer);
    }
  } finally {
    await ftp.close();
  }
}

function resuming(sessions: ClientSessionCache): Client {
  const client = new Client(5000);
  resumeDataConnections(client.ftp, { sessions });
  return client;
}

async function withBasicFtp(
  client: Client,
  server: FtpsServer,
  options: ConnectionOptions,
  transfer: (client: Client) => Promise<void>,
): Promise<void> {
  try {
    await client.access({ host: HOST, port: server.port, secure: true, secureOptions: options });
    await transfer(client);
  } finally {
    client.close();
  }
}

/** Three transfers. */
async function mixed(client: Client): Promise<void> {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  await client.list();
  await client.uploadFrom(fileURLToPath(import.meta.url), 'files/upload');
  await client.downloadTo(sink, 'files/upload');
}

/** Three transfers. */
async function empty(client: Client): Promise<void> {
  for (let i = 0; i < TRANSFERS; i++) await client.uploadFrom(Readable.from([]), `files/${i}`);
}
