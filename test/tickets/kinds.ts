// Clients for all kinds of servers, and one that keeps what it was given last.

import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type ConnectionOptions, connect } from 'node:tls';
import { readCertificate } from '../../examples/certificates.js';
import { connectTls, type Kind, type Outcome, type Report } from '../node/harness.ts';

export async function connectKind(kind: Kind, port: number, session?: Buffer): Promise<Outcome> {
  if (kind === 'tls') return connectTls(port, session);
  const request = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';
  if (kind === 'https') return connectTls(port, session, {}, request);
  const socket = connect({ ...target(port), ALPNProtocols: ['h2'], ...(session && { session }) });
  const sessions: Buffer[] = [];
  socket.on('session', (given: Buffer) => sessions.push(given));
  await once(socket, 'secureConnect');
  const client = connectHttp2(`https://localhost:${port}`, { createConnection: () => socket });
  const text = (await client.request({ ':path': '/' }).setEncoding('utf8').toArray()).join('');
  const resumed = socket.isSessionReused();
  client.close();
  await once(client, 'close');
  const server = JSON.parse(text) as Report;
  return { resumed, sessions, session: sessions.at(-1) ?? session ?? Buffer.alloc(0), server };
}

/**
 * Connects, and keeps the session as it is at the end: no event tells of a renewed ticket of TLS
 * 1.2.
 */
export async function connectAndKeep(
  port: number,
  session?: Buffer,
  request = '',
): Promise<{ resumed: boolean; session: Buffer }> {
  const socket = connect({ ...target(port), ...(session && { session }) });
  let resumed = false;
  let kept: Buffer | undefined;
  socket.on('secureConnect', () => {
    resumed = socket.isSessionReused();
    if (request) socket.write(request);
  });
  socket.on('session', (given: Buffer) => (kept = given));
  socket.on('end', () => (kept ??= socket.getSession()));
  socket.resume();
  await once(socket, 'close');
  if (kept === undefined) throw new Error('there is no session');
  return { resumed, session: kept };
}

function target(port: number): { host: string; port: number; servername: string; ca: Buffer[] } {
  return {
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: [readCertificate('rsa').cert, readCertificate('ecdsa').cert],
  };
}

export interface Held {
  /** Shakes hands. */
  go(session?: Buffer): Promise<{ resumed: boolean; sessions: Buffer[]; answer: string }>;
}

/** A connection that is accepted, and says nothing yet. */
export async function hold(port: number, options: ConnectionOptions): Promise<Held> {
  const socket = connectTcp(port, '127.0.0.1');
  await once(socket, 'connect');
  await wait(20); // for the server to accept it
  return {
    async go(session) {
      const client = connect({
        socket,
        servername: 'localhost',
        ca: [readCertificate('rsa').cert, readCertificate('ecdsa').cert],
        ...(session && { session }),
        ...options,
      });
      const given: Buffer[] = [];
      let resumed = false;
      let answer = '';
      client.on('session', (each: Buffer) => given.push(each));
      client.on('secureConnect', () => (resumed = client.isSessionReused()));
      client.setEncoding('utf8').on('data', (text: string) => (answer += text));
      client.on('error', () => {});
      await new Promise((done) => client.on('close', done));
      return { resumed, sessions: given, answer };
    },
  };
}
