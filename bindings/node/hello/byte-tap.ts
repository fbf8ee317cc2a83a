// Takes the first bytes of a connection before Node's TLS has them. By then the TLS handle is the
// native listener on the handle of the socket, and no byte of it passes through JavaScript. But
// Node's HTTP parser can be put before it and be taken away again: `node:http` does so with every
// connection. The parser we use never parses; it only hands out what has come. Errors and the end
// of the stream go past it, to the TLS handle, as if it were not there.

import { AsyncResource } from 'node:async_hooks';
import { createServer } from 'node:http';
import { Duplex } from 'node:stream';

/** Node's HTTP parser, as `node:http` uses it. */
interface Parser {
  initialize(type: number, resource: object, maxHeaderSize: number, lenientFlags: number): void;
  execute(bytes: Buffer): unknown;
  /** Puts itself before the present listener of a handle. */
  consume(handle: object): void;
  unconsume(): void;
  /** A copy of the bytes that have just arrived. */
  getCurrentBuffer(): Buffer;
  close(): void;
  [event: number]: unknown;
  /** Our own property: what to do with the bytes. */
  sink?: ByteSink | undefined;
}

interface ParserClass {
  new (): Parser;
  readonly REQUEST: number;
  readonly kOnExecute: number;
}

interface ByteSink {
  onBytes(bytes: Buffer): void;
}

/** Most parsers kept for later connections; each has about 1 KB outside the heap. */
const SPARE_MAX = 64;

let parserClass: ParserClass | undefined;
const spare: Parser[] = [];
/** The parsers belong to no connection: they must not keep the async context of the first one. */
const root = new AsyncResource('SESSCACHE_TAP', { requireManualDestroy: true });

/** A parser that is the listener of a handle. */
export type ByteTap = Parser;

/**
 * Gives `sink` all bytes that come to `handle`, which must be one of Node's stream handles, until
 * `closeTap` is called: once.
 */
export function openTap(handle: object, sink: ByteSink): ByteTap {
  const parser = spare.pop() ?? root.runInAsyncScope(makeParser);
  parser.sink = sink;
  parser.consume(handle);
  return parser;
}

/** Closes a tap: further bytes go to the TLS handle as usual. */
export function closeTap(parser: ByteTap): void {
  parser.sink = undefined;
  parser.unconsume();
  if (spare.length < SPARE_MAX) spare.push(parser);
  else parser.close();
}

function makeParser(): Parser {
  parserClass ??= findParserClass();
  const parser = new parserClass();
  parser.initialize(parserClass.REQUEST, {}, 0, 0);
  // A request to change the protocol and then a byte that is wrong: after that the parser looks at
  // no byte any more, and does not make an error of it each time, which takes up to 9 µs.
  parser.execute(Buffer.from('CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n'));
  parser.execute(Buffer.from('\0'));
  parser[parserClass.kOnExecute] = onExecute;
  return parser;
}

function onExecute(this: Parser): void {
  this.sink?.onBytes(this.getCurrentBuffer());
}

/** Node does not export the class, but each connection of an HTTP server has an instance. */
function findParserClass(): ParserClass {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  createServer().emit('connection', socket);
  const { parser } = socket as unknown as { parser: Parser };
  socket.destroy();
  return parser.constructor as ParserClass;
}
