// Reads the ClientHello of a new connection before Node does, and then gives the bytes to Node's
// TLS. They bypass the socket below, so that what a program does with it makes no difference.

import { performance } from 'node:perf_hooks';
import { type ByteTap, closeTap, openTap } from '../hello/byte-tap.ts';
import { type Hello, readHello, type Unfinished, type Whole } from '../hello/hello.ts';
import { type BelowSocket, handleBelow, handleOf, type TlsHandle } from '../runtime/internals.ts';
import type { AttachStats } from '../stats.ts';
import type { ServerConnection } from './connection.ts';
import { Deadlines } from './deadlines.ts';

interface ReaderLimits {
  /** Longest hello, bytes; longer ones are passed to Node unread. */
  readonly maxHelloBytes: number;
  /** ms for the whole hello; 0 or undefined: only Node's own limit for the handshake. */
  readonly handshakeTimeout: number | undefined;
}

/** Node's error code for a handshake that takes too long. */
export const TIMEOUT = 'ERR_TLS_HANDSHAKE_TIMEOUT';

/** Reads the hellos of all connections of a server. */
export class Reader {
  readonly limits: ReaderLimits;
  /** Its counters: hellos, and microseconds spent. */
  readonly stats: Pick<AttachStats, 'hellos' | 'time'>;
  /** Deadlines for the hello, if the adapter has a limit of its own. */
  readonly deadlines: Deadlines | undefined;
  /** The reading begun last, from which the others are linked. */
  last: Reading | undefined;
  pending = 0;

  constructor(stats: Pick<AttachStats, 'hellos' | 'time'>, limits: ReaderLimits) {
    this.stats = stats;
    this.limits = limits;
    const { handshakeTimeout } = limits;
    if (handshakeTimeout) this.deadlines = new Deadlines(handshakeTimeout);
  }

  /** Reads the hello of a connection; Node must not have read any of it. */
  read(connection: ServerConnection, below: BelowSocket | undefined): void {
    const handle = handleOf(connection.socket);
    if (handle !== null) connection.reading = new Reading(this, connection, handle, below);
  }

  /** Ends all readings, and leaves their connections to Node. */
  release(): void {
    for (let reading = this.last; reading !== undefined; reading = this.last) reading.leave();
  }
}

/** One connection whose hello is being read. */
export class Reading {
  readonly #reader: Reader;
  readonly #connection: ServerConnection;
  readonly #handle: TlsHandle;
  /** The handle's own `receive`, where it was replaced. */
  #receive: ((bytes: Buffer) => void) | undefined;
  readonly #expire: (() => void) | undefined;
  /** undefined once the reading is over. */
  #tap: ByteTap | undefined;
  /** Links of the reader's list. A Set would compute a hash for each reading. */
  #next: Reading | undefined;
  #previous: Reading | undefined;
  #buffer: Buffer | undefined;
  #length = 0;
  /** Bytes needed before it is worth parsing again. */
  #need = 1;

  constructor(
    reader: Reader,
    connection: ServerConnection,
    handle: TlsHandle,
    below: BelowSocket | undefined,
  ) {
    this.#reader = reader;
    this.#connection = connection;
    this.#handle = handle;
    this.#tap = openTap(handleBelow(handle), this);
    if (below?.readableLength !== 0) this.takeBuffered();
    // Node reads such bytes in the next tick, right after this.
    else process.nextTick(takeLater, this, below);
    this.#next = reader.last;
    if (reader.last !== undefined) reader.last.#previous = this;
    reader.last = this;
    reader.pending++;
    if (reader.deadlines !== undefined) {
      this.#expire = () => connection.socket.destroy(timeoutError());
      reader.deadlines.start(this.#expire);
    }
  }

  get isOpen(): boolean {
    return this.#tap !== undefined;
  }

  onBytes(bytes: Buffer): void {
    const start = performance.now();
    const found = this.#look(bytes);
    this.#reader.stats.time.hellos += (performance.now() - start) * 1000;
    if (found === undefined) this.leave();
    else if ('hello' in found) this.#finish(found.hello, found.joined ?? this.#bytes());
  }

  /** Reads the bytes that the socket below has already buffered. */
  takeBuffered(): void {
    const handle = this.#handle;
    this.#receive = handle.receive;
    // Not for each connection: a further property takes a handle microseconds.
    handle.receive = (bytes) => this.onBytes(bytes);
  }

  /** Ends the reading, and gives Node the bytes so far unchanged. */
  leave(): void {
    this.#finish(undefined, this.#bytes());
  }

  /** Ends the reading of a closed connection; nothing is reported. */
  stop(): void {
    const reader = this.#reader;
    if (this.#tap === undefined) return;
    closeTap(this.#tap);
    this.#tap = undefined;
    if (this.#receive !== undefined) this.#handle.receive = this.#receive;
    if (this.#previous === undefined) reader.last = this.#next;
    else this.#previous.#next = this.#next;
    if (this.#next !== undefined) this.#next.#previous = this.#previous;
    this.#next = undefined;
    this.#previous = undefined;
    reader.pending--;
    if (this.#expire !== undefined) reader.deadlines?.end(this.#expire);
  }

  /** Ends the reading: reports the hello, if the bytes are one, and then gives them to Node. */
  #finish(hello: Hello | undefined, bytes: Buffer | undefined): void {
    this.stop();
    this.#buffer = undefined; // the connection may live long
    this.#connection.hello = hello;
    const { hellos } = this.#reader.stats;
    if (hello === undefined) hellos.left++;
    else hellos.read++;
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
    const buffer = this.#buffer;
    return buffer?.length === this.#length ? buffer : buffer?.subarray(0, this.#length);
  }

  /** Appends to one growing buffer: the bytes may come one by one. */
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

/** The program may put bytes back after it has handed the socket over. */
function takeLater(reading: Reading, below: BelowSocket): void {
  if (reading.isOpen && below.readableLength !== 0) reading.takeBuffered();
}

function timeoutError(): Error {
  return Object.assign(new Error('TLS handshake timeout'), { code: TIMEOUT }); // as Node says it
}
