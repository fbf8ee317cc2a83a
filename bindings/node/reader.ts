// Reads the ClientHello of a new connection before Node does, and then hands the connection on as if
// nothing had been read.

import type { Duplex } from 'node:stream';
import { type Handle, handleOf } from './handle.ts';
import { type Hello, readHello, type Unfinished, type Whole } from './hello.ts';

/** How a reading ended without a connection to hand on. */
export type Failure = 'timeout' | 'closed';

/** What becomes of a connection. Exactly one of the two is called, once. */
export interface Reception {
  /** The hello, or undefined if this is none; every byte is back in the socket. */
  handOver(socket: Duplex, hello: Hello | undefined): void;
  /** The connection is destroyed. */
  fail(socket: Duplex, failure: Failure, error: Error | undefined): void;
}

export interface ReaderLimits {
  /** ms; 0: no limit. */
  timeout: number;
  /** Bytes of a hello. */
  most: number;
}

/** All connections whose hello is not whole yet. */
export class Reader {
  readonly #readings = new Set<Reading>();
  readonly #time: { hellos: number };

  /** `time.hellos` is told the microseconds spent. */
  constructor(time: { hellos: number }) {
    this.#time = time;
  }

  get pending(): number {
    return this.#readings.size;
  }

  read(socket: Duplex, reception: Reception, limits: ReaderLimits): void {
    const reading = new Reading(socket, reception, limits, this.#time, () =>
      this.#readings.delete(reading),
    );
    this.#readings.add(reading);
    reading.start();
  }

  /** Hands all connections over as they are. */
  release(): void {
    for (const reading of this.#readings) reading.handOver(undefined);
  }
}

/** The error of a failed reading that is not the socket's own, worded as Node words it. */
function failureOf(failure: Failure): Error {
  return failure === 'timeout'
    ? Object.assign(new Error('TLS handshake timeout'), { code: 'ERR_TLS_HANDSHAKE_TIMEOUT' })
    : Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

/** One connection whose hello is being read. */
export class Reading {
  readonly #socket: Duplex;
  readonly #reception: Reception;
  readonly #limits: ReaderLimits;
  readonly #time: { hellos: number };
  readonly #ended: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** Gives the handle its own listener back. */
  #restore: (() => void) | undefined;
  /** Listens to the stream. */
  #streams = false;
  #buffer: Buffer | undefined;
  #length = 0;
  /** Bytes without which another look is useless. */
  #need = 1;

  constructor(
    socket: Duplex,
    reception: Reception,
    limits: ReaderLimits,
    time: { hellos: number },
    ended: () => void,
  ) {
    this.#socket = socket;
    this.#reception = reception;
    this.#limits = limits;
    this.#time = time;
    this.#ended = ended;
  }

  start(): void {
    const socket = this.#socket;
    const { timeout } = this.#limits;
    if (timeout > 0) this.#timer = setTimeout(() => this.#fail('timeout', undefined), timeout);
    socket.on('error', this.#onError);
    socket.on('close', this.#onEnd);
    const handle = handleOf(socket);
    if (handle === undefined) this.#readStream();
    else this.#readHandle(handle);
  }

  /** Gives back what was read and lets go of the socket. */
  handOver(hello: Hello | undefined, joined?: Uint8Array): void {
    this.#stop();
    const bytes = joined ?? this.#buffer?.subarray(0, this.#length);
    if (bytes !== undefined) this.#socket.unshift(bytes);
    this.#reception.handOver(this.#socket, hello);
  }

  /**
   * Looks at what the socket is about to be given. Nearly every hello comes whole with it; then the
   * socket has its first bytes as if nobody had looked, and its stream has had nothing to do.
   */
  #readHandle(handle: Handle): void {
    const { onread } = handle;
    const restore = (): void => {
      handle.onread = onread;
      this.#restore = undefined;
    };
    this.#restore = restore;
    handle.onread = (bytes, ...more) => {
      restore();
      const found = bytes instanceof ArrayBuffer ? this.#readFirst(bytes) : { need: 1 };
      if (found !== undefined && !('hello' in found)) this.#readStream();
      onread.call(handle, bytes, ...more);
      if (found === undefined) {
        this.handOver(undefined);
      } else if ('hello' in found) {
        if (found.joined !== undefined) this.#socket.read();
        this.handOver(found.hello, found.joined);
      }
    };
  }

  #readFirst(bytes: ArrayBuffer): Whole | Unfinished | undefined {
    const start = performance.now();
    const found = readHello(new Uint8Array(bytes), this.#limits.most);
    this.#time.hellos += (performance.now() - start) * 1000;
    return found;
  }

  /** What every stream can do: sockets that came with bytes, or got less than a hello. */
  #readStream(): void {
    this.#streams = true;
    this.#socket.on('end', this.#onEnd);
    this.#socket.on('readable', this.#onReadable);
  }

  readonly #onReadable = (): void => {
    const start = performance.now();
    const found = this.#look();
    this.#time.hellos += (performance.now() - start) * 1000;
    if (found === undefined) this.handOver(undefined);
    else if ('hello' in found) this.handOver(found.hello, found.joined);
  };

  #look(): Whole | Unfinished | undefined {
    const chunk = this.#socket.read() as Buffer | null;
    if (chunk === null) return { need: this.#need };
    this.#append(chunk);
    if (this.#length < this.#need) return { need: this.#need };
    const bytes = (this.#buffer as Buffer).subarray(0, this.#length);
    const found = readHello(bytes, this.#limits.most);
    if (found !== undefined && 'need' in found) this.#need = found.need;
    return found;
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

  readonly #onError = (error: Error): void => this.#fail('closed', error);
  readonly #onEnd = (): void => this.#fail('closed', undefined);

  #fail(failure: Failure, error: Error | undefined): void {
    this.#stop();
    const socket = this.#socket;
    socket.on('error', ignore); // whoever is told below may destroy it with an error
    socket.destroy();
    this.#reception.fail(socket, failure, error ?? failureOf(failure));
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#restore?.();
    const socket = this.#socket;
    socket.off('error', this.#onError);
    socket.off('close', this.#onEnd);
    if (this.#streams) {
      socket.off('end', this.#onEnd);
      socket.off('readable', this.#onReadable);
    }
    this.#ended();
  }
}

function ignore(): void {}
