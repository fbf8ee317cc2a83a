// A minimal FTP client: explicit TLS, passive mode, one transfer at a time. The caller decides how
// it opens the TLS of a data connection.

import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** Begins TLS on the socket of a data connection. */
export type Secure = (socket: Socket) => TLSSocket;

const PATIENCE = 5000; // ms for an answer

/** A control connection that is logged in. */
export class Ftp {
  readonly control: TLSSocket;
  readonly #lines: AsyncIterator<string>;

  private constructor(control: TLSSocket) {
    this.control = control;
    control.on('error', () => {});
    this.#lines = linesOf(control);
  }

  /** `onControl` gets the control connection before its handshake. */
  static async open(
    port: number,
    options: ConnectionOptions,
    onControl: (control: TLSSocket) => void = () => {},
  ): Promise<Ftp> {
    const socket = connectTcp(port, '127.0.0.1');
    const greeting = linesOf(socket);
    await greeting.next();
    socket.write('AUTH TLS\r\n');
    await greeting.next();
    socket.removeAllListeners('data');
    socket.pause();
    const control = connect({ ...options, socket });
    onControl(control);
    await once(control, 'secureConnect');
    const ftp = new Ftp(control);
    await ftp.command('USER anonymous');
    await ftp.command('PBSZ 0');
    await ftp.command('PROT P');
    return ftp;
  }

  async command(text: string): Promise<string> {
    this.control.write(`${text}\r\n`);
    return this.answer();
  }

  async answer(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the server hung up');
    return value;
  }

  /** Downloads what `command` asks for; resolves to it and to the last reply of the server. */
  async transfer(
    command: string,
    secure: Secure,
  ): Promise<{ text: string; answer: string; resumed: boolean }> {
    const [, port] = /\|\|\|(\d+)\|/.exec(await this.command('EPSV')) ?? [];
    const socket = connectTcp(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    this.control.write(`${command}\r\n`);
    const data = secure(socket);
    let text = '';
    let resumed = false;
    data.on('error', () => {}); // the server's answer tells
    data.once('secureConnect', () => (resumed = data.isSessionReused()));
    data.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const closed = once(data, 'close');
    const first = await this.answer(); // 150, or a refusal
    const answer = first.startsWith('150') ? await this.answer() : first;
    if (!answer.startsWith('226')) data.destroy();
    await closed;
    return { text, answer, resumed };
  }

  /** Resolves when the control connection is closed and its listeners have been called. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.control.once('close', () => resolve());
      this.control.destroy();
    });
  }
}

/** The lines received, one for each call. */
function linesOf(socket: Duplex): AsyncIterator<string> {
  const lines: string[] = [];
  let rest = '';
  let ended = false;
  let wake = (): void => {};
  const end = (): void => {
    ended = true;
    wake();
  };
  socket.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('utf8')).split('\r\n');
    rest = parts.pop() as string;
    lines.push(...parts);
    wake();
  });
  socket.on('close', end);
  return {
    async next() {
      if (lines.length === 0 && !ended) await withDeadline((resolve) => (wake = resolve));
      const value = lines.shift();
      return value === undefined ? { done: true, value } : { done: false, value };
    },
  };
}

function withDeadline(start: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error('no answer from the FTP server'));
    const timer = setTimeout(late, PATIENCE);
    start(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
