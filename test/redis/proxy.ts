// A proxy in front of Redis that spoils the answers of Redis while a test wants it to.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * How answers are spoiled. `slow`: they come 200 ms late. `garbage`: random bytes in their place.
 * `altered`: well-formed, with one bit of each long value another. `silent`: they never come.
 */
export type Mode = 'pass' | 'slow' | 'garbage' | 'altered' | 'silent';

/** Eight times the default deadline of a lookup. */
const DELAY = 200;

export class Proxy {
  mode: Mode = 'pass';
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server;
  #port = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = this.#makeServer();
  }

  static async before(target: number): Promise<Proxy> {
    const proxy = new Proxy(target);
    await proxy.accept();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Accepts connections, again on the same port. */
  async accept(): Promise<void> {
    this.#server = this.#makeServer().listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections and refuses new ones. */
  async refuse(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #makeServer(): Server {
    return createServer({ noDelay: true }, (client) => {
      const upstream = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
      }
      client.pipe(upstream);
      upstream.on('data', (answer: Buffer) => this.#pass(answer, client));
    });
  }

  #pass(answer: Buffer, client: Socket): void {
    switch (this.mode) {
      case 'pass':
        client.write(answer);
        break;
      case 'slow':
        setTimeout(() => client.write(answer), DELAY);
        break;
      case 'garbage':
        client.write(randomBytes(answer.length));
        break;
      case 'altered':
        client.write(alter(answer));
        break;
      case 'silent':
        break;
    }
  }
}

/** Inverts one bit of each value of 50 to 999 bytes; lengths and line ends stay. */
function alter(answer: Buffer): Buffer {
  const text = answer.toString('latin1');
  const altered = Buffer.from(answer);
  for (const { index, 0: header, 1: length } of text.matchAll(/\$(\d{2,3})\r\n/g)) {
    const middle = index + header.length + Math.floor(Number(length) / 2);
    if (Number(length) >= 50) altered[middle]! ^= 1;
  }
  return altered;
}
