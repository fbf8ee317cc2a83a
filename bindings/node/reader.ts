// Reads the ClientHello of a new connection before Node does, and then gives the bytes to Node's
// TLS. The socket below never has them: what a program does with it makes no difference.

import { ByteTap } from './byte-tap.ts';
import { Deadlines } from './deadlines.ts';
import { type Hello, readHello, type Unfinished, type Whole } from './hello.ts';
import { handleBelow, handleOf, type NodeTlsSocket, type TlsHandle } from './internals.ts';

/** Called once, with the hello or undefined if this is none, before Node has a byte of it. */
export type HelloListener = (hello: Hello | undefined) => void;

export interface ReaderLimits {
  /** Bytes of a hello; longer ones are left to Node. */
  readonly maxHelloBytes: number;
  /** ms for the whole hello; 0 or undefined: only Node's own limit for the handshake. */
  readonly handshakeTimeout: number | undefined;
}

/** Node's error code for a handshake that takes too long. */
export const TIMEOUT = 'ERR_TLS_HANDSHAKE_TIMEOUT';

/** All connections whose hello is not whole yet. */
export class Reader {
  readonly limits: ReaderLimits;
  /** Microseconds spent. */
  readonly time: { hellos: number };
  readonly readings = new Set<Reading>();
  /** Where the adapter has a limit of its own for the hello. */
  readonly deadlines: Deadlines | undefined;

  constructor(time: { hellos: number }, limits: ReaderLimits) {
    this.time = time;
    this.limits = limits;
    const { handshakeTimeout } = limits;
    if (handshakeTimeout) this.deadlines = new Deadlines(handshakeTimeout);
  }

  get pending(): number {
    return this.readings.size;
  }

  /** Reads the hello of a connection of which Node has read nothing yet. */
  read(socket: NodeTlsSocket, listener: HelloListener): Reading {
    const reading = new Reading(this, socket, handleOf(socket) as TlsHandle, listener);
    this.readings.add(reading);
    return reading;
  }

  /** Leaves all connections to Node as they are. */
  release(): void {
    for (const reading of this.readings) reading.leave();
  }
}

/** One connection whose hello is being read. */
export class Reading {
  readonly #reader: Reader;
  readonly #handle: TlsHandle;
  readonly #receive: (bytes: Buffer) => void;
  readonly #listener: HelloListener;
  readonly #tap: ByteTap;
  readonly #expire: (() => void) | undefined;
  #buffer: Buffer | undefined;
  #length = 0;
  /** Bytes without which another look is useless. */
  #need = 1;

  constructor(reader: Reader, socket: NodeTlsSocket, handle: TlsHandle, listener: HelloListener) {
    this.#reader = reader;
    this.#handle = handle;
    this.#receive = handle.receive;
    this.#listener = listener;
    this.#tap = new ByteTap(handleBelow(handle), this);
    // Bytes that were in the socket before its TLS socket was made come this way, from Node.
    handle.receive = (bytes) => this.onBytes(bytes);
    if (reader.deadlines !== undefined) {
      this.#expire = () => socket.destroy(timeoutError());
      reader.deadlines.start(this.#expire);
    }
  }

  get isOpen(): boolean {
    return this.#reader.readings.has(this);
  }

  onBytes(bytes: Buffer): void {
    const start = performance.now();
    const found = this.#look(bytes);
    this.#reader.time.hellos += (performance.now() - start) * 1000;
    if (found === undefined) this.leave();
    else if ('hello' in found) this.#finish(found.hello, found.joined ?? this.#bytes());
  }

  /** Gives Node what has come as it is. */
  leave(): void {
    this.#finish(undefined, this.#bytes());
  }

  /** The connection is closed: nothing is told any more. */
  stop(): void {
    this.#tap.close();
    this.#handle.receive = this.#receive;
    this.#reader.readings.delete(this);
    if (this.#expire !== undefined) this.#reader.deadlines?.end(this.#expire);
  }

  #finish(hello: Hello | undefined, bytes: Buffer | undefined): void {
    this.stop();
    this.#listener(hello);
    if (bytes !== undefined) this.#handle.receive(bytes);
  }

  #look(bytes: Buffer): Whole | Unfinished | undefined {
    this.#append(bytes);
    if (this.#length < this.#need) return { need: this.#need };
    const found = readHello(this.#bytes() as Buffer, this.#reader.limits.maxHelloBytes);
    if (found !== undefined && 'need' in found) this.#need = found.need;
    return found;
  }

  #bytes(): Buffer | undefined {
    return this.#buffer?.subarray(0, this.#length);
  }

  /** One buffer that grows, for the bytes may come one by one. */
  #append(chunk: Buffer): void {
    const before = this.#buffer;
    const length = this.#length + chunk.length;
    if (before === undefined) {
      this.#buffer = chunk;
    } else if (length > before.length) {
      const room = Math.max(length, this.#need, before.length * 2);
      const grown = Buffer.alloc(room);
      grown.set(before.subarray(0, this.#length));
      grown.set(chunk, this.#length);
      this.#buffer = grown;
    } else {
      before.set(chunk, this.#length);
    }
    this.#length = length;
  }
}

function timeoutError(): Error {
  return Object.assign(new Error('TLS handshake timeout'), { code: TIMEOUT }); // as Node says it
}
