// The ways in which programs open FTPS data connections, stock and with this package, and what a server
// that requires session reuse makes of each.

import { Client } from 'basic-ftp';
import { Writable } from 'node:stream';
import { connect, type ConnectionOptions } from 'node:tls';
import { readCertificate } from '../../examples/certificates.js';
import {
  ClientSessionCache,
  ControlSession,
  resumeDataConnections,
} from '../../bindings/client/index.ts';
import { Ftp } from './ftp.ts';
import { type FtpsServer, withFtpsServer } from './servers/ftps.ts';
import type { Version } from './servers/web.ts';

const LISTINGS = 3;
const HOST = '127.0.0.1';
const { cert: ca } = readCertificate('rsa');

/** Makes three data connections. Throws if the server does not like one. */
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
  'basic-ftp 6, stock': (server, options) => withBasicFtp(new Client(5000), server, options),
  'basic-ftp 6, resumeDataConnections()': (server, options, sessions) => {
    const client = new Client(5000);
    resumeDataConnections(client.ftp, { sessions });
    return withBasicFtp(client, server, options);
  },
};

/** In the server's words: 'resumed', or what it complained of. */
export async function tryWay(way: Way, version: Version): Promise<string> {
  let outcome = '';
  await withFtpsServer({}, async (server) => {
    const sessions = new ClientSessionCache();
    const options = { ca, minVersion: version, maxVersion: version };
    try {
      await way(server, options, sessions);
      const resumed = server.connections().filter((connection) => connection.resumed).length;
      outcome = resumed === LISTINGS ? 'resumed' : `${resumed} of ${LISTINGS} resumed`;
    } catch (error) {
      outcome = (error as Error).message.replace(/: see .*/, '').trim();
    } finally {
      sessions.close();
    }
  });
  return outcome;
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
    for (let i = 0; i < LISTINGS; i++) {
      const { answer } = await ftp.transfer('LIST', secure);
      if (!answer.startsWith('226')) throw new Error(answer);
    }
  } finally {
    await ftp.close();
  }
}

async function withBasicFtp(
  client: Client,
  server: FtpsServer,
  options: ConnectionOptions,
): Promise<void> {
  try {
    await client.access({ host: HOST, port: server.port, secure: true, secureOptions: options });
    const sink = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
    await client.list();
    await client.uploadFrom(new URL(import.meta.url).pathname, 'files/upload');
    await client.downloadTo(sink(), 'files/upload');
  } finally {
    client.close();
  }
}
