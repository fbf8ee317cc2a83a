// Starts TLS in protocols that begin in clear text.

import type { Socket } from 'node:net';

export type Protocol = 'smtp' | 'imap' | 'postgres' | 'ftp';

export const PROTOCOLS: readonly Protocol[] = ['smtp', 'imap', 'postgres', 'ftp'];

export const PORTS: Readonly<Record<Protocol, number>> = {
  smtp: 587,
  imap: 143,
  postgres: 5432,
  ftp: 21,
};

/** What the server must send, and the answer; undefined: the handshake begins. */
type Steps = readonly [expected: RegExp, answer: string | undefined][];

/** SSLRequest: a length and a number (PostgreSQL, Message Formats). */
const SSL_REQUEST = '\0\0\0\x08\x04\xd2\x16\x2f';

const STEPS: Readonly<Record<Protocol, Steps>> = {
  // RFC 3207
  smtp: [
    [/^220 [^\n]*\n$/m, 'EHLO probe.invalid\r\n'],
    [/^250 [^\n]*\n$/m, 'STARTTLS\r\n'],
    [/^220 [^\n]*\n$/m, undefined],
  ],
  // RFC 9051 §6.2.1
  imap: [
    [/^\* OK[^\n]*\n$/, 'a STARTTLS\r\n'],
    [/^a OK[^\n]*\n$/m, undefined],
  ],
  postgres: [
    [/^$/, SSL_REQUEST],
    [/^S$/, undefined],
  ],
  // RFC 4217
  ftp: [
    [/^220 [^\n]*\n$/m, 'AUTH TLS\r\n'],
    [/^234 [^\n]*\n$/m, undefined],
  ],
};

/** The server did not start TLS. */
class NoUpgrade extends Error {
  override name = 'NoUpgrade';
}

const ANSWER_MAX = 4096;

/**
 * Makes the server start TLS on a connected socket. Rejects with NoUpgrade if the server answers
 * otherwise or closes the connection.
 */
export function upgrade(socket: Socket, protocol: Protocol): Promise<void> {
  return new Promise((resolve, reject) => {
    const steps = [...STEPS[protocol]];
    let said = '';
    const finish = (error?: Error): void => {
      socket.off('data', hear).off('close', closed).off('error', finish);
      socket.pause();
      if (error) reject(error);
      else resolve();
    };
    const refuse = (): void => {
      const line = JSON.stringify(said.trim().slice(0, 100));
      finish(new NoUpgrade(`the server does not begin TLS; it said ${line}`));
    };
    const closed = (): void => refuse();
    const go = (): void => {
      const [expected, answer] = steps[0]!;
      if (!expected.test(said)) {
        const isWrong = /^(\* |a )?(4\d\d|5\d\d|NO|BAD|BYE|N|E)/.test(said);
        if (isWrong || said.length > ANSWER_MAX) refuse();
        return;
      }
      steps.shift();
      said = '';
      if (answer === undefined) return finish();
      socket.write(answer, 'latin1');
    };
    const hear = (chunk: Buffer): void => {
      said += chunk.toString('latin1');
      go();
    };
    socket.on('data', hear).once('close', closed).once('error', finish);
    if (protocol === 'postgres') go(); // the client begins
  });
}
